"""Jobs: functions that are run later, by a worker, as rows in the caller's own transaction.

    JOBS = [Job(mail.send_welcome, retries=8, timeout=60)]     # the register, controller/jobs.py
    job.enqueue(db, mail.send_welcome, user_id=id)             # in a controller

The positional parameters of a job's function are handed over by the worker, by their names; the
keyword-only ones are its arguments, which are kept as JSON.
"""

import inspect
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from cronsim import CronSim, CronSimError

from controller.frame.error import Invalid
from controller.frame.runner import GIVEN
from model import Models
from model.frame import value
from model.job import LONGEST, NewJob

PLAIN = {str, int, float, bool, type(None), list, dict}
CONTAINERS = {Sequence: list, Mapping: dict}
NOT_KEPT = (
    "is nothing that JSON keeps as it is: pass text, whole numbers of 64 bits, or both in lists"
)
TOO_LONG = f"make the arguments too long (the maximum is {LONGEST['arguments']} bytes): pass an id"
# How long a job may hold up others: on SQLite nobody else writes while an atomic one runs.
LONGEST_ATOMIC = {"sqlite": 2, "mysql": 30, "mongodb": 30}


class Job:
    """A function that may be enqueued, and how it is run; ValueError for what cannot work."""

    def __init__(
        self,
        function: Callable[..., object],
        *,
        queue: str = "default",
        priority: int = 0,
        retries: int = 8,
        timeout: float | None = None,
        atomic: bool = False,
        at_most: int = 0,
        url: str = "DATABASE_URL",
    ) -> None:
        self.function, self.name = function, name_of(function)
        self.queue, self.priority, self.retries = queue, priority, retries
        self.timeout = timeout or (LONGEST_ATOMIC["sqlite"] if atomic else 60)
        self.atomic, self.at_most, self.url = atomic, at_most, url
        parameters = inspect.signature(function).parameters.values()
        hints = typing.get_type_hints(function)
        own = [one for one in parameters if one.kind is one.KEYWORD_ONLY]
        self.handed = [one.name for one in parameters if one.kind is not one.KEYWORD_ONLY]
        self.kinds = {one.name: self._kinds(one.name, hints[one.name]) for one in own}
        self.required = [one.name for one in own if one.default is one.empty]
        self._judge()

    def require_fit(self, engine: str) -> None:
        """Raise ValueError if this job may not run on the engine."""
        longest = LONGEST_ATOMIC[engine]
        if self.atomic and self.timeout > longest:
            self._refuse(f"is atomic, so on {engine} its timeout is at most {longest} seconds")

    def packed(self, arguments: Mapping[str, Any]) -> str:
        """Return the arguments as they are stored; Invalid names one that cannot be."""
        self.require_arguments(arguments)
        try:
            packed = orjson.dumps(arguments)
        except TypeError:
            packed = b""
        if not packed or orjson.loads(packed) != arguments:
            for name, given in arguments.items():
                if not _is_kept(given):
                    raise Invalid(name, NOT_KEPT)
        if len(packed) > LONGEST["arguments"]:
            raise Invalid(max(arguments, key=lambda name: len(str(arguments[name]))), TOO_LONG)
        return packed.decode()

    def require_arguments(self, arguments: Mapping[str, Any]) -> None:
        """Raise Invalid unless these are what the function takes."""
        for name, given in arguments.items():
            if name not in self.kinds:
                known = ", ".join(self.kinds) or "no arguments"
                raise Invalid(name, f"is no argument of {self.name}, which takes {known}")
            if type(given) not in self.kinds[name]:
                kinds = " or ".join(sorted(kind.__name__ for kind in self.kinds[name]))
                raise Invalid(name, f"must be {kinds.replace('NoneType', 'None')}")
        for name in self.required:
            if name not in arguments:
                raise Invalid(name, f"is missing: {self.name} requires it")

    def _judge(self) -> None:
        if unknown := [name for name in self.handed if name not in GIVEN]:
            self._refuse(f"wants {unknown[0]}, but a worker hands over {', '.join(GIVEN)}")
        if self.atomic and (not self.handed or self.url != "DATABASE_URL"):
            self._refuse("is atomic, so its first parameter is db, of DATABASE_URL")
        if not 0 < self.timeout <= 24 * 60 * 60:
            self._refuse("must have a timeout of more than 0 seconds and at most a day")
        if not (0 <= self.retries <= 100 and 0 <= self.at_most <= 100):
            self._refuse("must have from 0 to 100 retries, and at_most from 0 to 100")
        if not 0 < len(self.queue) <= LONGEST["queue"]:
            self._refuse(f"must have a queue of 1 to {LONGEST['queue']} characters")
        self.require_fit("mysql")

    def _kinds(self, name: str, hint: Any) -> set[type]:
        """The types that an argument may have, by its annotation."""
        origin = typing.get_origin(hint)
        if origin in (typing.Union, types.UnionType):
            return {kind for one in typing.get_args(hint) for kind in self._kinds(name, one)}
        if origin is typing.Literal:
            return {type(one) for one in typing.get_args(hint)}
        kind = CONTAINERS.get(origin or hint, origin or hint)
        if kind not in PLAIN:
            self._refuse(f"takes {name}, whose type JSON does not keep: take text or a number")
        return {float, int} if kind is float else {kind}

    def _refuse(self, why: str) -> typing.NoReturn:
        raise ValueError(f"the job {self.name} {why}")


class Options(NamedTuple):
    """How one job is enqueued, where it is not as the register says."""

    # Not before this time, or so many seconds.
    run_at: datetime | None = None
    delay: float = 0
    # Lower numbers are taken first.
    priority: int | None = None
    # Enqueued once while one with this key waits.
    unique_key: str | None = None
    # Whose `at_most` it counts for; one number for all jobs of the function, without a key.
    limit_key: str = ""


class Schedule:
    """A job that is enqueued at the times of a cron text; ValueError if it cannot be read."""

    def __init__(
        self,
        function: Callable[..., object],
        cron: str,
        *,
        timezone: str = "UTC",
        name: str = "",
        **arguments: Any,
    ) -> None:
        self.function, self.cron, self.timezone = function, cron, timezone
        self.name, self.arguments = name or name_of(function), arguments
        try:
            self._zone = UTC if timezone == "UTC" else ZoneInfo(timezone)
            CronSim(cron, value.now())
        except (CronSimError, ValueError) as error:
            reason = f"{cron!r} is no cron text: {error}"
            raise ValueError(f"the schedule {self.name}: {reason}") from error
        except (LookupError, OSError) as error:
            reason = f"there is no time zone {timezone!r}; one is Asia/Seoul"
            raise ValueError(f"the schedule {self.name}: {reason}") from error

    def latest(self, now: datetime) -> datetime:
        """Return the last tick up to now."""
        start = (now + timedelta(seconds=1)).astimezone(self._zone)
        return next(CronSim(self.cron, start, reverse=True)).astimezone(UTC)

    def following(self, now: datetime) -> datetime:
        """Return the next tick after now."""
        return next(CronSim(self.cron, now.astimezone(self._zone))).astimezone(UTC)


def enqueue(
    db: Models,
    function: Callable[..., object],
    options: Options = Options(),
    /,
    **arguments: Any,
) -> int:
    """Let a worker run the function with these arguments; return the job's id.

    The job is a row of the caller's transaction, if it has one: committed with it, gone with it.
    ValueError for a function that is not in the register, Invalid for arguments that it does not
    take, or that no engine keeps.
    """
    job = registered(name_of(function))
    if job is None:
        raise ValueError(f"{name_of(function)} is no job: add it to JOBS in controller/jobs.py")
    limit_key = f"{job.name} {options.limit_key}".rstrip() if job.at_most else None
    run_at = value.now() + timedelta(seconds=options.delay) if options.delay else options.run_at
    new: NewJob = {
        "name": job.name,
        "arguments": job.packed(arguments),
        "queue": job.queue,
        "priority": job.priority if options.priority is None else options.priority,
        "run_at": run_at,
        "limit_key": limit_key,
        "at_most": job.at_most,
    }
    if options.unique_key is None:
        return db.jobs.insert(new)
    return db.jobs.insert_unique(new, unique_key=f"{job.name} {options.unique_key}")


def registered(name: str) -> Job | None:
    """Return the job of this name, or None."""
    from controller import jobs  # which imports the controllers, and they this module

    return jobs.BY_NAME.get(name)


def name_of(function: Callable[..., object]) -> str:
    """Return what a job is stored by: the module below controller/, and the function's name."""
    module = function.__module__
    if module == "__main__":  # a controller that was started as a program
        module = getattr(sys.modules[module].__spec__, "name", module)
    return f"{module.removeprefix('controller.')}.{function.__name__}"


def _is_kept(given: object) -> bool:
    try:
        return bool(orjson.loads(orjson.dumps(given)) == given)
    except TypeError:
        return False


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
