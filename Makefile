# The project in short commands. Windows and no-make users: the README has the same in four.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: help run test plans check fix requirements clean

help: ## Show these commands.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

run: .venv/base.installed ## Serve on SQLite; choose another port with PORT=5001.
	@# Flask reads .env before any line of ours; a fault in it is told here, in a line.
	@$(BIN)/python config.py
	@$(BIN)/flask run --reload $(if $(PORT),--port $(PORT))

test: .venv/dev.installed ## Run the tests, except the slow drills; pytest's arguments go into ARGS="...".
	@# Whatever .env and the environment say is for the app that is developed, not for its tests.
	@FLASK_CONFIG=testing FLASK_SKIP_DOTENV=1 $(BIN)/flask --app manage:application test \
		-n auto --dist loadfile $(ARGS)

plans: .venv/dev.installed ## Rewrite docs/plans.txt: what each endpoint sends to an SQL database.
	@FLASK_CONFIG=testing FLASK_SKIP_DOTENV=1 $(BIN)/flask --app manage:application test \
		tests/api/test_plans.py --rewrite-plans

check: .venv/dev.installed ## Lint, check formatting, types and the import contracts.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: .venv/dev.installed ## Fix what the linter and the formatter can fix automatically.
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

requirements: .venv/bin/python ## Compile requirements/*.in; UPGRADE=--upgrade takes newer versions.
	@$(BIN)/pip install --quiet uv
	@for name in core base dev prod queue redis; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-header $(UPGRADE) \
			--output-file requirements/$$name.txt requirements/$$name.in || exit 1; \
	done

clean: ## Remove the virtual environment and every cache.
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.venv/%.installed: requirements/%.txt .venv/bin/python
	@echo "Installing requirements/$*.txt ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"This needs Python 3.11 or newer. Name one: make run PYTHON=python3.12")'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
