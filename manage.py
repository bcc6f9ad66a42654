"""The application, its commands and its shell: where `flask` and every WSGI server begin."""

import sys
import traceback
from typing import Any

try:
    from app import create_flask_app
    from app.command import check, run, test
    from config import APP_NAME, ConfigError, config
    from controller import calculator, log, util

    application = create_flask_app(config)
except ImportError:
    # Flask would print this reason and then "No such command", which is not the reason.
    traceback.print_exc()
    sys.exit("The application cannot be imported: see above.")
except ConfigError as error:
    sys.exit(str(error))

application.cli.add_command(test.test)
application.cli.add_command(check.make_check(config))
run.announce()


@application.shell_context_processor
def make_shell_context() -> dict[str, Any]:
    """What `flask shell` has at hand."""
    return {
        "app_name": APP_NAME,
        "database": application.extensions["database"],
        "calculator": calculator,
        "log": log,
        "util": util,
    }
