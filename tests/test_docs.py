"""The README, docs/ and .env.example say what is true."""

import json
import re
import shutil
import subprocess

import pytest

from tests.conftest import PROJECT
from tests.documents import blocks, pages, section
from tests.servers import served

PAGES = pages()
README = PAGES["README.md"]
CONFIGURATION = PAGES["docs/configuration.md"]
ENV_EXAMPLE = (PROJECT / ".env.example").read_text()
LAYERS = ("app", "controller", "model")


def test_what_is_read_first_is_read_in_minutes():
    assert len(README.splitlines()) <= 150
    assert len(PAGES["AGENTS.md"].splitlines()) <= 100


def test_before_the_first_flask_new_or_remove_it_is_put_on_the_path():
    pages = [
        text for page, text in PAGES.items() if page in ("docs/new-resource.md", "docs/removing.md")
    ]
    for text in (section(README, "A new resource"), *pages):
        before, _, command = text.partition("\nflask ")
        assert ".venv/bin" in before or not command


def test_every_folder_of_the_readme_exists_and_none_is_missing():
    named = set(re.findall(r"`([\w*/]+/)`", section(README, "Folders")))
    for pattern in named - {"instance/"}:
        assert list(PROJECT.glob(pattern)), pattern
    tops = {name.partition("/")[0] for name in named}
    assert tops == {*LAYERS, "tests", "benchmarks", "docs", "requirements", "instance"}


def test_every_link_leads_somewhere():
    for page, text in PAGES.items():
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
            if not target.startswith("http"):
                assert (PROJECT / page).parent.joinpath(target).exists(), (page, target)


def test_every_path_that_is_named_exists():
    for page, text in PAGES.items():
        prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
        for path in re.findall(
            r"`((?:app|controller|model|tests|docs|benchmarks)/[\w./]+)`", prose
        ):
            made_by_the_reader = "NNNN" in path or "v2" in path or page == "docs/new-resource.md"
            assert made_by_the_reader or (PROJECT / path).exists(), (page, path)


def test_every_promise_about_security_names_a_test_that_exists():
    page = PAGES["docs/security.md"]
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)
    for path, test in named:
        assert re.search(rf"^def {test}\(", (PROJECT / path).read_text(), re.MULTILINE), test
    promises = re.findall(r"\| promised \| held by \|\n\|---\|---\|\n((?:\|.*\n)+)", page)
    rows = "".join(promises).splitlines()
    assert len(named) >= len(rows) > 20
    assert not [row for row in rows if not re.search(r"\| `tests/\S+::\w+` ", row)]


def test_marks_are_in_pairs():
    for page, text in PAGES.items():
        marks = re.findall(r"^<!-- (part|end): (\w+) -->$", text, re.MULTILINE)
        assert marks[::2] == [("part", name) for _, name in marks[::2]], page
        assert marks[1::2] == [("end", name) for _, name in marks[::2]], page


def commands():
    return re.findall(r"^\| `([^`]+)`", section(CONFIGURATION, "Commands"), re.MULTILINE)


def test_every_make_target_is_documented_and_none_is_missing():
    targets = set(re.findall(r"^([a-z]+):.*##", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    named = {command.split()[1] for command in commands() if command.startswith("make ")}
    assert named == targets - {"help"}
    used = re.findall(r"^make ([a-z]+)", "\n".join(PAGES.values()), re.MULTILINE)
    assert set(used) <= targets


def test_every_flask_command_is_documented_and_exists(run):
    finished = run("-m", "flask", "--help")
    listed = set(
        re.findall(r"^  ([a-z-]+) ", finished.stdout.partition("Commands:")[2], re.MULTILINE)
    )
    named = {command.split()[1] for command in commands() if command.startswith("flask ")}
    assert named == listed


def of_the_project():
    """The pages that show what is here, and not what a reader is to write."""
    return [text for page, text in PAGES.items() if page != "docs/new-resource.md"]


def test_every_flask_command_of_a_page_exists():
    named = re.findall(r"^flask ([a-z-]+)", "\n".join(PAGES.values()), re.MULTILINE)
    documented = {command.split()[1] for command in commands() if command.startswith("flask ")}
    assert set(named) <= documented


def test_every_commit_and_every_push_is_checked():
    assert "entry: make check" in (PROJECT / ".pre-commit-config.yaml").read_text()
    assert "run: .ci/run" in (PROJECT / ".github/workflows/ci.yml").read_text()


@pytest.mark.parametrize(
    "command",
    # The worker and the relay run until they are told to end: they have tests of their own.
    sorted(
        set(
            re.findall(
                r"^python -m (controller\.(?!worker|relay)\S.*)$", "\n".join(of_the_project()), re.M
            )
        )
    ),
)
def test_a_controller_runs_alone_as_documented(run, command, url):
    assert run("-m", *command.split(), DATABASE_URL=url).returncode == 0


def test_the_first_curl_gets_the_answer_beside_it(database):
    from app import create_flask_app
    from config import TestConfig

    path = re.search(r"curl http://127.0.0.1:5000(\S+)", README)[1]
    answer = create_flask_app(TestConfig, database).test_client().get(path)
    assert answer.text == blocks(README, "json")[0]


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_the_example_with_curl_works_as_it_stands(database):
    from app import create_flask_app
    from config import TestConfig

    example = section(PAGES["docs/api.md"], "An example with curl")
    script = "\n".join(blocks(example, "shell"))
    with served(create_flask_app(TestConfig, database)) as address:
        script = script.replace("http://127.0.0.1:5000", address)
        script = f'set -eu\ncurl() {{ command curl --silent --show-error --fail "$@"; }}\n{script}'
        finished = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False
        )
    assert finished.returncode == 0, finished.stderr
    answers = [json.loads(line) for line in finished.stdout.splitlines()]
    assert len(answers) == script.count("curl $api") + script.count('curl "$api') - 2
    assert {answer["msg"] for answer in answers} == {"success"}


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_a_client_refreshes_as_the_page_shows(database):
    from app import create_flask_app
    from config import TestConfig

    page = PAGES["docs/api.md"]
    before = blocks(section(page, "An example with curl"), "shell")[0].partition("token=")[0]
    [refreshing] = blocks(section(page, "Tokens and sessions"), "shell")
    with served(create_flask_app(TestConfig, database)) as address:
        script = before.replace("http://127.0.0.1:5000", address) + refreshing
        script = f'set -eu\ncurl() {{ command curl --silent --show-error --fail "$@"; }}\n{script}'
        finished = subprocess.run(
            ["bash", "-c", f'{script}\necho "$token $refresh"'],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert finished.returncode == 0, finished.stderr
    _registered, me, tokens = finished.stdout.splitlines()
    token, refresh = tokens.split()
    assert json.loads(me)["user"]["token"] == token
    assert len(refresh) > 32


def test_every_json_is_json():
    for text in PAGES.values():
        for block in blocks(text, "json"):
            assert json.loads(block)["msg"] in ("success", "fail")


def test_an_error_looks_as_it_is_shown(database):
    from app import create_flask_app
    from config import TestConfig

    [error] = blocks(PAGES["docs/api.md"], "json")
    client = create_flask_app(TestConfig, database).test_client()
    assert client.post("/api/v1/users/login", json={"user": {}}).text == error


@pytest.mark.parametrize("page", ["README.md", "docs/data.md", "docs/validation.md"])
def test_a_piece_of_code_stands_in_the_code(page):
    sources = "\n".join(
        path.read_text() for layer in LAYERS for path in (PROJECT / layer).rglob("*.py")
    )
    for block in blocks(PAGES[page], "python"):
        is_an_example = block.startswith(("class Even", '"""'))
        assert is_an_example or block in sources, block


def test_every_variable_is_documented_and_in_env_example_with_its_default():
    table = section(CONFIGURATION, "Variables")
    documented = dict(re.findall(r"^\| `([A-Z0-9_]+)` \| `?([^`|]*?)`? \|", table, re.MULTILINE))
    in_example = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", ENV_EXAMPLE, re.MULTILINE))
    in_code = set(re.findall(r'_[a-z_]+\(\s*"([A-Z0-9_]+)"', (PROJECT / "config.py").read_text()))
    assert set(documented) == set(in_example) == in_code | {"FLASK_RUN_HOST", "FLASK_RUN_PORT"}
    assert documented == {name: value or "none" for name, value in in_example.items()}


def test_the_defaults_of_env_example_are_those_of_the_code(run):
    variables = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", ENV_EXAMPLE, re.MULTILINE))
    plain, copied = run("-m", "flask", "check"), run("-m", "flask", "check", **variables)
    assert "DATABASE_URL" in plain.stdout
    assert plain.stdout == copied.stdout


def test_every_dependency_has_its_line():
    table = (PROJECT / "docs/dependencies.md").read_text()
    documented = set(
        re.findall(r"^\| ([a-z0-9-]+) \| (core|base|dev|prod|queue|redis) \|", table, re.MULTILINE)
    )
    listed = {
        (re.match(r"[a-z0-9-]+", line)[0], path.stem)
        for path in (PROJECT / "requirements").glob("*.in")
        for line in path.read_text().splitlines()
        if re.match(r"[a-z]", line)
    }
    assert documented == listed


@pytest.mark.parametrize("name", ["core", "base", "dev", "prod", "queue", "redis"])
def test_requirements_are_exact_and_hashed_and_name_no_index(name):
    text = (PROJECT / f"requirements/{name}.txt").read_text()
    packages = re.findall(r"^[a-z].*$", text, re.MULTILINE)
    assert packages
    assert all("==" in package and package.endswith("\\") for package in packages)
    assert "http" not in text
    assert "index" not in text


def test_core_requirements_hold_no_flask():
    packages = re.findall(r"^([a-z0-9-]+)==", (PROJECT / "requirements/core.txt").read_text(), re.M)
    assert "pymysql" in packages
    assert not {"flask", "werkzeug", "jinja2"} & set(packages)
