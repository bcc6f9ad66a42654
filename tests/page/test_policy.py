"""Every page in a real browser lives with the policy that it is sent with."""

import pytest

from app import create_flask_app
from config import TestConfig
from tests import engines
from tests.browser import needs_browser
from tests.servers import served

pytestmark = [engines.needs("sqlite"), needs_browser]
NO_PAGE = "/no/such/page"


@pytest.fixture
def engine() -> str:
    return "sqlite"


def pages(app) -> list[str]:
    """The path of everything that answers a browser with a page."""
    paths = [
        route.rule
        for route in app.url_map.iter_rules()
        if "GET" in route.methods and not route.arguments
    ]
    return [path for path in (*paths, NO_PAGE) if asked(app, path).mimetype == "text/html"]


def asked(app, path):
    with app.test_client() as client:
        return client.get(path, headers={"Accept": "text/html"})


@pytest.mark.parametrize("environment", ["testing", "production"])
def test_no_page_does_what_its_policy_forbids(database, browser, wait, environment):
    own = type("Own", (TestConfig,), {"ENVIRONMENT": environment})
    app = create_flask_app(own, database)
    paths = pages(app)
    assert {"/", NO_PAGE} < {*paths}
    with served(app) as address:
        for path in paths:
            browser.get(f"{address}{path}")
            wait("h1")
            if browser.find_elements("id", "docs"):
                wait(".opblock-summary-control").click()
                wait(".opblock-body")
            assert browser.execute_script("return violations") == [], path
            assert_scripts_and_styles_are_refused(browser)


def assert_scripts_and_styles_are_refused(browser) -> None:
    """What is written into a page neither runs nor shows: the listener would tell of each."""
    browser.execute_async_script(
        """
        const done = arguments[arguments.length - 1];
        document.body.insertAdjacentHTML("beforeend", "<p style='color: red'>red</p>");
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
        setTimeout(done, 100);
        """
    )
    refused = {one.split()[0] for one in browser.execute_script("return violations")}
    assert refused == {"style-src-attr", "script-src-elem"}
    assert browser.execute_script("return window.ran") is None
