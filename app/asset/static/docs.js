// Swagger UI, told where the document is, and to ask no other host for anything.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

// What needs a token is locked until there is one, and then open; Swagger UI shows the opposite.
const turned = (Button, { React }) => (props) =>
  React.createElement(Button, { ...props, isAuthorized: !props.isAuthorized });
const Locks = () => ({ wrapComponents: { authorizeBtn: turned, authorizeOperationBtn: turned } });

const docs = document.getElementById("docs");
SwaggerUIBundle({
  domNode: docs,
  url: docs.dataset.url,
  validatorUrl: null,
  plugins: [Locks],
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: 0,
});
