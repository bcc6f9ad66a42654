"""`flask rename`: another name everywhere, and again another."""

import pytest

from app.generator.change import PROJECT, Changes, Refused
from app.generator.rename import give_name
from config import APP_NAME

# No word of the project, and another one in a project that was itself renamed.
NEW = f"{APP_NAME}Two"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("apex", "is no name: a capital letter, then letters and digits"),
        ("Two Words", "is no name: a capital letter, then letters and digits"),
        ("1st", "is no name: a capital letter, then letters and digits"),
        ("Ünique", "is no name: a capital letter, then letters and digits"),
        ("", "is no name: a capital letter, then letters and digits"),
        ("A" + "b" * 40, "is longer than 40 characters"),
        ("Class", "is a keyword of Python"),
        ("True", "is a keyword of Python"),
        ("Json", "is a module of Python's standard library"),
        ("Controller", "is a folder or module of this project"),
        ("Flask", "is a word that the project uses already: "),
        ("User", "is a word that the project uses already: "),
        (APP_NAME, "is its name already"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name, reason):
    changes = Changes(PROJECT)
    with pytest.raises(Refused) as refused:
        give_name(changes, APP_NAME, name)
    assert refused.value.message.startswith(f"{name!r} {reason}")
    assert refused.value.exit_code == 2


def test_a_renamed_project_is_named_so_everywhere_and_can_be_renamed_again(copy):
    licence = copy.read("LICENSE")
    origin = copy.read("README.md").splitlines()[-1]
    for name, old in ((NEW, APP_NAME), ("Longer2Name", NEW)):
        changes = Changes(copy.folder)
        give_name(changes, old, name)
        with changes.applied("flask rename"):
            pass
        assert f"\n{origin}\n" in copy.read("README.md")
        assert f'APP_NAME = "{name}"' in copy.read("config.py")
        assert f'LOGGER = "{name.lower()}"' in copy.read("controller/frame/log.py")
        assert f'"title": "{name}"' in copy.read("docs/openapi.json")
        assert f"# {name}\n" in copy.read("README.md")
        assert copy.read("LICENSE") == licence
