"""A file of SQL is split into statements as the server itself would read it."""

import pytest

import model
from tests import engines

if "sqlite" in engines.NAMES:
    from model.sql.driver.script import statements

pytestmark = engines.needs("sqlite")

BOTH = pytest.mark.parametrize("engine", ["mysql", "sqlite"])

TRIGGER = """CREATE TRIGGER count_it AFTER INSERT ON jottings FOR EACH ROW
BEGIN
    UPDATE counts SET inserted = inserted + CASE WHEN NEW.id > 0 THEN 1 ELSE 0 END;
    UPDATE counts SET note = 'a; b -- c', done = done + 1;
END"""


def split(text, engine):
    up, _down = statements(text, engine=engine)
    return [statement for statement, _end in up]


# --- What ends no statement ---


@BOTH
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 'a; b'",
        "SELECT 'it''s; so'",
        "SELECT ''';'''",
        'SELECT "a; b", "say ""x;"""',
        "SELECT `a;b`, `a``;b` FROM t",
        "SELECT 1 -- one; two\n+ 1",
        "SELECT 1 /* one; two\n; */ + 1",
        "SELECT '/*', 1, '; */'",
        "SELECT '--', 1, ';'",
        "SELECT '-- down\n-- down\n'",
        "SELECT '\n-- down\n;'",
        "SELECT 1 /*\n-- down\n*/",
        'CREATE TABLE event (begin INTEGER, "end" INTEGER)',
        "CREATE TABLE a (trigger_id INTEGER, x INTEGER DEFAULT (CASE WHEN 1 THEN 2 END))",
        "CREATE VIEW v AS SELECT CASE WHEN a THEN 'x;' ELSE 'y' END AS b FROM t",
        "INSERT INTO t (a) VALUES ('레토르트; 🧪')",
    ],
)
def test_a_semicolon_that_ends_no_statement(engine, statement):
    assert split(f"{statement};\nSELECT 2;\n", engine) == [statement, "SELECT 2"]


@pytest.mark.parametrize(
    "statement",
    [
        r"SELECT 'it\'s; so'",
        r"SELECT 'a\\'",
        r'SELECT "say \"x;\""',
        "SELECT 1 # one; it's two\n+ 1",
        "SELECT 5--1",
    ],
)
def test_syntax_of_mysql_alone(statement):
    assert split(f"{statement};\nSELECT 2;\n", "mysql") == [statement, "SELECT 2"]


def test_sqlite_has_no_backslash_escapes():
    assert split(r"SELECT 'a\'; SELECT 'b\';", "sqlite") == [r"SELECT 'a\'", r"SELECT 'b\'"]


def test_sqlite_needs_no_space_after_two_dashes():
    assert split("SELECT 1 --it's; one\n; SELECT 2", "sqlite")[1] == "SELECT 2"


def test_an_executable_comment_of_mysql_is_a_statement():
    text = "/*!40101 SET NAMES utf8mb4 */; /*M! SET a = 1 */; /* nothing */; SELECT /*!; */ 1;"
    assert split(text, "mysql") == [
        "/*!40101 SET NAMES utf8mb4 */",
        "/*M! SET a = 1 */",
        "SELECT /*!; */ 1",
    ]


# --- Blocks ---


@BOTH
@pytest.mark.parametrize(
    "words", ["CREATE", "create temp", "CREATE OR REPLACE", "CREATE DEFINER = `root`@`x;` "]
)
def test_a_trigger_is_one_statement(engine, words):
    trigger = TRIGGER.replace("CREATE", words, 1)
    assert split(f"SELECT 1; {trigger};\nSELECT 2", engine) == ["SELECT 1", trigger, "SELECT 2"]


@pytest.mark.parametrize(
    "body",
    [
        "BEGIN SELECT 1; END; BEGIN SELECT 2; END;",
        "BEGIN BEGIN SELECT 1; END; SELECT 2; END;",
        "IF a THEN SELECT 1; ELSEIF b THEN SELECT 2; END IF;",
        "CASE a WHEN 1 THEN SELECT 1; ELSE BEGIN END; END CASE;",
        "BEGIN END; CASE a WHEN 1 THEN SELECT 1; END CASE; CASE WHEN b THEN SELECT 2; END CASE;",
        "SELECT CASE WHEN a THEN CASE WHEN b THEN 1 END END, CASE WHEN c THEN 2 END;",
        "again: LOOP SELECT 1; LEAVE again; END LOOP again;",
        "WHILE a DO SELECT 1; END WHILE; REPEAT SELECT 1; UNTIL a END\n  REPEAT;",
        "SET NEW.end = 1; SET @end = 2; SET NEW.begin = 3;",
        "DECLARE `end` INT; SELECT 'END', \"END\"; -- END\n",
    ],
)
def test_nested_blocks_of_a_procedure(body):
    procedure = f"CREATE PROCEDURE p() BEGIN {body} END"
    assert split(f"{procedure};\nCALL p();", "mysql") == [procedure, "CALL p()"]


def test_a_procedure_without_a_block_ends_at_its_semicolon():
    assert split("CREATE PROCEDURE p() SELECT 1; CALL p();", "mysql") == [
        "CREATE PROCEDURE p() SELECT 1",
        "CALL p()",
    ]


def test_begin_outside_a_block_begins_a_transaction():
    assert split("BEGIN; SELECT 1; END; SELECT 2", "sqlite") == [
        "BEGIN",
        "SELECT 1",
        "END",
        "SELECT 2",
    ]


# --- Whole files ---


@BOTH
@pytest.mark.parametrize("text", ["", "\n", ";", ";;\n;", "-- nothing;\n", "/* a; b */ ; -- c"])
def test_a_file_of_comments_has_no_statement(engine, text):
    assert statements(text, engine=engine) == ([], [])


@BOTH
def test_the_last_statement_needs_no_semicolon(engine):
    assert split("SELECT 1;\nSELECT 2", engine) == ["SELECT 1", "SELECT 2"]
    assert split("SELECT 1;\nSELECT 2 -- so;", engine) == ["SELECT 1", "SELECT 2 -- so;"]


@BOTH
def test_windows_line_endings(engine):
    text = "-- A; b\r\nSELECT 1;\r\nSELECT\r\n2;\r\n-- down\r\nSELECT 3;\r\n"
    up, down = statements(text, engine=engine)
    assert [found for found, _end in up] == ["-- A; b\r\nSELECT 1", "SELECT\r\n2"]
    assert [found for found, _end in down] == ["SELECT 3"]


@BOTH
def test_where_each_statement_ends(engine):
    text = "SELECT 1;\n-- so\nSELECT ';';  \n\nSELECT 3"
    up, _down = statements(text, engine=engine)
    ends = [end for _statement, end in up]
    assert [text[:end] for end in ends] == [
        "SELECT 1;",
        "SELECT 1;\n-- so\nSELECT ';';",
        text,
    ]


@BOTH
@pytest.mark.parametrize("line", ["-- down", "-- down  ", "  -- Down", "--   DOWN\t"])
@pytest.mark.parametrize("semicolon", [";", ""])
def test_the_line_between_up_and_down(engine, line, semicolon):
    up, down = statements(f"SELECT 1{semicolon}\n{line}\nSELECT 2;", engine=engine)
    assert ([found for found, _ in up], [found for found, _ in down]) == (
        ["SELECT 1"],
        ["SELECT 2"],
    )


@BOTH
@pytest.mark.parametrize(
    "text", ["SELECT 1; -- down\nSELECT 2;", "SELECT 1;\n-- down we go\nSELECT 2;"]
)
def test_other_comments_do_not_begin_the_down_part(engine, text):
    up, down = statements(text, engine=engine)
    assert (len(up), down) == (2, [])


def test_a_file_with_only_a_down_part_and_one_without():
    assert statements("-- down\nSELECT 1;", engine="sqlite") == ([], [("SELECT 1", 17)])
    assert statements("SELECT 1;\n-- down", engine="sqlite") == ([("SELECT 1", 9)], [])


def test_a_large_file_is_split_fast():
    long = "x''" * 300_000
    text = f"INSERT INTO t (a) VALUES ('{long}');\n"
    assert len(split(text * 2 + "SELECT '" + "''" * 100_000, "mysql")) == 3


# --- The servers agree ---


@BOTH
def test_a_file_with_a_trigger_runs_as_it_is_split(database, engine):
    text = f"""
        CREATE TABLE jottings (id INTEGER);
        CREATE TABLE counts (inserted INTEGER, done INTEGER, note VARCHAR(20));
        INSERT INTO counts VALUES (0, 0, '');
        {TRIGGER};
        INSERT INTO jottings (id) VALUES (1), (0), (2);
        -- down
        DROP TABLE jottings;
        DROP TABLE counts
    """
    up, down = statements(text, engine=engine)
    connection = database.pool.take()
    try:
        for statement, _end in up:
            connection.script(statement)
        found = connection.one("SELECT inserted, done, note FROM counts", {})
    finally:
        for statement, _end in down:
            connection.script(statement)
        database.pool.give(connection)
    assert found == {"inserted": 2, "done": 3, "note": "a; b -- c"}


def test_a_procedure_runs_on_mysql_as_it_is_split(tmp_path):
    text = """
        CREATE PROCEDURE sum_to(IN top INT, OUT total INT)
        BEGIN
            DECLARE i INT DEFAULT 0; # it's counted; so
            SET total = 0;
            BEGIN END; BEGIN END;
            again: LOOP
                SET i = i + 1;
                IF i > top THEN LEAVE again; END IF;
                CASE WHEN i % 2 = 0 THEN SET total = total + i; ELSE BEGIN END; END CASE;
            END LOOP;
        END;
        CALL sum_to(10, @total);
    """
    database = model.connect(engines.clean_database("mysql", tmp_path))
    connection = database.pool.take()
    try:
        for statement in split(text, "mysql"):
            connection.script(statement)
        assert connection.one("SELECT @total AS total", {}) == {"total": 30}
    finally:
        connection.script("DROP PROCEDURE IF EXISTS sum_to")
        database.pool.give(connection)
        database.close()
