"""Who schemathesis is: somebody new in every request, for some requests end their own session."""

import itertools
import os
from contextlib import suppress

import schemathesis

from config import TestConfig
from controller import account
from controller.security import Security
from model import connect
from model.error import ModelError

database = connect(os.environ["FUZZED_DATABASE_URL"])
security = Security(TestConfig)
number = itertools.count()


@schemathesis.auth(refresh_interval=None)
class SomebodyNew:
    """Registers beside the API, in its database, as someone who may do what the request asks."""

    def get(self, case, _context):
        name = f"fuzzer-{os.getpid()}-{next(number)}"
        signed_in = account.register(
            database,
            security,
            username=name,
            email=f"{name}@example.com",
            password="correct horse",
        )
        if "/admin/" in case.operation.path or case.method == "DELETE":
            account.promote(database, email=f"{name}@example.com")
        if case.operation.path.endswith("/articles/{slug}") and case.method == "PUT":
            write(signed_in["user"]["id"], case.path_parameters["slug"])
        return signed_in["access_token"]

    def set(self, case, token, _context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}


def write(author_id, slug):
    """Write the article that is to be changed, unless it is there or can't be."""
    texts = {"title": "t", "description": "d", "body": "b"}
    with suppress(ModelError):
        database.atomically(lambda db: db.articles.insert(author_id=author_id, slug=slug, **texts))
