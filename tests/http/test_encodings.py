"""A body is JSON in UTF-8 and in nothing else."""

import pytest


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_json_in_another_encoding_is_refused(client, api, encoding):
    body = '{"user": {"email": "jake@jake.jake", "password": "correct horse"}}'.encode(encoding)
    response = client.post(f"{api}/users/login", data=body, content_type="application/json")
    assert response.status_code == 422
    assert response.json["errors"] == {"body": ["is not text in UTF-8"]}
