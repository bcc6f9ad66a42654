"""docs/upgrade.md, word for word, in a project with a resource of its own and one engine less."""

import pytest

from tests import engines
from tests.documents import blocks, copy_project, git, pages
from tests.test_removing import assert_green, shell

pytestmark = pytest.mark.drill

PAGE = pages()["docs/upgrade.md"]
NAMED = ("-c", "user.name=t", "-c", "user.email=t@t.t")


def commit(folder, subject):
    git(folder, "add", "--all")
    git(folder, *NAMED, "commit", "--quiet", "-m", subject)


@pytest.fixture
def upstream(tmp_path):
    """A later version: one file of the frame is changed, one is new, one is gone."""
    upstream = copy_project(tmp_path / "upstream")
    response = upstream / "app/http/response.py"
    response.write_text(response.read_text() + "\n\n# Changed in this version.\n")
    (upstream / "app/http/added.py").write_text('"""New in this version."""\n')
    (upstream / "tests/http/test_json.py").unlink()
    commit(upstream, "Change the frame")
    git(upstream, "tag", "v0.2.0")
    return upstream


@pytest.fixture
def project(tmp_path):
    """A team's project: notes are added, and the last engine is removed if there are others."""
    project = copy_project(tmp_path / "project")
    if (project / "app/generator").is_dir():
        shell(project, "flask new note text:str:1000 owner:user --private")
    commit(project, "Add notes")
    if "sqlite" in engines.NAMES and "mongodb" in engines.NAMES:
        shell(project, "flask remove mongodb --yes")
        commit(project, "Remove MongoDB")
    return project


def test_a_later_frame_is_taken_and_nothing_else_is_touched(tmp_path, upstream, project):
    script = "\n".join(blocks(PAGE, "shell"))
    shell(project, script.replace("https://example.com/upstream.git", str(upstream)))
    assert "# Changed in this version." in (project / "app/http/response.py").read_text()
    words = git(project, "diff", "--cached", "--name-status").split()
    changed = dict(zip(words[1::2], words[::2], strict=True))
    # The generator's list of parts has again what was removed.
    changed.pop("app/generator/bundles.toml", None)
    assert changed == {
        "app/http/response.py": "M",
        "app/http/added.py": "A",
        "tests/http/test_json.py": "D",
    }
    (tmp_path / "missing").mkdir()
    assert_green(project, tmp_path / "missing")
