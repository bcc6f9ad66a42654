"""Where there are no foreign keys, a parent is not deleted while a child is added to it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from model.frame.error import Unavailable
from tests.model.marks import only

pytestmark = only("mongodb")


@pytest.fixture
def collections():
    """How a parent and a child are kept."""
    from model.mongodb.driver.collection import Collection

    return lambda db: (Collection(db, "parents"), Collection(db, "children"))


def test_a_parent_that_is_not_there_cannot_be_held(database, collections):
    parents, _ = collections(database)
    id = parents.insert({})
    assert parents.hold(id)
    assert not parents.hold(id + 1)


def test_no_child_is_left_without_its_parent(database, collections):
    parents, children = collections(database)

    def add(id):
        def work(db):
            parents, children = collections(db)
            if parents.hold(id):
                children.insert({"parent_id": id})

        with suppress(Unavailable):
            database.atomically(work)

    def delete(id):
        def work(db):
            parents, children = collections(db)
            parents.let_go([id])
            children.delete({"parent_id": id})
            parents.delete({"_id": id})

        database.atomically(work)

    with ThreadPoolExecutor(8) as pool:
        for _ in range(6):
            id = parents.insert({})
            added = [pool.submit(add, id) for _ in range(4)]
            deleted = pool.submit(delete, id)
            added += [pool.submit(add, id) for _ in range(3)]
            for one in (*added, deleted):
                one.result()
    assert children.count({}) == 0
