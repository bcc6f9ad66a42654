"""What value.py lets through is kept exactly, sorted and summed by every engine."""

from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from importlib import import_module
from uuid import UUID

import pytest

from model.frame import value
from model.frame.error import Duplicate
from tests.model.marks import only

COLUMNS = {
    "sqlite": """
        id INTEGER PRIMARY KEY, budget SCALED_INTEGER_7 UNIQUE, share SCALED_INTEGER_18,
        amount SCALED_INTEGER_0, due DATE, starts DATETIME, done BOOLEAN, ticket UUID_TEXT UNIQUE,
        estimate REAL, count INTEGER, title_key TEXT
    """,
    "mysql": """
        id BIGINT PRIMARY KEY, budget DECIMAL(18, 7) UNIQUE, share DECIMAL(18, 18),
        amount DECIMAL(18, 0), due DATE, starts DATETIME(3), done BOOLEAN,
        ticket CHAR(36) CHARACTER SET ascii COLLATE ascii_bin UNIQUE,
        estimate DOUBLE, count BIGINT, title_key VARCHAR(40)
    """,
}
TYPES = {"budget": "decimal", "share": "decimal", "amount": "decimal", "due": "string"}
TYPES |= {"starts": "date", "done": "bool", "ticket": "binData", "estimate": "double"}
NAMES = [*TYPES, "count", "title_key"]

BUDGETS = ["-99999999999.9999999", "-0.5", "0", "0.0000001", "12345678901.1234567"]
SHARES = ["-0.999999999999999999", "0", "0.000000000000000001", "0.1", "0.5"]
AMOUNTS = ["-999999999999999999", "0", "1", "1E+2", "999999999999999999"]
DATES = [date(1000, 1, 1), date(1600, 2, 29), date(1969, 12, 31), date(2026, 1, 31), date.max]
TIMES = [
    datetime(1000, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_000, UTC),
    datetime(2026, 1, 31, 12, 30, 0, 1000, UTC),
    datetime(2026, 1, 31, 12, 30, 0, 123_000, UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_000, UTC),
]
TICKETS = [UUID(int=0), UUID(int=1), UUID(int=0xABC), UUID(int=1 << 127), UUID(int=2**128 - 1)]
FLOATS = [-1e308, -0.0, 5e-324, 0.1, 1.7976931348623157e308]
COUNTS = [-(2**63), -1, 0, 2**53 + 1, 2**63 - 1]
TITLES = ["Projekt", "PROJEKT\uffff", "projekt 🧪", "Projekt\U0010ffff", "prosa"]


def checked(number: int) -> dict[str, object]:
    """Return a row as a model checks it; the greater the number, the greater is each value."""
    return {
        "budget": value.decimal("budget", Decimal(BUDGETS[number]), 18, 7),
        "share": value.decimal("share", Decimal(SHARES[number]), 18, 18),
        "amount": value.decimal("amount", Decimal(AMOUNTS[number]), 18, 0),
        "due": value.date("due", DATES[number]),
        "starts": value.moment("starts", TIMES[number]),
        "done": value.boolean("done", number > 2),
        "ticket": value.uuid("ticket", TICKETS[number]),
        "estimate": value.floating("estimate", FLOATS[number]),
        "count": value.whole("count", COUNTS[number]),
        "title_key": value.folded(TITLES[number], 40),
    }


ROWS = [{"id": number + 1, **checked(number)} for number in range(5)]
NOTHING = {"id": 6, **dict.fromkeys(NAMES)}


class Table:
    """A table of SQL with a column of each type."""

    def __init__(self, database) -> None:
        self.database = database
        database.run(f"CREATE TABLE keepsakes ({COLUMNS[database.engine]})")

    def insert(self, row):
        names = ", ".join(row)
        values = ", ".join(f"%({name})s" for name in row)
        self.database.insert(f"INSERT INTO keepsakes ({names}) VALUES ({values})", **row)

    def rows(self):
        return self.database.all(f"SELECT id, {', '.join(NAMES)} FROM keepsakes ORDER BY id")

    def ids_from(self, column, least, below=None):
        below = {} if below is None else {"below": below}
        and_below = f"AND {column} < %(below)s" if below else ""
        rows = self.database.all(
            f"SELECT id FROM keepsakes WHERE {column} >= %(least)s {and_below} ORDER BY {column}",
            least=least,
            **below,
        )
        return [row["id"] for row in rows]

    def sum(self, column):
        return self.database.one(f"SELECT SUM({column}) AS total FROM keepsakes")["total"]


class Documents:
    """The same as a collection with a schema."""

    def __init__(self, database) -> None:
        self.collection = import_module("model.mongodb.driver.collection").Collection(
            database, "keepsakes"
        )
        properties = {name: {"bsonType": [kind, "null"]} for name, kind in TYPES.items()}
        driver = database.driver_database()
        driver.create_collection("keepsakes", validator={"$jsonSchema": {"properties": properties}})
        for unique in ("budget", "ticket"):
            driver.keepsakes.create_index(
                unique, unique=True, partialFilterExpression={unique: {"$type": TYPES[unique]}}
            )

    def insert(self, row):
        self.collection.insert({"_id": row["id"], **{k: v for k, v in row.items() if k != "id"}})

    def rows(self):
        rows = self.collection.aggregate([{"$sort": {"_id": 1}}])
        # A date comes back as its text.
        return [{**row, "due": row["due"] and date.fromisoformat(row["due"])} for row in rows]

    def ids_from(self, column, least, below=None):
        bounds = {"$gte": least} if below is None else {"$gte": least, "$lt": below}
        found = self.collection.aggregate([{"$match": {column: bounds}}, {"$sort": {column: 1}}])
        return [row["id"] for row in found]

    def sum(self, column):
        group = {"_id": None, "total": {"$sum": f"${column}"}}
        return next((row["total"] for row in self.collection.aggregate([{"$group": group}])), None)


@pytest.fixture
def keepsakes(database, engine):
    yield Documents(database) if engine == "mongodb" else Table(database)
    if engine == "mongodb":
        database.driver_database().drop_collection("keepsakes")
    else:
        database.run("DROP TABLE keepsakes")


def test_every_value_is_kept_sorted_and_summed_exactly(keepsakes):
    assert value.scaled(keepsakes.sum("budget"), 7) == 0
    with localcontext(prec=3):  # what somebody sets for arithmetic is not for what is kept
        for row in (*ROWS, NOTHING):
            keepsakes.insert(row)
        found = keepsakes.rows()
    # Their types and digits, too: 0.50 is not 0.5 as a text.
    assert [list(map(repr, row.values())) for row in found] == [
        list(map(repr, row.values())) for row in (*ROWS, NOTHING)
    ]
    for column in (*TYPES, "count"):
        for number, row in enumerate(ROWS if column != "done" else []):
            assert keepsakes.ids_from(column, row[column]) == [1, 2, 3, 4, 5][number:], column
    assert sorted(keepsakes.ids_from("done", True)) == [4, 5]
    for column, scale in (("budget", 7), ("share", 18), ("amount", 0)):
        total = value.scaled(keepsakes.sum(column), scale)
        assert str(total) == str(sum(row[column] for row in ROWS))
    prefix = value.folded("PROJEKT")
    assert sorted(keepsakes.ids_from("title_key", prefix, prefix + chr(0x10FFFF))) == [1, 2, 3, 4]


@pytest.mark.parametrize("column", ["budget", "ticket"])
def test_a_unique_value_is_there_once(keepsakes, column):
    keepsakes.insert(NOTHING | {"id": 1, column: ROWS[3][column]})
    keepsakes.insert(NOTHING | {"id": 2})
    keepsakes.insert(NOTHING | {"id": 3})
    with pytest.raises(Duplicate):
        keepsakes.insert(NOTHING | {"id": 4, column: ROWS[3][column]})


@only("mongodb")
def test_a_document_that_an_unanswered_write_stored_is_no_duplicate(keepsakes):
    for _ in range(2):
        keepsakes.insert(ROWS[3])
    with pytest.raises(Duplicate):
        keepsakes.insert(ROWS[3] | {"due": date.max})
