"""Decorators that any endpoint may wear."""

import json
from collections.abc import Callable
from functools import wraps
from time import perf_counter
from typing import ParamSpec

from flask import Response, current_app, g, make_response
from flask.typing import ResponseReturnValue

from controller import log

Parameters = ParamSpec("Parameters")


def timer(endpoint: Callable[Parameters, ResponseReturnValue]) -> Callable[Parameters, Response]:
    """Measure the seconds an endpoint takes into `g.process_time`.

    TIMER_OUTPUT says where they are shown: in the JSON `response`, in the `log`, or nowhere.
    """

    @wraps(endpoint)
    def timed(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Response:
        started = perf_counter()
        response = make_response(endpoint(*args, **kwargs))
        g.process_time = perf_counter() - started
        output = current_app.config["TIMER_OUTPUT"]
        if output == "log":
            log.info(f"{endpoint.__name__} took {g.process_time * 1000:.1f} ms")
        if output == "response" and response.is_json and not response.is_streamed:
            _add_measure(response, g.process_time)
        return response

    return timed


def _add_measure(response: Response, seconds: float) -> None:
    # The standard library reads numbers of any length as they are.
    body = json.loads(response.data or "null")
    if isinstance(body, dict):
        response.data = current_app.json.dumps({**body, "process_time": seconds})
