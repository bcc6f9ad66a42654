"""The layers, held by what the code says and by what a process loads."""

import ast
import inspect
import sys
import typing
from importlib import import_module

import pytest

from model import Models
from tests.conftest import PROJECT

INDEPENDENT = [
    path
    for layer in ("controller", "model")
    for path in (PROJECT / layer).rglob("*.py")
    if "migrations" not in path.parts
]
FORBIDDEN = {"flask", "werkzeug", "jinja2", "click", "flask_validation_extended"}
LONGEST_FUNCTION = 45


def module_name(path):
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@pytest.mark.parametrize("path", INDEPENDENT, ids=module_name)
def test_a_controller_or_model_is_imported_in_plain_python_without_flask(run, path):
    code = f"import sys, {module_name(path)}; print(*sys.modules)"
    finished = run("-c", code)
    assert finished.returncode == 0, finished.stderr
    loaded = {name.partition(".")[0] for name in finished.stdout.split()}
    assert not loaded & (FORBIDDEN | {"config", "app"})


@pytest.mark.parametrize("path", INDEPENDENT, ids=module_name)
def test_the_configuration_is_read_by_a_program_alone(path):
    main = "if __name__ == '__main__':"
    for statement in ast.parse(path.read_text()).body:
        if not ast.unparse(statement).startswith(main):
            imported = [node for node in ast.walk(statement) if isinstance(node, ast.ImportFrom)]
            assert not any(node.module == "config" for node in imported)


# --- The frame and the resources ---

FRAME = ["app/http", "controller/frame", "model/frame", "model/sql/driver", "model/mongodb/driver"]
# Everything that is not the frame, by the module's name.
RESOURCES = {
    f"{folder.replace('/', '.')}.{path.stem}"
    for folder in ("controller", "model", "model/sql", "model/mongodb")
    for path in (PROJECT / folder).glob("*.py")
    if path.stem not in ("__init__", "models")
}
# Signing in is of accounts, and each request may leave a row in the API log.
NAMED_BY_THE_FRAME = {"controller.account", "controller.log"}
# part: jobs
NAMED_BY_THE_FRAME |= {
    f"{layer}.{name}" for layer, name in (("controller", "jobs"), ("model", "job"))
}
# end: jobs


@pytest.mark.parametrize("folder", [one for one in FRAME if (PROJECT / one).is_dir()])
def test_the_frame_knows_no_resource_but_accounts_and_the_api_log(folder):
    for path in (PROJECT / folder).rglob("*.py"):
        named = imported_by(path) & (RESOURCES - NAMED_BY_THE_FRAME)
        assert not named, f"{path} is of the frame and imports {named}"
        assert not any(name.startswith("app.api") for name in imported_by(path)), path


def imported_by(path) -> set[str]:
    """Every module that a file names in an import."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
        elif isinstance(node, ast.Import):
            names |= {one.name for one in node.names}
    return names


@pytest.mark.parametrize("folder", ["sql", "mongodb"])
def test_every_engine_carries_every_model(folder):
    if not (PROJECT / "model" / folder).is_dir():
        return
    carried = vars(import_module(f"model.{folder}").Models)
    for name in typing.get_type_hints(Models):
        assert name in carried, f"add {name} to Models in model/{folder}/__init__.py"


# --- Endpoints ---

# From the top; an endpoint leaves out what it does not need.
DECORATORS = ["route", "login", "limit", "Validator", "may_raise", "timer"]
KINDS = {"login_optional": "login", "login_required": "login", "admin_required": "login"}
KINDS |= dict.fromkeys(["get", "post", "put", "patch", "delete", "route"], "route")
# What an endpoint hands to its controller without a name.
UNNAMED = {"g.db", "g.log_db", "g.security"}


def test_the_decorators_of_every_endpoint_stand_in_one_order(endpoints):
    for name, (_, function) in endpoints.items():
        kinds = [kind_of(decorator) for decorator in function.decorator_list]
        wanted = [kind for kind in DECORATORS if kind in kinds]
        assert kinds == wanted, f"{name} has its decorators in the order {kinds}, not {wanted}"


def kind_of(decorator) -> str:
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = named.attr if isinstance(named, ast.Attribute) else named.id
    return KINDS.get(name, name)


def test_every_endpoint_makes_one_controller_call_with_its_keywords_written_out(endpoints):
    for name, (module, function) in endpoints.items():
        calls = [node for node in ast.walk(function) if is_of_controller(node, module)]
        assert len(calls) <= 1, f"{name} makes {len(calls)} controller calls"
        for call in calls:
            unnamed = {ast.unparse(argument) for argument in call.args}
            assert unnamed <= UNNAMED, f"{name} hands {unnamed - UNNAMED} over without a name"
            assert all(keyword.arg for keyword in call.keywords), f"{name} hides keywords in a **"


def is_of_controller(node, module) -> bool:
    """Tell whether this calls a function of a controller, such as `account.register(...)`."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    owner = getattr(module, getattr(node.func.value, "id", ""), None)
    return inspect.ismodule(owner) and owner.__name__.startswith("controller.")


@pytest.fixture
def endpoints(app_view_functions):
    """The endpoints of app/api: the module of each, and its function as it is written."""
    found = {}
    for name, view in app_view_functions.items():
        written = inspect.unwrap(view)
        if written.__module__.startswith("app.api."):
            tree = ast.parse(inspect.getsource(written))
            found[name] = (sys.modules[written.__module__], tree.body[0])
    return found


def test_every_endpoint_says_in_a_line_what_it_does(app_view_functions):
    for name, view in app_view_functions.items():
        assert (inspect.getdoc(view) or "").partition("\n")[0].endswith("."), name


@pytest.fixture
def app_view_functions():
    from app import create_flask_app
    from config import TestConfig

    views = create_flask_app(TestConfig).view_functions
    return {name: view for name, view in views.items() if not name.endswith("static")}


def test_no_function_outgrows_a_screen():
    for layer in ("app", "controller", "model"):
        for path in (PROJECT / layer).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef):
                    # Its signature is what it is asked for: as long as that takes.
                    length = node.end_lineno - node.body[0].lineno
                    assert length < LONGEST_FUNCTION, (path, node.name)
