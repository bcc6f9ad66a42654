"""Made-up data for development: a file for each resource; the same seed, the same data.

A file says what it sows (NAME), how much of it unless told otherwise (COUNT), and behind which
model it belongs (MODEL). `make_up` makes rows up, `find` returns the id of one that is there
already, and `insert_many` adds rows and returns their ids. They are called in the order of
model/models.py.
"""

import pkgutil
import typing
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from random import Random
from types import ModuleType

from controller.frame.error import Invalid
from controller.frame.fake import get_fake
from model import Models, atomic
from model.frame.error import Duplicate

if typing.TYPE_CHECKING:
    from faker import Faker

BATCH = 2000


@dataclass
class Sowing:
    """What one run has to make things up with, and the ids of what it has sown, by NAME."""

    seed: int
    fake: "Faker"
    random: Random
    ids: dict[str, list[int]] = field(default_factory=dict)
    added: int = 0

    def begin(self, name: str, start: int) -> None:
        """Reseed for each batch, so that every run generates the same data for it."""
        self.fake.seed_instance(f"{self.seed} {name} {start}")
        self.random.seed(f"{self.seed} {name} {start}")


def sow(db: Models, *, counts: Mapping[str, int], seed: int) -> Iterator[int]:
    """Seed this many rows of each NAME; yields how many rows of a batch exist now.

    Each batch is kept as a whole, and a run that was interrupted is continued by the next one.
    Invalid if all of it was there before.
    """
    sowing = Sowing(seed, get_fake("en_US", seed), Random(seed))
    for sower in sowers():
        ids = sowing.ids[sower.NAME] = []
        for start in range(0, counts[sower.NAME], BATCH):
            numbers = range(start, min(start + BATCH, counts[sower.NAME]))
            sowing.begin(sower.NAME, start)
            rows = sower.make_up(sowing, numbers)
            batch, added = _sow_batch(db, sower, rows)
            ids += batch
            sowing.added += added
            yield len(numbers)
    if sum(counts.values()) and not sowing.added:
        raise Invalid("seed", "was already used to seed this database: choose another")


def sowers() -> list[ModuleType]:
    """Return the modules of this folder, in the order in which model/models.py has their models."""
    modules = [import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)]
    order = list(typing.get_type_hints(Models))
    return sorted(modules, key=lambda module: order.index(module.MODEL))


def _sow_batch(db: Models, sower: ModuleType, rows: list[typing.Any]) -> tuple[list[int], int]:
    """Return the ids of the rows, and how many of them were not there yet."""
    if not rows or sower.find(db, rows[0]) is None:
        # With a Duplicate, some of them are there, and the transaction is undone.
        with suppress(Duplicate):
            return _insert_all(db, sower, rows), len(rows)
    return _insert_missing(db, sower, rows)


@atomic
def _insert_all(db: Models, sower: ModuleType, rows: list[typing.Any]) -> list[int]:
    ids: list[int] = sower.insert_many(db, rows)
    return ids


@atomic
def _insert_missing(db: Models, sower: ModuleType, rows: list[typing.Any]) -> tuple[list[int], int]:
    found = [sower.find(db, row) for row in rows]
    missing = [row for row, id in zip(rows, found, strict=True) if id is None]
    inserted = iter(sower.insert_many(db, missing))
    return [id or next(inserted, 0) for id in found], len(missing)
