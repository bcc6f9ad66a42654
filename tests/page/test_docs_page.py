"""The docs page in a real browser.

DOCS_SCREENSHOT=docs/docs.png makes the README's picture anew.
"""

import json
import os

import pytest

from app import create_flask_app
from config import TestConfig
from tests import engines
from tests.browser import needs_browser
from tests.http.people import API, PASSWORD, VERSION
from tests.servers import served

pytestmark = [engines.needs("sqlite"), needs_browser]


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
def address(database):
    """Where the app is served."""
    with served(create_flask_app(TestConfig, database)) as address:
        yield address


@pytest.fixture
def token(address) -> str:
    from urllib.request import Request, urlopen

    user = {"username": "jake", "email": "jake@jake.jake", "password": PASSWORD}
    request = Request(
        f"{address}{API}/users",
        json.dumps({"user": user}).encode(),
        {"Content-Type": "application/json"},
    )
    with urlopen(request) as response:
        return json.load(response)["user"]["token"]


def asked_for(browser):
    """The URL of everything that the page asked for."""
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            yield message["params"]["request"]["url"]


def test_a_person_signs_in_and_tries_an_endpoint(browser, wait, address, token):
    browser.get(f"{address}/docs")
    wait("button.authorize").click()
    field = wait("#auth-bearer-value")
    field.send_keys(token)
    field.submit()
    wait(".auth-container .btn-done").click()

    endpoint = f"#operations-user-{VERSION}_user_get_user"
    wait(f"{endpoint} .opblock-summary-control").click()
    wait(f"{endpoint} .execute").click()
    status = wait(f"{endpoint} .live-responses-table tbody .response-col_status")
    assert status.text.splitlines()[0] == "200"
    answer = wait(f"{endpoint} .live-responses-table tbody .response-col_description code")
    assert '"username": "jake"' in answer.text

    urls = set(asked_for(browser))
    assert f"{address}{API}/user" in urls
    of_network = {url for url in urls if url.startswith(("http", "ws", "ftp", "//"))}
    assert {url for url in of_network if not url.startswith(f"{address}/")} == set()
    assert browser.execute_script("return violations") == []
    problems = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert problems == []


def test_a_lock_is_closed_until_a_token_opens_it(browser, wait, address, token):
    browser.get(f"{address}/docs")
    needed = f"#operations-user-{VERSION}_user_get_user .authorization__btn svg"
    wait(f"{needed}.locked")
    signing_in = wait("button.authorize.locked")
    if picture := os.environ.get("DOCS_SCREENSHOT"):
        browser.save_screenshot(picture)
    signing_in.click()
    field = wait("#auth-bearer-value")
    field.send_keys(token)
    field.submit()
    wait(".auth-container .btn-done").click()
    wait(f"{needed}.unlocked")
    wait("button.authorize.unlocked")
    assert not browser.find_elements("css selector", "svg.locked")
