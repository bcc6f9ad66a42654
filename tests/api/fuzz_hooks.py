"""Who schemathesis is: somebody new in every request, for some requests end their own session.

`prepare_fuzz(case, reader_id, database)` in the tests of a resource makes what one request needs.
"""

import itertools
import os
from importlib import import_module

import schemathesis
from schemathesis.generation.meta import TestPhase

from config import TestConfig
from controller import account
from controller.frame.security import Security
from model import connect

database = connect(os.environ["FUZZED_DATABASE_URL"])
security = Security(TestConfig)
number = itertools.count()
resources = [import_module(name) for name in os.environ["FUZZED_RESOURCES"].split(",") if name]


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
        if "403" in case.operation.definition.raw["responses"]:
            account.promote(database, email=f"{name}@example.com")
        # In a sequence of requests, what one has deleted must be gone for the next.
        is_alone = case.meta.phase.name != TestPhase.STATEFUL
        for resource in resources if is_alone else ():
            resource.prepare_fuzz(case, signed_in["user"]["id"], database)
        return signed_in["access_token"]

    def set(self, case, token, _context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}
