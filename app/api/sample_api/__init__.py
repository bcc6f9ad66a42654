"""IMFlask's sample API under /sample: the smallest endpoints that show all the parts."""

from flask import Blueprint

from . import calculator, info

blueprint = Blueprint("sample", __name__)
blueprint.register_blueprint(calculator.api)
blueprint.register_blueprint(info.api)
