"""The application, its commands and its shell: where `flask` and every WSGI server begin."""

import os
import sys
import traceback
from importlib import import_module
from runpy import run_path
from typing import Any

import click

from config import APP_NAME, BASE_DIRECTORY, CONFIGS, ConfigError, config
from model.frame.error import ConfigurationError

try:
    # By its path: what a killed command left half done may keep the app from being imported.
    run_path(f"{BASE_DIRECTORY}/app/generator/change.py")["mend_first"]()

    from app import create_flask_app, generator
    from app.command import check, database, jobs, log, openapi, run, test, user
    from controller.frame.runner import controller_names

    application = create_flask_app(config)
except Exception as error:
    # A WSGI server stops at an exception, and the reloader waits until it is mended. The flask
    # command would end with "No such command", so it is told the reason and nothing else.
    if click.get_current_context(silent=True) is None or "WERKZEUG_RUN_MAIN" in os.environ:
        raise
    if isinstance(error, ConfigError | ConfigurationError):
        check.run_without_app(config, CONFIGS["production"], str(error))
        sys.exit(str(error))
    traceback.print_exc()
    sys.exit("The application cannot be built: see above.")

application.cli.add_command(test.test)
application.cli.add_command(check.make_check(config, CONFIGS["production"]))
application.cli.add_command(user.user_promote)
application.cli.add_command(log.log_prune)
application.cli.add_command(openapi.print_openapi)
application.cli.add_command(jobs.work)
application.cli.add_command(jobs.jobs)
database.init_app(application)
generator.init_app(application)
run.announce(application)


@application.shell_context_processor
def make_shell_context() -> dict[str, Any]:
    """What `flask shell` has at hand: the database, security, and every controller by its name."""
    return {
        **{name: import_module(f"controller.{name}") for name in controller_names()},
        "app_name": APP_NAME,
        "database": application.extensions["database"],
        "security": application.extensions["security"],
    }
