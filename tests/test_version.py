"""docs/api.md, word for word in a fresh copy: a copied folder is a version of its own."""

import json
import subprocess
import sys

import pytest

from tests.documents import blocks, copy_project, pages, section
from tests.test_removing import assert_green, environment, make, shell

pytestmark = pytest.mark.drill

SECTION = section(pages()["docs/api.md"], "A second version")


def test_a_copied_version_answers_its_own_shape(tmp_path):
    copy = copy_project(tmp_path / "copy")
    shell(copy, blocks(SECTION, "shell")[0])
    [line] = blocks(SECTION, "python")
    factory = copy / "app/__init__.py"
    v1 = line.replace("v2", "v1")
    assert v1 in factory.read_text()
    factory.write_text(factory.read_text().replace(v1, v1 + line))
    change_shape(copy / "app/api/v2/user.py")
    shell(copy, "flask openapi > docs/openapi.json; git add --all")
    make(copy, "plans")
    document = json.loads((copy / "docs/openapi.json").read_text())
    schemas = document["components"]["schemas"]
    assert "nickname" in schemas["v2.user.User"]["properties"]
    assert "nickname" not in schemas["v1.user.User"]["properties"]
    assert answered(copy, "v1").keys() ^ answered(copy, "v2").keys() == {"username", "nickname"}
    (tmp_path / "missing").mkdir()
    assert_green(copy, tmp_path / "missing")


def change_shape(user):
    """Let version 2 call the username a nickname."""
    text = user.read_text()
    for old, new in (
        ("    username: str\n    bio", "    nickname: str\n    bio"),
        ('"username": row["username"]', '"nickname": row["username"]'),
    ):
        assert old in text
        text = text.replace(old, new)
    user.write_text(text)


def answered(copy, version):
    """The account that a version answers to somebody who registers."""
    code = (
        "import json; from app import create_flask_app; from config import TestConfig;"
        "from tests import engines; import pathlib, tempfile, model;"
        "from model.frame import migration;"
        "folder = tempfile.TemporaryDirectory();"
        "url = engines.clean_database(engines.NAMES[0], pathlib.Path(folder.name));"
        "client = create_flask_app(TestConfig, model.connect(url)).test_client();"
        "user = {'username': 'jake', 'email': 'jake@jake.jake', 'password': 'correct horse'};"
        f"answer = client.post('/api/{version}/users', json={{'user': user}});"
        "print(json.dumps(answer.json['user']))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code],
        cwd=copy,
        env={**environment(), "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)
