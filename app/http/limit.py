"""Limits over HTTP: `@limit("100/minute")` for an endpoint, and what clients are told of it.

It stands below the login, so that it counts by account; without one, by address.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Response, after_this_request, current_app
from flask.typing import ResponseReturnValue

from app.http.request import this_context, this_request
from controller.frame.limit import Left, hit, is_loopback, network_of, policy

Parameters = ParamSpec("Parameters")
Endpoint = Callable[Parameters, ResponseReturnValue]


def limit(rate: str) -> Callable[[Endpoint[Parameters]], Endpoint[Parameters]]:
    """Let an account, or an address, ask an endpoint so often; 429 for more.

    A rate is a number `/second`, `/minute`, `/hour` or `/day`. Two limits may stand one above the
    other. Every request that passes the login counts, whatever its answer.
    """

    def decorator(endpoint: Endpoint[Parameters]) -> Endpoint[Parameters]:
        name = f"{endpoint.__module__.removeprefix('app.api.')}.{endpoint.__name__}"
        own = policy(name, rate)

        @wraps(endpoint)
        def wrapper(*args: Parameters.args, **kwargs: Parameters.kwargs) -> ResponseReturnValue:
            context = this_context()
            by = client_address()
            if by and (reader_id := context.get("reader_id")):
                by = f"account {reader_id}"
            if left := hit(context.db, own, by=by):
                after_this_request(lambda response: tell(response, left))
            return endpoint(*args, **kwargs)

        wrapper.is_limited = True  # type: ignore[attr-defined]
        return wrapper

    return decorator


def client_address() -> str:
    """Return whom limits count where there is no account; empty if nobody is limited here."""
    settings, address = current_app.config, this_request().remote_addr or ""
    # A front end and its tests, on a developer's own machine.
    is_own = settings["ENVIRONMENT"] == "development" and is_loopback(address)
    return network_of(address) if settings["RATE_LIMIT"] and not is_own else ""


def tell(response: Response, left: Left) -> Response:
    """Add to a response what is left of a limit: draft-ietf-httpapi-ratelimit-headers."""
    name, quota, seconds = left.policy
    response.headers.add("RateLimit-Policy", f'"{name}";q={quota};w={seconds}')
    response.headers.add("RateLimit", f'"{name}";r={left.requests};t={left.seconds}')
    return response
