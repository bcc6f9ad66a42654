"""The register of the API, version 1: a line for each resource.

A version is a folder: a copy of it answers under the address that app/__init__.py gives it.
"""

from flask import Blueprint

from .article import api as article
from .comment import api as comment
from .log import api as log
from .profile import api as profile
from .session import api as session
from .tag import api as tag
from .user import api as user

blueprint = Blueprint(__name__.rpartition(".")[2], __name__)
blueprint.register_blueprint(user)
blueprint.register_blueprint(session, url_prefix="/auth")
blueprint.register_blueprint(log, url_prefix="/admin")
blueprint.register_blueprint(profile, url_prefix="/profiles/<username>")
blueprint.register_blueprint(article, url_prefix="/articles")
blueprint.register_blueprint(tag, url_prefix="/tags")
blueprint.register_blueprint(comment, url_prefix="/articles/<slug>/comments")
