"""The README, the example environment and the docs say what is true."""

import json
import re
import shutil
import subprocess

import pytest

from tests.conftest import PROJECT
from tests.servers import served

README = (PROJECT / "README.md").read_text()
ENV_EXAMPLE = (PROJECT / ".env.example").read_text()
LAYERS = ("app", "controller", "model")
CAPTIONED_AS_FOLDERS = (
    "app/asset/",
    "model/mongodb/migrations/",
    "model/sql/migrations/",
    "requirements/",
    "tests/",
)


def blocks(language=""):
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    return [text for its_language, text in found if its_language == language]


def tree():
    """Every path of the README's tree with its caption."""
    [drawn] = [block for block in blocks() if "├──" in block]
    folders: list[str] = []
    for line in drawn.splitlines():
        lead, name, caption = re.match(r"([│├└─ ]*)(\S+)\s*(.*)", line).groups()
        folders[len(lead) // 4 :] = [name]
        yield "".join(folders), caption


def tracked_files():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in listed.stdout.splitlines() if (PROJECT / name).exists()}


def test_the_tree_shows_every_file_and_no_other():
    drawn = dict(tree())
    wanted = {
        name
        for name in tracked_files()
        if not name.startswith(CAPTIONED_AS_FOLDERS) and name not in ("README.md", ".gitignore")
    }
    assert {path for path in drawn if not path.endswith("/")} == wanted


def test_the_tree_says_of_everything_what_it_is():
    for path, caption in tree():
        assert (PROJECT / path).exists(), path
        assert caption or path in (
            "app/api/",
            "app/api/sample_api/",
            "app/api/v1/",
            "app/command/",
            "benchmarks/",
            "docs/",
        )


def commands():
    table = README.partition("## Commands")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)


def test_every_make_target_of_the_readme_exists_and_none_is_missing():
    targets = set(re.findall(r"^([a-z]+):.*##", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    named = {command.split()[1] for command in commands() if command.startswith("make ")}
    assert named == targets - {"help"}
    assert set(re.findall(r"^make ([a-z]+)", "\n".join(blocks("shell")), re.MULTILINE)) <= targets


def test_every_flask_command_of_the_readme_exists_and_none_is_missing(run):
    finished = run("-m", "flask", "--help")
    listed = set(
        re.findall(r"^  ([a-z-]+) ", finished.stdout.partition("Commands:")[2], re.MULTILINE)
    )
    named = {command.split()[1] for command in commands() if command.startswith("flask ")}
    assert named == listed


@pytest.mark.parametrize(
    "command", sorted(set(re.findall(r"^python -m (controller\.\S.*)$", README, re.MULTILINE)))
)
def test_every_controller_of_the_readme_runs_alone(run, command, url):
    assert run("-m", *command.split(), DATABASE_URL=url).returncode == 0


def test_the_first_curl_gets_the_answer_beside_it():
    from app import create_flask_app
    from config import TestConfig

    url = re.search(r"curl '([^']+)'", README)[1]
    answer = create_flask_app(TestConfig).test_client().get(url)
    assert answer.text.strip() == blocks("json")[0].strip()


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_the_session_with_curl_works_as_it_stands(database):
    from app import create_flask_app
    from config import TestConfig

    [session] = [block for block in blocks("shell") if "api/v1" in block]
    with served(create_flask_app(TestConfig, database)) as address:
        script = session.replace("http://127.0.0.1:5000", address)
        script = f'set -eu\ncurl() {{ command curl --silent --show-error --fail "$@"; }}\n{script}'
        finished = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False
        )
    assert finished.returncode == 0, finished.stderr
    answers = [json.loads(line) for line in finished.stdout.splitlines()]
    assert len(answers) == session.count("curl ") - 3  # one for the token, two without a body
    assert {answer["msg"] for answer in answers} == {"success"}


def test_every_json_of_the_readme_is_json():
    for block in blocks("json"):
        assert json.loads(block)["msg"] in ("success", "fail")


def test_every_python_block_stands_in_the_code():
    sources = "\n".join(
        path.read_text() for layer in LAYERS for path in (PROJECT / layer).rglob("*.py")
    )
    for block in blocks("python"):
        assert block in sources


def test_every_variable_is_in_the_readme_and_in_env_example_with_its_default():
    table = README.partition("## Environment variables")[2].partition("\n## ")[0]
    in_readme = dict(re.findall(r"^\| `([A-Z0-9_]+)` \| `?([^`|]*?)`? \|", table, re.MULTILINE))
    in_example = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", ENV_EXAMPLE, re.MULTILINE))
    in_code = set(re.findall(r'_[a-z_]+\(\s*"([A-Z0-9_]+)"', (PROJECT / "config.py").read_text()))
    assert set(in_readme) == set(in_example) == in_code | {"FLASK_RUN_HOST", "FLASK_RUN_PORT"}
    assert in_readme == {name: value or "none" for name, value in in_example.items()}


def test_the_defaults_of_env_example_are_those_of_the_code(run):
    variables = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", ENV_EXAMPLE, re.MULTILINE))
    plain, copied = run("-m", "flask", "check"), run("-m", "flask", "check", **variables)
    assert "DATABASE_URL" in plain.stdout
    assert plain.stdout == copied.stdout


def test_every_dependency_has_its_line():
    table = (PROJECT / "docs/dependencies.md").read_text()
    documented = set(
        re.findall(r"^\| ([a-z0-9-]+) \| (core|base|dev|prod) \|", table, re.MULTILINE)
    )
    listed = {
        (re.match(r"[a-z0-9-]+", line)[0], path.stem)
        for path in (PROJECT / "requirements").glob("*.in")
        for line in path.read_text().splitlines()
        if re.match(r"[a-z]", line)
    }
    assert documented == listed


@pytest.mark.parametrize("name", ["core", "base", "dev", "prod"])
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
