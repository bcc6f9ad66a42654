"""IMFlask's sample API under /sample: the smallest endpoints that show all the parts."""

from flask import Blueprint

from app.api.sample_api import calculator, info

sample_api = Blueprint("sample", __name__)
sample_api.register_blueprint(calculator.api)
sample_api.register_blueprint(info.api)
