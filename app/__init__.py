"""The application factory: a table of contents of the app, in the order it is put together."""

from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import api
from app import database as databases
from app.api import error_handler
from app.api.auth import NoCookies
from app.api.json_provider import OrjsonProvider
from app.api.sample_api import sample_api
from app.api.v1 import v1
from app.docs import docs
from app.web import web
from controller import log
from controller.security import Security
from model import Database

if TYPE_CHECKING:
    from config import Config


def create_flask_app(config: "type[Config]", database: Database | None = None) -> Flask:
    """Make the app; ConfigError, naming the variables, if the configuration cannot be used.

    Without a database it is on the one that the configuration names.
    """
    config.validate()
    log.configure(config.LOG_FORMAT, config.LOG_LEVEL)

    app = Flask(__name__, static_folder="asset/static", template_folder="asset")
    app.config.from_object(config)
    app.session_interface = NoCookies()
    app.url_map.merge_slashes = False  # instead of an answer in HTML that sends a client on
    app.json = OrjsonProvider(app)
    if config.TRUST_PROXY:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_host=1)  # type: ignore[method-assign]

    databases.init_app(app, config, database)
    app.extensions["security"] = Security(config)
    api.init_app(app)
    error_handler.init_app(app)
    app.register_blueprint(web)
    if config.API_DOCS:
        app.register_blueprint(docs)
    app.register_blueprint(sample_api, url_prefix="/sample")
    app.register_blueprint(v1, url_prefix="/api/v1")
    return app
