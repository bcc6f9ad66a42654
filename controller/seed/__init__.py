"""Made-up data for development: a file for each resource; the same seed, the same data.

A file says what it sows (NAME), how much of it unless told otherwise (COUNT), and behind which
model it belongs (MODEL), and has a function `sow`, which is called in the order of model/models.py.
"""

import pkgutil
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from random import Random
from types import ModuleType

from controller.frame.fake import get_fake
from model import Models, atomic

if typing.TYPE_CHECKING:
    from faker import Faker

BATCH = 500


@dataclass
class Sowing:
    """What one run has to make things up with, and the ids of what it has sown, by NAME."""

    seed: int
    fake: "Faker"
    random: Random
    ids: dict[str, list[int]] = field(default_factory=dict)


def sow(db: Models, *, counts: Mapping[str, int], seed: int) -> Iterator[int]:
    """Add so much of each NAME; yields how many rows were just added.

    Each batch is kept as a whole. Invalid if this seed was sown in this database before.
    """
    sowing = Sowing(seed, get_fake("en_US", seed), Random(seed))
    for sower in sowers():
        ids = sowing.ids[sower.NAME] = []
        for start in range(0, counts[sower.NAME], BATCH):
            numbers = range(start, min(start + BATCH, counts[sower.NAME]))
            ids += _sow_batch(db, sower, sowing, numbers)
            yield len(numbers)


@atomic
def _sow_batch(db: Models, sower: ModuleType, sowing: Sowing, numbers: range) -> list[int]:
    # Begun anew for each batch, so that another try of the transaction makes up the same.
    start = f"{sowing.seed} {sower.NAME} {numbers.start}"
    sowing.fake.seed_instance(start)
    sowing.random.seed(start)
    ids: list[int] = sower.sow(db, sowing, numbers)
    return ids


def sowers() -> list[ModuleType]:
    """Return the modules of this folder, in the order in which model/models.py has their models."""
    modules = [import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)]
    order = list(typing.get_type_hints(Models))
    return sorted(modules, key=lambda module: order.index(module.MODEL))
