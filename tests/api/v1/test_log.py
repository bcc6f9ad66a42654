"""The API log, which only an admin may see."""

import pytest

from controller import log


def prepare(jake, anne, database):
    """One request was answered."""
    entry(database, "/")


def entry(database, path):
    log.record(
        database,
        ip="::1",
        method="GET",
        path=path,
        status=200,
        milliseconds=1.5,
        request_id="r",
    )


def test_only_an_admin_may_read_the_log(nobody, jake):
    response = nobody.get("/admin/logs")
    assert response.status_code == 401
    assert response.json["errors"] == {"token": ["is missing"]}
    response = jake.get("/admin/logs")
    assert response.status_code == 403
    assert response.json["errors"] == {"role": ["forbidden"]}


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "offset=-1", "limit=x"])
def test_a_bad_page_is_named(root, query):
    response = root.get(f"/admin/logs?{query}")
    assert response.status_code == 422
    assert list(response.json["errors"]) == [query.partition("=")[0]]


def test_an_admin_reads_the_log_in_pages(root, database):
    for path in ("/a", "/b", "/c"):
        entry(database, path)
    logs = root.get("/admin/logs?limit=2").json["logs"]
    assert [row["path"] for row in logs] == ["/c", "/b"]
    assert set(logs[0]) == {
        "id",
        "ip",
        "method",
        "path",
        "status",
        "milliseconds",
        "requestId",
        "createdAt",
    }
    assert [row["path"] for row in root.get("/admin/logs?offset=2").json["logs"]] == ["/a"]
