"""Transactions: `@atomic` for controllers, `@in_transaction` for models, and repeated tries."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from model.frame.error import ConnectionLost, TryAgain

TRIES_AGAIN = 5
FIRST_PAUSE = 0.01
# No try begins after this: together with the drivers' time-outs, nobody waits over 5 seconds.
PATIENCE = 3.0

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def atomic(
    function: Callable[Concatenate[Any, Parameters], Result],
) -> Callable[Concatenate[Any, Parameters], Result]:
    """Run a function, whose first parameter is the database, in one transaction.

    Commits if it returns, rolls back if it raises. If the database asks for a retry,
    the whole function runs again, a limited number of times, so it must do nothing
    outside of the database. Called with a transaction, it joins it.
    """

    @wraps(function)
    def wrapper(db: Any, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        result: Result = db.atomically(lambda joined: function(joined, *args, **kwargs))
        return result

    return wrapper


def in_transaction(
    method: Callable[Concatenate[Any, Parameters], Result],
) -> Callable[Concatenate[Any, Parameters], Result]:
    """Run a model's method, which takes several statements, in one transaction, as `atomic` does.

    The method runs on a model of the transaction; in a transaction already, it joins that one.
    """

    @wraps(method)
    def wrapper(model: Any, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        kind = type(model)
        result: Result = model.db.atomically(lambda db: method(kind(db), *args, **kwargs))
        return result

    return wrapper


def again(
    work: Callable[[], Result],
    after: tuple[type[Exception], ...] = (TryAgain, ConnectionLost),
) -> Result:
    """Do the work until it succeeds, at most six times, with growing random pauses between.

    The last error is raised unchanged; to callers, TryAgain is an Unavailable.
    """
    started = time.monotonic()
    for attempt in range(TRIES_AGAIN):
        try:
            return work()
        except after:
            if time.monotonic() - started > PATIENCE:
                raise
        # Random, so that two who met do not meet again.
        time.sleep(FIRST_PAUSE * 2**attempt * (0.5 + random.random()))
    return work()
