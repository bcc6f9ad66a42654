"""The layers, held by what the code says and by what a process loads."""

import ast
import inspect

import pytest

from tests.conftest import PROJECT

INDEPENDENT = [
    path
    for layer in ("controller", "model")
    for path in (PROJECT / layer).rglob("*.py")
    if "migrations" not in path.parts
]
FORBIDDEN = {"flask", "werkzeug", "jinja2", "click", "flask_validation_extended"}
LONGEST_ENDPOINT = 6
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


def test_every_endpoint_is_at_most_six_lines(app_view_functions):
    for name, view in app_view_functions.items():
        function = ast.parse(inspect.getsource(inspect.unwrap(view)).lstrip()).body[0]
        statements = function.body[1:] if ast.get_docstring(function) else function.body
        lines = statements[-1].end_lineno - statements[0].lineno + 1
        assert lines <= LONGEST_ENDPOINT, name


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
                    assert node.end_lineno - node.lineno < LONGEST_FUNCTION, (path, node.name)
