"""What a database says of its user, its clock and the way to it, on real servers."""

import shutil
import tempfile
from datetime import timedelta

import pytest

import model
from model.frame import value
from model.frame.error import Unavailable
from tests import engines
from tests.servers import MariaServer, own


def test_the_clock_of_a_server_on_this_machine_is_ours(database):
    before = value.now()
    assert before - timedelta(milliseconds=2) <= database.clock() <= value.now()
    assert database.clock().utcoffset() == timedelta(0)


@pytest.mark.parametrize(("option", "number"), [("", 10), ("?pool_size=3", 3)])
@engines.needs("sqlite")
def test_a_pool_of_sql_has_as_many_connections_as_the_url_says(option, number):
    for url in ("sqlite:///x.db", "mysql://me@host/name"):
        assert model.connect(f"{url}{option}").most_connections() == number
    assert model.connect("sqlite:///:memory:").most_connections() == 1


@pytest.mark.parametrize(
    ("option", "number"), [("", 10), ("?maxPoolSize=3", 3), ("?maxPoolSize=0", 100)]
)
@engines.needs("mongodb")
def test_a_pool_of_mongodb_has_as_many_connections_as_the_url_says(option, number):
    database = model.connect(f"mongodb://127.0.0.1:1/name{option}")
    assert database.most_connections() == number
    database.close()


@pytest.mark.parametrize(
    ("url", "is_exposed"),
    [
        ("sqlite:///x.db", False),
        ("mysql://me@host/name", True),
        ("mysql://me@host/name?ssl=preferred", True),
        ("mysql://me@host/name?ssl=disabled", True),
        ("mysql://me@host/name?ssl=required", False),
        ("mysql://me@localhost/name", False),
        ("mysql://me@127.0.0.1/name?ssl=disabled", False),
        ("mysql://me@localhost.example.com/name", True),
        ("mysql://me@host/name?unix_socket=/tmp/s", False),
    ],
)
@engines.needs("sqlite")
def test_a_url_of_sql_says_whether_others_may_listen(url, is_exposed):
    assert model.connect(url).is_exposed() is is_exposed


@pytest.mark.parametrize(
    ("url", "is_exposed"),
    [
        ("mongodb://host/name", True),
        ("mongodb://host/name?tls=true", False),
        ("mongodb://host/name?ssl=true", False),
        ("mongodb+srv://host.example.com/name", False),
        ("mongodb+srv://host.example.com/name?tls=false", True),
        ("mongodb://LOCALHOST,127.0.0.1,[::1]:1/name", False),
        ("mongodb://localhost,host/name", True),
        ("mongodb://%2Ftmp%2Fa.sock/name", False),
    ],
)
@engines.needs("mongodb")
def test_a_url_of_mongodb_says_whether_others_may_listen(url, is_exposed):
    assert model.connect(url).is_exposed() is is_exposed


# --- Rights ---


@pytest.mark.parametrize("engine", engines.NAMES[:1], indirect=True)
@engines.needs("sqlite")
def test_sqlite_has_no_users(database):
    assert database.excess_rights() == []


MINE = "`rights\\_of`.*"


@pytest.mark.parametrize(
    ("grants", "excess"),
    [
        ([f"GRANT ALL ON {MINE} TO"], []),
        ([f"GRANT SELECT, INSERT, UPDATE, DELETE ON {MINE} TO"], []),
        (["GRANT SELECT ON rights_of.* TO"], []),
        (["GRANT ALL ON *.* TO"], ["ALL PRIVILEGES ON *.*"]),
        ([f"GRANT ALL ON {MINE} TO", "GRANT PROCESS ON *.* TO"], ["PROCESS ON *.*"]),
        ([f"GRANT ALL ON {MINE} TO", "GRANT SELECT ON other.* TO"], ["SELECT ON `other`.*"]),
        (["GRANT SELECT ON `rights%`.* TO"], ["SELECT ON `rights%`.*"]),
    ],
)
@engines.needs("mysql")
def test_rights_beyond_the_database_are_named_on_mysql(grants, excess):
    assert excess_of(grants) == excess


@engines.needs("mysql")
def test_rights_that_can_be_handed_on_are_named(request):
    grant = f"GRANT ALL ON {MINE} TO"
    assert excess_of([grant], "WITH GRANT OPTION") == [f"GRANT OPTION ON {MINE}"]


def excess_of(grants, ending=""):
    maria = own(MariaServer)
    maria.sql(
        "CREATE DATABASE IF NOT EXISTS rights_of",
        "CREATE DATABASE IF NOT EXISTS other",
        "CREATE OR REPLACE USER 'judged'@'%' IDENTIFIED BY 'hidden'",
        *(f"{grant} 'judged'@'%' {ending}" for grant in grants),
    )
    database = model.connect(f"mysql://judged:hidden@127.0.0.1:{maria.port}/rights_of")
    found = database.excess_rights()
    database.close()
    maria.sql("DROP USER 'judged'@'%'")
    return found


@pytest.fixture(scope="module")
def guarded_mongodb():
    """A MongoDB server that wants to know who asks: the address of each user."""
    from secantus import SecantusDBServer

    folder = tempfile.mkdtemp(prefix="retort")
    server = SecantusDBServer(storage_path=folder, cache_size="64M")
    server.start()
    database = model.connect("mongodb://{}:{}/rights_of".format(*server.address))
    assert database.excess_rights() == ["everything, for nobody has to sign in"]
    users = database.driver_database().client
    users.rights_of.command("createUser", "app", pwd="hidden", roles=["readWrite"])
    both = ["readWrite", "dbAdmin"]
    users.rights_of.command("createUser", "migrator", pwd="hidden", roles=both)
    roles = ["root", {"role": "readWrite", "db": "rights_of"}]
    users.admin.command("createUser", "root", pwd="hidden", roles=roles)
    database.close()
    server.stop()
    server = SecantusDBServer(storage_path=folder, cache_size="64M", require_auth=True)
    server.start()
    yield "mongodb://{{}}:hidden@{}:{}/rights_of".format(*server.address)
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    ("user", "option", "excess"),
    [
        ("app", "", []),
        ("migrator", "", []),
        ("root", "?authSource=admin", ["root on admin"]),
    ],
)
@engines.needs("mongodb")
def test_roles_beyond_the_database_are_named_on_mongodb(guarded_mongodb, user, option, excess):
    database = model.connect(f"{guarded_mongodb.format(user)}{option}")
    assert database.excess_rights() == excess
    database.close()


@engines.needs("mongodb")
def test_who_cannot_sign_in_is_told(guarded_mongodb):
    database = model.connect(guarded_mongodb.format("nobody"))
    with pytest.raises(Unavailable):
        database.excess_rights()
    database.close()
