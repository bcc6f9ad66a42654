"""Database URLs: those that work, on real servers, and those that are refused."""

import gc
import ssl
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

import model
from model.frame.error import ConfigurationError, Unavailable
from tests import engines
from tests.model.marks import present
from tests.servers import MariaServer, MongoServer, has_ipv6, own

SECRET = "geheim"


def refusal_of(url):
    """Return the one sentence that a URL is refused with."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConfigurationError) as raised:
            model.connect(url)
    shown = "".join(traceback.format_exception(raised.value))
    assert SECRET not in shown + repr(raised.value)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def answers(url):
    """Connect and run one statement, which tells who we are and where."""
    database = model.connect(url)
    try:
        return database.one("SELECT DATABASE() AS name, CURRENT_USER() AS user")
    finally:
        database.close()


# --- What is refused ---


@pytest.mark.parametrize(
    "url", ["", "name.db", "postgres://u:geheim@h/x", "sqlite3:///x", "MYSQL//u:geheim@h/x"]
)
def test_an_unknown_engine_is_refused_and_the_known_ones_listed(url):
    assert refusal_of(url) == (
        "a database URL begins with sqlite:///, mysql://, mongodb:// or mongodb+srv://"
    )


@engines.needs("sqlite")
@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite://", "a SQLite URL is sqlite:///path"),
        ("sqlite:///", "a SQLite URL is sqlite:///path"),
        ("sqlite://host/path", "a SQLite URL is sqlite:///path"),
        ("sqlite:///nul%00.db", "a SQLite URL is sqlite:///path"),
        ("sqlite:///x?mode=ro", "unknown option 'mode'; known are pool_size, pool_wait"),
        ("sqlite:///x?pool_size=0", "pool_size is at least 1"),
        ("sqlite:///x?pool_size=many", "pool_size is at least 1"),
        ("sqlite:///x?pool_size", "pool_size is at least 1"),
        ("sqlite:///x?pool_wait=-1", "pool_wait 0 to 60 seconds"),
        ("sqlite:///x?pool_wait=nan", "pool_wait 0 to 60 seconds"),
        ("mysql://u:geheim@h", "a MySQL URL is mysql://user:password@host:3306/name"),
        ("mysql://u:geheim@h/", "a MySQL URL is mysql://user:password@host:3306/name"),
        ("mysql://u:geheim@h/a/b", "a MySQL URL is mysql://user:password@host:3306/name"),
        ("mysql://u:geheim@h:port/x", "malformed"),
        ("mysql://u:geheim@h:99999/x", "malformed"),
        ("mysql://u:geheim@[::1/x", "malformed"),
        ("mysql://u:/geheim@h/x", "a MySQL URL is"),
        ("mysql://u:#geheim@h/x", "a MySQL URL is"),
        ("mysql://u:1?geheim@h/x", "malformed"),
        ("mysql://u:1/2?geheim@h/x", "malformed"),
        ("mysql://u:1/2?geheim=1@h/x", "malformed"),
        ("mysql://u:geheim@h/x?charset=latin1", "unknown option 'charset'; known are pool_size"),
        ("mysql://u:geheim@h/x?ssl=maybe", "ssl in the database URL is disabled, preferred or"),
        ("mysql://u:geheim@h/x?ssl_ca=/missing", "TLS file of the database URL: No such file"),
        ("mysql://u:geheim@h/x?ssl_cert=/missing", "TLS file of the database URL: No such file"),
        ("mysql://u:geheim@h/x?ssl_key=/missing", "an ssl_key without its ssl_cert"),
        ("mysql://u:geheim@h/x?ssl=disabled&ssl_ca=/x", "has TLS files, but ssl=disabled"),
    ],
)
def test_an_sql_url_that_cannot_work_is_refused_in_one_sentence(url, sentence):
    assert sentence in refusal_of(url)


@engines.needs("sqlite")
def test_a_tls_file_without_a_certificate_is_refused(tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    refused = refusal_of(f"mysql://u:{SECRET}@h/x?ssl_ca={tmp_path}/ca.pem")
    assert refused.startswith("a TLS file of the database URL: ")


@engines.needs("mongodb")
@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mongodb://u:geheim@h", "ends in the database's name"),
        ("mongodb://u:geheim@h/", "ends in the database's name"),
        ("mongodb+srv://u:geheim@h.example", "ends in the database's name"),
        ("mongodb://u:/geheim@h/x", "a MongoDB URL is mongodb://user:password@host:27017/name"),
        ("mongodb://u:@geheim@h/x", "a MongoDB URL is"),
        ("mongodb://u:%geheim@h/x", "a MongoDB URL is"),
        ("mongodb://u:1?geheim@h/x", "a MongoDB URL is"),
        ("mongodb://u:geheim@h:99999/x", "a MongoDB URL is"),
        ("mongodb://u:geheim@/x", "a MongoDB URL is"),
        ("mongodb://u:geheim@h/x?foo=1", "does not take the option 'foo'"),
        ("mongodb://u:geheim@h/x?w=1&maxPoolSize=many", "does not take the option 'maxPoolSize'"),
        ("mongodb://u:geheim@h/x?tls=true&tlsCAFile=/missing", "option 'tlsCAFile'"),
    ],
)
def test_a_mongodb_url_that_cannot_work_is_refused_in_one_sentence(url, sentence):
    assert sentence in refusal_of(url)


@engines.needs("mongodb")
def test_an_unknown_cluster_name_is_unavailable_and_no_configuration_error():
    database = model.connect(f"mongodb+srv://u:{SECRET}@cluster.invalid/x")
    with pytest.raises(Unavailable) as raised:
        database.users.find(1)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


# --- What works: SQLite ---


@engines.needs("sqlite")
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("with a blank.db", "with a blank.db"),
        ("with%20a%20blank.db", "with a blank.db"),
        ("100%25.db", "100%.db"),
        ("100%.db", "100%.db"),
        ("레토르트🧪.db", "레토르트🧪.db"),
        ("what%3F.db", "what?.db"),
        ("what%23.db?pool_size=2&pool_wait=0.5", "what#.db"),
        (":memory:.db", ":memory:.db"),
    ],
)
def test_a_sqlite_file_has_the_name_in_its_url(tmp_path, path, name):
    database = model.connect(f"sqlite:///{tmp_path}/new/folder/{path}")
    database.create()
    database.run("CREATE TABLE t (a INTEGER)")
    assert database.run("INSERT INTO t VALUES (%(a)s)", a=1) == 1
    database.close()
    assert [path.name for path in (tmp_path / "new/folder").iterdir()] == [name]


@engines.needs("sqlite")
def test_a_folder_that_cannot_be_created_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    database = model.connect(f"sqlite:///{tmp_path}/file/test.db")
    with pytest.raises(ConfigurationError, match="the folder of the database cannot be made"):
        database.create()


@engines.needs("sqlite")
def test_a_path_is_relative_to_where_the_process_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    database = model.connect("sqlite:///here.db")
    database.run("CREATE TABLE t (a INTEGER)")
    database.close()
    assert (tmp_path / "here.db").exists()


@engines.needs("sqlite")
def test_all_threads_share_one_database_in_memory():
    database = model.connect("sqlite:///:memory:")
    database.run("CREATE TABLE t (a INTEGER)")

    def insert(number):
        database.run("INSERT INTO t VALUES (%(a)s)", a=number)

        def twice(db):
            total = db.one("SELECT COUNT(*) AS total FROM t")["total"]
            db.run("INSERT INTO t VALUES (%(a)s)", a=-number)
            return db.one("SELECT COUNT(*) AS total FROM t")["total"] - total

        return database.atomically(twice)

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(insert, range(40))) == {1}
    assert database.one("SELECT COUNT(*) AS total FROM t") == {"total": 80}
    database.close()


@engines.needs("sqlite")
def test_two_databases_in_memory_share_nothing():
    first, second = model.connect("sqlite:///:memory:"), model.connect("sqlite:///:memory:")
    first.run("CREATE TABLE t (a INTEGER)")
    second.run("CREATE TABLE t (a INTEGER)")
    first.close()
    second.close()


# --- What works: MySQL ---


@pytest.fixture(params=present("mysql"))
def maria():
    server = own(MariaServer)
    server.sql("CREATE DATABASE IF NOT EXISTS urls")
    return server


@pytest.mark.parametrize(
    "password", ["@:/%#?&=+ ", "pässwort", "пароль비밀🧪", "%40", "'\"\\`;--", "x" * 300]
)
def test_any_password_logs_in_when_percent_encoded(maria, password):
    maria.sql(
        "CREATE OR REPLACE USER 'odd'@'%' IDENTIFIED BY '{}'".format(
            password.replace("\\", "\\\\").replace("'", "''")
        ),
        "GRANT ALL ON urls.* TO 'odd'@'%'",
    )
    encoded = quote(password, safe="")
    url = f"mysql://odd:{encoded}@127.0.0.1:{maria.port}/urls"
    assert answers(url) == {"name": "urls", "user": "odd@%"}
    with pytest.raises(Unavailable, match="user or password"):
        answers(url.replace(encoded, encoded + "x"))


def test_odd_names_of_users_and_databases_are_percent_encoded(maria):
    maria.sql(
        "CREATE DATABASE IF NOT EXISTS `odd @:#?%é`",
        "CREATE OR REPLACE USER 'o@d:d/é'@'%' IDENTIFIED BY 'p'",
        "GRANT ALL ON *.* TO 'o@d:d/é'@'%'",
    )
    user, name = quote("o@d:d/é", safe=""), quote("odd @:#?%é", safe="")
    found = answers(f"mysql://{user}:p@127.0.0.1:{maria.port}/{name}")
    assert found == {"name": "odd @:#?%é", "user": "o@d:d/é@%"}


def test_a_database_with_an_odd_name_is_created_and_dropped(maria):
    url = f"mysql://root@127.0.0.1:{maria.port}/{quote('m`a{d}e %s', safe='')}"
    database = model.connect(url)
    with pytest.raises(Unavailable, match="no such database"):
        database.one("SELECT 1 AS one")
    database.create()
    database.create()
    assert database.one("SELECT DATABASE() AS name") == {"name": "m`a{d}e %s"}
    database.drop()
    database.close()


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
def test_an_ipv6_address_stands_in_brackets(maria):
    maria.sql("CREATE OR REPLACE USER 'root'@'::1'", "GRANT ALL ON *.* TO 'root'@'::1'")
    found = answers(f"mysql://root@[::1]:{maria.port}/urls")
    assert found["name"] == "urls"


def test_a_unix_socket_is_an_option(maria):
    # Nobody listens on port 1: it is the socket that is used.
    socket = quote(maria.socket, safe="")
    assert answers(f"mysql://root@localhost:1/urls?unix_socket={socket}")["name"] == "urls"
    database = model.connect("mysql://root@localhost/urls?unix_socket=/missing")
    with warnings.catch_warnings():
        # PyMySQL leaves a unix socket that nobody answers at to the garbage collection.
        warnings.simplefilter("ignore", ResourceWarning)
        with pytest.raises(Unavailable, match="cannot be reached"):
            database.one("SELECT 1 AS one")
        gc.collect()


def test_an_empty_unix_socket_is_none_and_does_not_switch_tls_off(maria):
    database = model.connect("mysql://root@db.example/urls?unix_socket=")
    assert database.target.connect.args[0]["ssl_disabled"] is False
    assert answers(f"mysql://root@127.0.0.1:{maria.port}/urls?unix_socket=")["name"] == "urls"


def test_required_tls_never_falls_back_to_none(maria):
    # This server has no certificate.
    with pytest.raises(Unavailable, match="unexpected reply"):
        answers(f"mysql://root@127.0.0.1:{maria.port}/urls?ssl=required")
    for wish in ("preferred", "disabled"):
        assert answers(f"mysql://root@127.0.0.1:{maria.port}/urls?ssl={wish}")


def test_required_tls_verifies_the_certificate(maria):
    settings = model.connect("mysql://root@db.example/x?ssl=required").target.connect.args[0]
    assert settings["ssl"].verify_mode == ssl.CERT_REQUIRED
    assert settings["ssl"].check_hostname


def test_the_options_of_the_pool_are_applied(maria):
    url = f"mysql://root@127.0.0.1:{maria.port}/urls?pool_size=1&pool_wait=0"
    database = model.connect(url)

    def inside(_db):
        with pytest.raises(Unavailable, match="all 1 connections are in use"):
            database.one("SELECT 1 AS one")

    database.atomically(inside)
    database.close()


# --- What works: MongoDB ---


@engines.needs("mongodb")
def test_options_in_a_mongodb_url_override_ours():
    server = own(MongoServer)
    database = model.connect(server.url("urls") + "?maxPoolSize=3&w=1&SERVERSELECTIONTIMEOUTMS=700")
    options = database.driver_database().client.options
    assert options.pool_options.max_pool_size == 3
    assert options.write_concern.document == {"w": 1}
    assert options.server_selection_timeout == 0.7
    assert options.pool_options.connect_timeout == 2
    database.close()


@engines.needs("mongodb")
def test_an_ipv6_address_of_mongodb_stands_in_brackets():
    database = model.connect("mongodb://[::1]:27018/urls")
    assert database.driver_database().client.topology_description.server_descriptions().keys() == {
        ("::1", 27018)
    }
    database.close()
