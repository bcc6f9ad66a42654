"""Who schemathesis is: somebody new in every request, for some requests end their own session."""

import itertools
import os

import schemathesis

from config import TestConfig
from controller import account
from controller.security import Security
from model import connect

database = connect(os.environ["FUZZED_DATABASE_URL"])
security = Security(TestConfig)
number = itertools.count()


@schemathesis.auth(refresh_interval=None)
class SomebodyNew:
    """Registers beside the API, in its database."""

    def get(self, case, _context):
        name = f"fuzzer-{os.getpid()}-{next(number)}"
        user = account.register(
            database,
            security,
            username=name,
            email=f"{name}@example.com",
            password="correct horse",
        )
        if "/admin/" in case.operation.path:
            account.promote(database, email=f"{name}@example.com")
        return user["access_token"]

    def set(self, case, token, _context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}
