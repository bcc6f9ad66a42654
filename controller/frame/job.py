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
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
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
MOST_PRIORITY = 1_000_000
MOST_SECONDS = 10 * 366 * 24 * 60 * 60
# How far back the last tick of a schedule is looked for.
NEARER_AND_FARTHER = [timedelta(days=days) for days in (1 / 1440, 1 / 24, 1, 32, 366, 3660)]


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
        default = LONGEST_ATOMIC["sqlite"] if atomic else 60
        self.timeout = default if timeout is None else timeout
        self.atomic, self.at_most, self.url = atomic, at_most, url
        parameters = inspect.signature(function).parameters.values()
        own = [one for one in parameters if one.kind is one.KEYWORD_ONLY]
        self.handed = [one.name for one in parameters if one.kind is not one.KEYWORD_ONLY]
        hints = self._hints()
        self.kinds = {one.name: self._kinds(one.name, hints.get(one.name)) for one in own}
        self.required = [one.name for one in own if one.default is one.empty]
        # Of these, JSON either keeps what it is given, or orjson refuses it.
        self._is_simple = all(
            kinds <= {str, int, bool, type(None)} for kinds in self.kinds.values()
        )
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
        if not packed or not (self._is_simple or orjson.loads(packed) == arguments):
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

    def _hints(self) -> dict[str, Any]:
        try:
            return typing.get_type_hints(self.function)
        except NameError as error:
            self._refuse(f"has an annotation that names nothing: {error}")

    def _judge(self) -> None:
        if len(self.name) > LONGEST["name"]:
            self._refuse(f"has a name of more than {LONGEST['name']} characters")
        if unknown := [name for name in self.handed if name not in GIVEN]:
            self._refuse(f"wants {unknown[0]}, but a worker hands over {', '.join(GIVEN)}")
        if self.atomic and ("db" not in self.handed or self.url != "DATABASE_URL"):
            self._refuse("is atomic, so it has the parameter db, of DATABASE_URL")
        if not all(type(one) is int for one in (self.priority, self.retries, self.at_most)):
            self._refuse("must have whole numbers as priority, retries and at_most")
        if type(self.timeout) not in (int, float) or not isinstance(self.queue, str):
            self._refuse("must have a number as timeout, and text as queue")
        if abs(self.priority) > MOST_PRIORITY or not value.is_storable(self.queue):
            self._refuse(f"must have a priority up to {MOST_PRIORITY}, and a queue that is kept")
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
            self._refuse(f"takes {name}, which wants a type that JSON keeps, such as str or int")
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
    # Of a job with `at_most`: it counts for each key.
    limit_key: str = ""

    def time(self) -> datetime | None:
        """Return when the job is to run, or None for now; Invalid or InvalidValue for no time."""
        if not (type(self.delay) in (int, float) and 0 <= self.delay <= MOST_SECONDS):
            raise Invalid("delay", f"must be a number of seconds from 0 to {MOST_SECONDS}")
        if self.delay:
            return value.now() + timedelta(seconds=self.delay)
        return None if self.run_at is None else value.moment("run_at", self.run_at)


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
        except (LookupError, OSError, ValueError):
            self._refuse(f"there is no time zone {timezone!r}; one is Asia/Seoul")
        if len(cron.split()) != 5:
            self._refuse(f"{cron!r} is no cron text: it must have five fields")
        try:
            next(CronSim(cron, value.now()))
        except (CronSimError, StopIteration) as error:
            self._refuse(f"{cron!r} is no cron text: {error}")

    def latest(self, now: datetime) -> datetime:
        """Return the last tick up to now."""
        # Forward, from nearer and farther: backward, cronsim has other ticks in the night in which
        # clocks change.
        for before in NEARER_AND_FARTHER:
            ticks = list(takewhile(lambda tick: tick <= now, self._ticks(now - before)))
            if ticks:
                return ticks[-1]
        return now - NEARER_AND_FARTHER[-1]

    def following(self, now: datetime) -> datetime:
        """Return the next tick after now."""
        return next(tick for tick in self._ticks(now) if tick > now)

    def require_job(self, jobs: Mapping[str, Job]) -> None:
        """Raise ValueError unless its function is one of these jobs, and takes its arguments."""
        job = jobs.get(name_of(self.function))
        if job is None:
            self._refuse("its function is no job: add it to JOBS")
        try:
            job.packed(self.arguments)
        except Invalid as error:
            self._refuse(str(error))
        if len(self.name) > LONGEST["name"]:
            self._refuse(f"its name has more than {LONGEST['name']} characters")

    def _ticks(self, start: datetime) -> Iterator[datetime]:
        return (tick.astimezone(UTC) for tick in CronSim(self.cron, start.astimezone(self._zone)))

    def _refuse(self, why: str) -> typing.NoReturn:
        raise ValueError(f"the schedule {self.name}: {why}") from None


def by_name(jobs: Sequence[Job], schedules: Sequence[Schedule]) -> dict[str, Job]:
    """Return the jobs by their names; ValueError if two have one, or a schedule has none."""
    found = {job.name: job for job in jobs}
    if len(found) < len(jobs):
        twice = next(job.name for job in jobs if found[job.name] is not job)
        raise ValueError(f"the job {twice} stands in the register twice")
    for schedule in schedules:
        schedule.require_job(found)
    return found


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
    if options.limit_key and not job.at_most:
        raise Invalid("limit_key", f"counts for jobs with at_most, which {job.name} has not")
    priority = job.priority if options.priority is None else options.priority
    new: NewJob = {
        "name": job.name,
        "arguments": job.packed(arguments),
        "queue": job.queue,
        "priority": value.number("priority", priority, -MOST_PRIORITY, MOST_PRIORITY),
        "run_at": options.time() if options.delay or options.run_at else None,
        "limit_key": f"{job.name} {options.limit_key}".rstrip() if job.at_most else None,
        "at_most": job.at_most,
    }
    if options.unique_key is None:
        return db.jobs.insert(new)
    key = value.text("unique_key", options.unique_key, LONGEST["unique_key"] - len(job.name) - 1)
    return db.jobs.insert_unique(new, unique_key=f"{job.name} {key}")


def registered(name: str) -> Job | None:
    """Return the job of this name, or None."""
    from controller import jobs  # which imports the controllers, and they this module

    return jobs.BY_NAME.get(name)


def name_of(function: Callable[..., object]) -> str:
    """Return what a job is stored by: the module below controller/, and the function's name."""
    if not inspect.isfunction(function):
        raise ValueError(f"{function!r} is no function of a module, as jobs are")
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
