"""The docs page in a real browser: headless Chromium, driven as a person would.

DOCS_SCREENSHOT=docs/docs.png makes the README's picture anew.
"""

import json
import os
import shutil

import pytest

from app import create_flask_app
from config import TestConfig
from tests import engines
from tests.http.people import API, PASSWORD, VERSION
from tests.servers import served

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    engines.needs("sqlite"),
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="no browser: apt-get install chromium chromium-driver"
    ),
]
# What keeps Chromium itself from asking other hosts, and from wanting a sandbox as root.
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --window-size=1280,1600"
    " --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars"
)
PATIENCE = 20


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
def address(database):
    """Where the app is served."""
    with served(create_flask_app(TestConfig, database)) as address:
        yield address


@pytest.fixture
def browser(tmp_path):
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS.split(), f"--user-data-dir={tmp_path}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield browser
    browser.quit()


@pytest.fixture
def wait(browser):
    """Wait for an element: `wait("button.authorize")` returns it when it can be clicked."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support import expected_conditions as ready
    from selenium.webdriver.support.ui import WebDriverWait

    waiting = WebDriverWait(browser, PATIENCE)
    return lambda selector: waiting.until(
        ready.element_to_be_clickable((By.CSS_SELECTOR, selector))
    )


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

    if picture := os.environ.get("DOCS_SCREENSHOT"):
        browser.execute_script("window.scrollTo(0, 0)")
        browser.save_screenshot(picture)
    urls = set(asked_for(browser))
    assert f"{address}{API}/user" in urls
    of_network = {url for url in urls if url.startswith(("http", "ws", "ftp", "//"))}
    assert {url for url in of_network if not url.startswith(f"{address}/")} == set()
    problems = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert problems == []
