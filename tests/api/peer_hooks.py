"""Whatever schemathesis asks as one of two users, both stay signed in.

FUZZED_TOKENS has the access tokens of both, with a comma between them.
"""

import os

import schemathesis

from config import TestConfig
from controller.frame.security import Security, hash_of
from model import connect

database = connect(os.environ["FUZZED_DATABASE_URL"])
security = Security(TestConfig)
claims = [security.read_access_token(token) for token in os.environ["FUZZED_TOKENS"].split(",")]


@schemathesis.hook
def before_call(_context, _case, _kwargs):
    """Begin the sessions anew that a request has ended, such as a sign-out."""
    for one in claims:
        if database.sessions.find_reader(one.family_hash) is None:
            database.sessions.insert(
                user_id=one.user_id,
                family_hash=one.family_hash,
                refresh_hash=hash_of(one.family_hash),
                user_agent="",
                expires_at=security.session_end(),
            )
