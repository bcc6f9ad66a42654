"""The API, version 1: the RealWorld specification, with sessions and an admin's view besides."""

from flask import Blueprint

from app.api.v1 import admin, article, comment, profile, session, tag, user

v1 = Blueprint("v1", __name__)
v1.register_blueprint(user.api)
v1.register_blueprint(session.api, url_prefix="/auth")
v1.register_blueprint(profile.api, url_prefix="/profiles/<username>")
v1.register_blueprint(article.api, url_prefix="/articles")
v1.register_blueprint(comment.api, url_prefix="/articles/<slug>/comments")
v1.register_blueprint(tag.api, url_prefix="/tags")
v1.register_blueprint(admin.api, url_prefix="/admin")
