"""Decorators that any endpoint may wear."""

from collections.abc import Callable
from functools import wraps
from time import perf_counter
from typing import Any, ParamSpec, TypeVar

from flask import Response, current_app, g, make_response
from flask.typing import ResponseReturnValue

from controller.frame import log
from controller.frame.error import ControllerError
from model.frame.error import ModelError

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Parameters = ParamSpec("Parameters")


def timer(endpoint: Callable[Parameters, ResponseReturnValue]) -> Callable[Parameters, Response]:
    """Measure the seconds an endpoint takes into `g.process_time`.

    TIMER_OUTPUT says where they are shown: in the JSON `response`, in the `log`, or nowhere.
    """

    @wraps(endpoint)
    def wrapper(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Response:
        started = perf_counter()
        response = make_response(endpoint(*args, **kwargs))
        g.process_time = perf_counter() - started
        output = current_app.config["TIMER_OUTPUT"]
        if output == "log":
            log.info(f"{endpoint.__name__} took {g.process_time * 1000:.1f} ms")
        if output == "response":
            _add_measure(response, g.process_time)
        return response

    wrapper.is_timed = True  # type: ignore[attr-defined]
    return wrapper


def may_raise(*errors: type[ControllerError | ModelError]) -> Callable[[Endpoint], Endpoint]:
    """Document which errors an endpoint's controller may raise, for /openapi.json.

    Unavailable need not be named: wherever a database is used, it may be raised.
    """

    def decorator(endpoint: Endpoint) -> Endpoint:
        endpoint.errors = errors  # type: ignore[attr-defined]
        return endpoint

    return decorator


def _add_measure(response: Response, seconds: float) -> None:
    """Add the elapsed time to the end of a JSON object; leave any other response unchanged."""
    if not response.is_json or response.direct_passthrough or not response.is_sequence:
        return
    # The text is added to, not parsed, so that every other value stays exactly as it was.
    text = response.get_data().strip()
    if text.startswith(b"{") and text.endswith(b"}") and b'"process_time"' not in text:
        comma = b"," if text[1:-1].strip() else b""
        response.set_data(b'%b%b"process_time":%r}\n' % (text[:-1], comma, seconds))
