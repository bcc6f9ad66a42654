"""The application factory: a table of contents of the app, in the order it is put together."""

from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.utils import import_string

from app.http import addresses, cors, errors, headers, request
from app.http import database as databases
from app.http.auth import NoCookies
from app.http.json import OrjsonProvider
from app.page import asset
from app.page.docs import docs
from app.page.web import web
from controller.frame import log
from controller.frame.security import Security
from model import Database

if TYPE_CHECKING:
    from config import Config


def create_flask_app(config: "type[Config]", database: Database | None = None) -> Flask:
    """Make the app; ConfigError, naming the variables, if the configuration cannot be used.

    Without `database`, the app uses the one that the configuration names.
    """
    config.validate()
    log.configure(config.LOG_FORMAT, config.LOG_LEVEL)

    app = Flask(__name__, static_folder="asset/static", template_folder="asset")
    app.config.from_object(config)
    app.session_interface = NoCookies()
    app.url_map.merge_slashes = False  # instead of an answer in HTML that sends a client on
    app.url_map.strict_slashes = False  # /users/ is /users: no client is sent on, with its body
    app.json = OrjsonProvider(app)
    # Flask asks at each call of a view or hook whether it is async: the answer stays the same.
    app.ensure_sync = lru_cache(maxsize=1024)(app.ensure_sync)  # type: ignore[method-assign]

    databases.init_app(app, config, database)
    app.extensions["security"] = Security(config)
    request.init_app(app)
    errors.init_app(app)
    cors.init_app(app)
    headers.init_app(app)
    addresses.init_app(app)
    app.register_blueprint(web)
    if config.API_DOCS:
        app.register_blueprint(docs)
    if config.SAMPLES:
        app.register_blueprint(import_string("app.api.sample_api:blueprint"), url_prefix="/sample")
    app.register_blueprint(import_string("app.api.v1:blueprint"), url_prefix="/api/v1")
    asset.init_app(app)
    return app
