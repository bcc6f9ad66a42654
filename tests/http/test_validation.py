"""The validator: what flask-validation-extended documents, and what is mended in it."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import pytest
from flask import jsonify

from app.http.response import bad_request
from app.http.rule import (
    Datetime,
    Digits,
    Email,
    Ext,
    In,
    IsoDatetime,
    Max,
    MaxFileCount,
    MaxLen,
    Min,
    MinFileCount,
    MinLen,
    NotBlank,
    Number,
    PhoneNum,
    Regex,
    Strip,
    Url,
    ValidationRule,
)
from app.http.validation import (
    ABSENT,
    All,
    Dict,
    File,
    Form,
    Header,
    Json,
    List,
    Query,
    Route,
    Validator,
    invalidate,
)

LIMITS = f"must be between {-(2**63)} and {2**63 - 1}"


@pytest.fixture
def serve(app, client):
    """Serve an endpoint that answers with what it was given; returns the client."""

    def add(endpoint, validator=None, path="/test"):
        validated = (validator or Validator())(endpoint)
        app.add_url_rule(path, view_func=validated, methods=["GET", "POST"])
        return client

    return add


def shown(value: Any) -> Any:
    """Answer with the value and its type, for JSON has only one kind of number."""
    return jsonify(value="ABSENT" if value is ABSENT else value, type=type(value).__name__)


# --- The documented shapes ---


def test_the_example_of_its_readme(serve):
    def hello(
        id=Route(int),
        username=Json(str, rules=MinLen(5)),
        age=Json(int, rules=[Min(18), Max(99)]),
        nicknames=Json(List(str)),
        birthday=Json(str, rules=IsoDatetime()),
        expire=Json(int, optional=True),
        is_admin=Query(bool, default=False),
    ):
        return f"Update Complete! {locals()}"

    client = serve(hello, path="/update/<int:id>")
    body = {"username": "jacob", "age": 20, "nicknames": ["a"], "birthday": "2000-01-31T00:00:00"}
    response = client.post("/update/3?is_admin=true", json=body)
    assert response.status_code == 200
    assert "'id': 3" in response.text
    assert "'is_admin': True" in response.text
    assert "'expire': None" in response.text

    wrong = {
        "username": "four",
        "age": 17,
        "nicknames": ["a", 1],
        "birthday": "soon",
        "expire": "x",
    }
    response = client.post("/update/3?is_admin=maybe", json=wrong)
    assert response.status_code == 422
    assert response.json["errors"] == {
        "username": ["is too short (the minimum is 5)"],
        "age": ["must be at least 18"],
        "nicknames": ["item 2 must be text"],
        "birthday": ["must be an ISO 8601 date and time, such as 2026-01-31T12:30:00"],
        "expire": ["must be a whole number"],
        "is_admin": ["must be true or false"],
    }


def test_a_route_that_is_text(serve):
    client = serve(lambda name=Route(str, rules=MaxLen(3)): name, path="/by/<name>")
    assert client.get("/by/abc").text == "abc"
    assert client.get("/by/abcd").json["errors"] == {"name": ["is too long (the maximum is 3)"]}


@pytest.mark.parametrize(("annotation", "kind"), [(All, "UUID"), (str, "str")])
def test_a_route_that_is_a_uuid(serve, annotation, kind):
    client = serve(lambda id=Route(annotation): shown(id), path="/by/<uuid:id>")
    text = "00000000-0000-0000-0000-000000000001"
    assert client.get(f"/by/{text}").json == {"value": text, "type": kind}


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (int, "7", 7),
        (int, "-7", -7),
        (float, "7", 7.0),
        (float, "7.5", 7.5),
        (float, "1e3", 1000.0),
        (bool, "true", True),
        (bool, "False", False),
        (str, "", ""),
        (str, "레토르트", "레토르트"),
        (All, "7", "7"),
        ([int, str, bool], "7", 7),
        ([str, int], "7", "7"),
    ],
)
def test_query_form_and_header_are_converted(serve, annotation, text, value):
    def endpoint(
        q=Query(annotation),
        f=Form(annotation),
        h=Header("X-Value", annotation),
    ):
        assert q == f == h
        assert type(q) is type(f) is type(h)
        return shown(q)

    headers = {"X-Value": text} if text.isascii() else {"X-Value": text.encode().decode("latin-1")}
    client = serve(endpoint) if text.isascii() else serve(lambda q=Query(annotation): shown(q))
    response = client.post("/test", query_string={"q": text}, data={"f": text}, headers=headers)
    assert response.json == {"value": value, "type": type(value).__name__}


@pytest.mark.parametrize(
    ("annotation", "text", "message"),
    [
        (int, "1.0", "must be a whole number"),
        (int, " 1", "must be a whole number"),
        (int, "٣", "must be a whole number"),
        (int, str(-(2**63) - 1), LIMITS),
        (float, "one", "must be a number"),
        (float, "1_0", "must be a number"),
        (float, "nan", "must be a finite number"),
        (float, "-inf", "must be a finite number"),
        (float, "1e999", "must be a finite number"),
        (bool, "1", "must be true or false"),
        ([int, str], "x", "must be a whole number"),
        (str, "a\0b", "can't hold the NUL character or half of a surrogate pair"),
    ],
)
def test_a_text_that_cannot_be_converted_is_refused(serve, annotation, text, message):
    client = serve(lambda q=Query(annotation), f=Form(annotation): "")
    response = client.post("/test", query_string={"q": text}, data={"f": text})
    assert response.status_code == 422
    assert response.json["errors"] == {"q": [message], "f": [message]}


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (int, 1),
        (str, "text"),
        (float, 1.5),
        (bool, True),
        (list, [1, "a", None]),
        (dict, {"a": [1]}),
        (All, {"a": 1}),
        (List(), [1, "a"]),
        (List(All), [1, "a"]),
        (Dict(), {"a": 1}),
        (List(str), ["a", "b"]),
        (List([str, int]), ["a", 1]),
        (List(List(int)), [[1, 2, 3], [2, 3, 4]]),
        (List([int, List(int)]), [1, [1, 2, 3], 2, [5, 6, 7]]),
        (List(Dict(str)), [{"name": "IML"}, {"name": "HS"}]),
        (Dict(int), {"a": 1}),
        ([int, str, bool], False),
        ([float, int], 1),
        ([str, list], ["a"]),
    ],
)
def test_json_of_a_declared_type(serve, annotation, value):
    response = serve(lambda j=Json(annotation): shown(j)).post("/test", json={"j": value})
    assert response.json == {"value": value, "type": type(value).__name__}


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (int, True, "must be a whole number"),
        (int, 1.5, "must be a whole number"),
        (int, "1", "must be a whole number"),
        (int, 2**63, LIMITS),
        (int, -(2**63) - 1, LIMITS),
        (int, 1e17, LIMITS),
        (int, 1e300, LIMITS),
        (float, True, "must be a number"),
        (float, "1", "must be a number"),
        (bool, 1, "must be true or false"),
        (str, 1, "must be text"),
        (str, ["a"], "must be text"),
        (str, {"$gt": ""}, "must be text"),
        (str, "a\0", "can't hold the NUL character or half of a surrogate pair"),
        (list, {}, "must be a list"),
        (dict, [], "must be an object"),
        (list, ["\0"], "can't hold the NUL character or half of a surrogate pair"),
        (dict, {"\0": 1}, "can't hold the NUL character or half of a surrogate pair"),
        (List(str), "a", "must be a list of text"),
        (List(str), ["a", 1], "item 2 must be text"),
        (List([str, int]), ["a", 1.5], "item 2 must be text or a whole number"),
        (List(List(int)), [[1], ["a"]], "item 2 item 1 must be a whole number"),
        (Dict(int), {"a": "1"}, "item 'a' must be a whole number"),
        (Dict(int), [], "must be an object of a whole number"),
        ([int, bool], "x", "must be a whole number or true or false"),
        (str, None, "can't be null"),
        (All, None, "can't be null"),
    ],
)
def test_json_of_another_type_is_refused(serve, annotation, value, message):
    response = serve(lambda j=Json(annotation): "").post("/test", json={"j": value})
    assert response.status_code == 422
    assert response.json["errors"] == {"j": [message]}


def test_one_is_a_float_and_one_point_zero_is_a_whole_number(serve):
    client = serve(lambda f=Json(float), i=Json(int): jsonify(f=repr(f), i=repr(i)))
    assert client.post("/test", json={"f": 1, "i": 1.0}).json == {"f": "1.0", "i": "1"}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400])
def test_nan_and_infinity_are_refused(serve, number):
    client = serve(lambda f=Json(float): "")
    response = client.post("/test", data=f'{{"f": {number}}}', content_type="application/json")
    assert response.status_code == 422
    assert response.json["errors"] == {"f": ["must be a finite number"]}


@pytest.mark.parametrize(
    ("rule", "good", "bad", "message"),
    [
        (MinLen(2), "ab", "a", "is too short (the minimum is 2)"),
        (MaxLen(2), "ab", "abc", "is too long (the maximum is 2)"),
        (In(["red", "blue"]), "red", "green", "must be one of red, blue"),
        (Number(), "12", "1a", "must consist of digits"),
        (Strip(), "a b", " a", "can't start or end with whitespace"),
        (NotBlank(), " a ", " \t\n", "can't be blank"),
        (NotBlank(), "a", "", "can't be blank"),
        (Email(), "jake@jake.jake", "jake", "must be an e-mail address"),
        (Number(), "0", "٣", "must consist of digits"),
        (
            PhoneNum(),
            "010-1234-5678",
            "٠١٠-1234-5678",
            "must be a phone number, such as 010-1234-5678",
        ),
        (PhoneNum(), "010-1234-5678", "1234", "must be a phone number, such as 010-1234-5678"),
        (
            PhoneNum(),
            "+82 010-1234-5678",
            "010\n1234\n5678",
            "must be a phone number, such as 010-1234-5678",
        ),
        (Regex("^a+$"), "aa", "ab", "must match ^a+$"),
        (Regex("^a+$"), "a", "aa\n", "must match ^a+$"),
        (Regex("^(a\n)+$"), "a\na\n", "a\n\n", "must match ^(a\n)+$"),
        (Regex(r"^\w+$"), "레토르트", "a b", r"must match ^\w+$"),
        (
            IsoDatetime(),
            "2026-01-31T12:30:00",
            "31.1.2026",
            "must be an ISO 8601 date and time, such as 2026-01-31T12:30:00",
        ),
        (
            Datetime("%Y-%m-%d"),
            "2026-01-31",
            "2026-02-31",
            "must be a date and time in the format %Y-%m-%d",
        ),
    ],
)
def test_each_rule_for_text(serve, rule, good, bad, message):
    client = serve(lambda value=Json(str, rules=rule): value)
    assert client.post("/test", json={"value": good}).text == good
    response = client.post("/test", json={"value": bad})
    assert response.status_code == 422
    assert response.json["errors"] == {"value": [message]}


@pytest.mark.parametrize(
    ("rule", "good", "bad", "message"),
    [
        (Min(2), 2, 1, "must be at least 2"),
        (Max(2), 2, 3, "must be at most 2"),
        (In((1, 2)), 1, 3, "must be one of 1, 2"),
    ],
)
def test_each_rule_for_numbers(serve, rule, good, bad, message):
    client = serve(lambda value=Query(int, rules=[rule]): jsonify(value))
    assert client.get("/test", query_string={"value": good}).json == good
    response = client.get("/test", query_string={"value": bad})
    assert response.json["errors"] == {"value": [message]}


@pytest.mark.parametrize(
    ("choices", "good", "bad"), [([1, 2], 1, True), ([True], True, 1), ([0], 0, False)]
)
def test_in_tells_true_from_one(serve, choices, good, bad):
    client = serve(lambda value=Json(rules=In(choices)): "fine")
    assert client.post("/test", json={"value": good}).status_code == 200
    assert client.post("/test", json={"value": bad}).status_code == 422


def test_length_rules_for_lists_and_objects(serve):
    client = serve(
        lambda some=Json(List(str), rules=MinLen(1)), few=Json(Dict(int), rules=MaxLen(1)): "fine"
    )
    assert client.post("/test", json={"some": ["a"], "few": {"a": 1}}).text == "fine"
    response = client.post("/test", json={"some": [], "few": {"a": 1, "b": 2}})
    assert response.json["errors"] == {
        "some": ["is too short (the minimum is 1)"],
        "few": ["is too long (the maximum is 1)"],
    }


def test_files_and_their_rules(serve):
    client = serve(
        lambda photos=File(rules=[Ext([".png", ".jpg"]), MinFileCount(2), MaxFileCount(3)]): (
            jsonify([photo.filename for photo in photos])
        )
    )

    def upload(*names):
        return client.post("/test", data={"photos": [(io.BytesIO(b"x"), name) for name in names]})

    assert upload("a.png", "b.JPG").json == ["a.png", "b.JPG"]
    assert upload("a.png", "b.gif").json["errors"] == {
        "photos": ["must be a file that ends in .png or .jpg"]
    }
    assert upload("a.png").json["errors"] == {"photos": ["must be at least 2 files"]}
    assert upload(*["a.png"] * 4).json["errors"] == {"photos": ["must be at most 3 files"]}
    assert client.post("/test").json["errors"] == {"photos": ["is missing"]}
    assert upload("").json["errors"] == {"photos": ["is missing"]}
    assert upload("a.png", "", "b.png").json == ["a.png", "b.png"]


def test_a_file_may_be_optional(serve):
    assert serve(lambda photo=File(optional=True): shown(photo)).post("/test").json["value"] is None


class Even(ValidationRule):
    @property
    def types(self):
        return int

    def is_valid(self, data) -> bool:
        return data % 2 == 0

    def invalid_str(self):
        return "must be even"


class AtLeastFour(Even):
    def is_valid(self, data) -> bool:
        return super().is_valid(data) and data >= 4


class Nameless(ValidationRule):
    def is_valid(self, data) -> bool:
        return False


def test_a_custom_rule_and_a_subclass_of_it(serve):
    client = serve(lambda a=Query(int, rules=Even()), b=Query(int, rules=AtLeastFour()): "fine")
    assert client.get("/test?a=2&b=4").text == "fine"
    assert client.get("/test?a=1&b=2").json["errors"] == {
        "a": ["must be even"],
        "b": ["must be even"],
    }


def test_a_rule_without_a_message_has_that_of_the_library(serve):
    response = serve(lambda a=Query(rules=Nameless()): "").get("/test?a=1")
    assert response.json["errors"] == {"a": ["doesn't not match the Nameless rule"]}


def test_a_custom_error_function_gets_a_string(serve):
    def custom_error(error_message):
        assert isinstance(error_message, str)
        return {"info": "In hello API", "error": error_message}, 418

    response = serve(lambda a=Query(int): "", Validator(custom_error)).get("/test?a=x")
    assert response.status_code == 418
    assert response.json == {"info": "In hello API", "error": "a must be a whole number"}


def test_an_endpoint_may_answer_400(serve):
    response = serve(lambda a=Query(int): "", Validator(bad_request)).get("/test?a=x")
    assert response.status_code == 400
    assert response.json == {
        "msg": "fail",
        "description": "a must be a whole number",
        "errors": {"a": ["must be a whole number"]},
    }


def test_invalidate_lets_one_endpoint_call_another(app, client):
    @app.get("/inner")
    @Validator()
    def inner(kind=Route(str, rules=In(["a"])), dry=Query(bool, default=False)):
        return f"{kind} {dry}"

    @app.get("/outer")
    @Validator()
    def outer(dry=Query(bool, default=False)):
        invalidate()
        return inner(kind="unlisted", dry=dry)

    assert client.get("/outer?dry=true").text == "unlisted True"
    assert client.get("/outer?dry=x").status_code == 422


def test_parameters_of_the_library_itself_work_too(serve):
    import flask_validation_extended as library

    client = serve(lambda a=library.Query(int, rules=library.Min(2)): jsonify(a))
    assert client.get("/test?a=2").json == 2
    assert client.get("/test?a=1").status_code == 422


def test_a_client_may_send_another_name_than_the_parameters(serve):
    client = serve(lambda tags=Json(List(str), name="nickNames"): jsonify(tags))
    assert client.post("/test", json={"nickNames": ["a"]}).json == ["a"]
    response = client.post("/test", json={"tags": ["a"]})
    assert response.json["errors"] == {"nickNames": ["is missing"]}


def test_an_example_is_no_default(serve):
    client = serve(lambda a=Query(int, example=1): jsonify(a))
    assert client.get("/test").json["errors"] == {"a": ["is missing"]}


# --- Decimals, dates and choices: texts in JSON ---

Status = Literal["draft", "active"]
A_DATE = "must be a date from 1000-01-01 to 9999-12-31, such as 2026-01-31"
A_TIME = (
    "must be a date and time with its time zone, to the millisecond, from the year 1000 to 9999"
)


@pytest.mark.parametrize(
    ("annotation", "rules", "wrong", "message"),
    [
        (Decimal, None, [1.5, 1, None, True], 'must be a decimal number as text, such as "12.50"'),
        (Decimal, None, ["1e3", "+1", "1 "], "must be a decimal number, such as 12.50"),
        (
            Decimal,
            Digits(12, 2),
            ["12345678901", "0.001", "1.000"],
            "must have at most 10 digits before and 2 after the point",
        ),
        (date, None, ["0999-12-31", "20260131", 1, True], A_DATE),
        (date, None, ["2026-02-30"], "must be a day that is in the calendar, such as 2026-01-31"),
        (
            datetime,
            None,
            ["2026-01-31T12:30:00", "2026-01-31T12:30:00.0001Z", 1],
            f"{A_TIME}, such as 2026-01-31T12:30:00.500Z",
        ),
        (UUID, None, ["0" * 32, 1], "must be a UUID, such as 123e4567-e89b-42d3-a456-426614174000"),
        (Status, None, ["Draft", "", 1, ["draft"]], "must be one of draft, active"),
        ([int, Status], None, ["Draft"], "must be a whole number or one of draft, active"),
        (str, Url(), ["example.com"], "must be a web address, such as https://example.com/page"),
    ],
)
def test_what_is_wrong_with_a_text_is_said_with_an_example(
    serve, annotation, rules, wrong, message
):
    client = serve(lambda j=Json(annotation, rules=rules): "")
    for bad in wrong:
        expected = "can't be null" if bad is None else message
        assert client.post("/test", json={"j": bad}).json["errors"] == {"j": [expected]}


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (Decimal, "12345678901.1234567", Decimal("12345678901.1234567")),
        (Decimal, "-0.00", Decimal("0.00")),
        (date, "2026-01-31", date(2026, 1, 31)),
        (datetime, "2026-01-31T12:30:00.5+01:00", datetime(2026, 1, 31, 11, 30, 0, 500_000, UTC)),
        (UUID, str(UUID(int=0xABC)).upper(), UUID(int=0xABC)),
        (Status, "active", "active"),
    ],
)
@pytest.mark.parametrize("source", [Json, Query])
def test_a_text_arrives_as_its_type(serve, annotation, text, value, source):
    found = []
    client = serve(lambda j=source(annotation): found.append(j) or "")
    assert client.post("/test", query_string={"j": text}, json={"j": text}).status_code == 200
    assert [repr(one) for one in found] == [repr(value)]


def test_a_negative_zero_arrives_as_zero(serve):
    client = serve(lambda j=Json(float): repr(j))
    assert client.post("/test", json={"j": -0.0}).text == "0.0"


GOOD_URLS = ["http://a", "HTTPS://example.com:8080/page?a=b#c", "https://위키.한국/위키"]
GOOD_URLS += ["http://127.0.0.1/", "http://[::1]/", "https://a_b.example.com./~x/%20"]


def test_a_web_address():
    assert all(Url().is_valid(good) for good in GOOD_URLS)
    assert not Url().is_valid("https://" + "a" * 100_000 + "!")


# --- Missing, null, default ---


def test_every_missing_value_is_named(serve):
    client = serve(lambda q=Query(), f=Form(), h=Header("X-Key", str), u=File(): "")
    response = client.post("/test")
    assert response.json["errors"] == {name: ["is missing"] for name in ("q", "f", "X-Key", "u")}


def test_a_value_missing_in_a_body_is_named(serve):
    response = serve(lambda j=Json(): "").post("/test")
    assert response.json["errors"] == {"j": ["is missing"]}


@pytest.mark.parametrize(
    ("parameter", "body", "value"),
    [
        (Json(str, optional=True), {}, None),
        (Json(str, optional=True, nullable=True), {}, None),
        (Json(str, optional=True, nullable=True), {"j": None}, None),
        (Json(str, optional=True, nullable=True), {"j": ""}, ""),
        (Json(str, nullable=True), {"j": None}, None),
        (Json(str, default="d"), {}, "d"),
        (Json(str, default="d", nullable=True), {}, "d"),
        (Json(str, default="d", nullable=True), {"j": None}, None),
        (Json(bool, default=False), {}, False),
        (Json(int, default=0), {}, 0),
        (Json(float, default=1), {}, 1),
        (Json(str, default=ABSENT), {}, "ABSENT"),
        (Json(str, default=ABSENT, nullable=True), {}, "ABSENT"),
        (Json(str, default=ABSENT, nullable=True), {"j": None}, None),
        (Json(Decimal, default=Decimal("1.50")), {}, "1.50"),
        (Json(date, default=date(2026, 1, 31)), {}, "2026-01-31"),
    ],
)
def test_absent_null_and_default_are_told_apart(serve, parameter, body, value):
    assert serve(lambda j=parameter: shown(j)).post("/test", json=body).json["value"] == value


@pytest.mark.parametrize(
    "parameter", [Json(str), Json(str, optional=True), Json(str, default="d"), Json(List(str))]
)
def test_null_is_refused_where_it_is_not_declared(serve, parameter):
    response = serve(lambda j=parameter: "").post("/test", json={"j": None})
    assert response.json["errors"] == {"j": ["can't be null"]}


def test_absent_is_false_and_says_its_name():
    assert not ABSENT
    assert repr(ABSENT) == "ABSENT"


def test_two_requests_do_not_share_a_default(serve):
    def endpoint(tags=Json(List(str), default=[])):
        tags.append("changed")
        return jsonify(tags)

    client = serve(endpoint)
    assert client.post("/test").json == ["changed"]
    assert client.post("/test").json == ["changed"]


@pytest.mark.parametrize("name", ["x-key", "X-KEY", "X-Key"])
def test_the_case_of_a_header_does_not_matter(serve, name):
    client = serve(lambda key=Header("x-Key", int): jsonify(key))
    assert client.get("/test", headers={name: "7"}).json == 7


# --- Bodies ---


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b'{"a" 1}',
            "is not valid JSON: Expecting ':' delimiter at line 1, column 6",
        ),
        (b"\n[1,", "is not valid JSON: Expecting value at line 2, column 4"),
        (b"\xff", "is not text in UTF-8"),
        (b'{"a": ' + b"9" * 5000 + b"}", "holds a number that is too long"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"[]", "must be a JSON object"),
        (b'"text"', "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b"NaN", "must be a JSON object"),
    ],
)
def test_a_body_must_be_an_object(serve, data, message):
    client = serve(lambda j=Json(optional=True), q=Query(): "")
    response = client.post("/test", data=data, content_type="application/json")
    assert response.status_code == 422
    assert response.json["errors"] == {"body": [message], "q": ["is missing"]}


def test_deep_nesting_inside_a_field_is_refused(serve):
    client = serve(lambda j=Json(): "")
    for depth, status in ((60, 200), (70, 422), (900, 422)):
        data = '{"j": ' + "[" * depth + "]" * depth + "}"
        response = client.post("/test", data=data, content_type="application/json")
        assert response.status_code == status


def test_half_a_surrogate_pair_is_refused(serve):
    client = serve(lambda name=Json(str): "")
    response = client.post("/test", data=rb'{"name": "\ud800"}', content_type="application/json")
    assert response.status_code == 422
    assert list(response.json["errors"]) == ["name"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "", "multipart/form-data"]
)
def test_a_body_of_another_content_type_is_415(serve, content_type):
    client = serve(lambda j=Json(optional=True): "")
    response = client.post("/test", data=b'{"j": 1}', content_type=content_type)
    assert response.status_code == 415
    assert response.json["errors"] == {
        "body": ["must be JSON, sent with the header Content-Type: application/json"]
    }


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "application/vnd.api+json"],
)
def test_every_json_content_type_is_read(serve, content_type):
    client = serve(lambda j=Json(int): jsonify(j))
    assert client.post("/test", data=b'{"j": 1}', content_type=content_type).json == 1


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"user": ["is missing"]}),
        ({"name": "a"}, {"user": ["is missing"]}),
        ({"user": None}, {"user": ["must be an object"]}),
        ({"user": [1]}, {"user": ["must be an object"]}),
        ({"user": {}}, {"name": ["is missing"]}),
        ({"user": {"name": 1}}, {"name": ["must be text"]}),
        ([], {"body": ["must be a JSON object"]}),
    ],
)
def test_an_envelope_is_opened(serve, body, errors):
    client = serve(lambda name=Json(str): name, Validator(body="user"))
    assert client.post("/test", json={"user": {"name": "a", "unknown": 1}}).text == "a"
    response = client.post("/test", json=body)
    assert response.status_code == 422
    assert response.json["errors"] == errors


# --- Declarations that cannot work are refused when they are made ---


@pytest.mark.parametrize(
    ("declare", "name"),
    [
        (lambda: Json(str, rules=Min(5)), "InvalidRuleAnnotation"),
        (lambda: Json(All, rules=Min(5)), "InvalidRuleAnnotation"),
        (lambda: Json([int, str], rules=AtLeastFour()), "InvalidRuleAnnotation"),
        (lambda: Json(Dict(int), rules=Even()), "InvalidRuleAnnotation"),
        (lambda: Query(rules=Ext(".png")), "InvalidRuleAnnotation"),
        (lambda: Query(str, rules="MinLen"), "InvalidRule"),
        (lambda: Query(list), "InvalidAnnotation"),
        (lambda: Json(set), "InvalidAnnotationJson"),
        (lambda: Json(int, default="1"), "InvalidDefault"),
        (lambda: Json(int, default=True), "InvalidDefault"),
        (lambda: Json(Decimal, default=1.5), "InvalidDefault"),
        (lambda: Json(date, default=date(999, 1, 1)), "InvalidDefault"),
        (lambda: Json(Decimal, rules=MaxLen(3)), "InvalidRuleAnnotation"),
        (lambda: Query(optional="yes"), "InvalidOptional"),
        (lambda: Header(1), "InvalidHeaderName"),
        (lambda: MinLen("1"), "InvalidRuleParameter"),
        (lambda: Query([]), "TypeError"),
        (lambda: Json(List([])), "TypeError"),
    ],
)
def test_an_invalid_declaration_is_refused(declare, name):
    with pytest.raises(Exception) as raised:
        declare()
    assert type(raised.value).__name__ == name


@pytest.mark.parametrize("body", [Form(), File()])
def test_json_and_a_form_in_one_body_are_refused_at_decoration(body):
    with pytest.raises(TypeError, match="a body is either JSON or a form"):
        Validator()(lambda a=Json(), b=body: "")


@pytest.mark.parametrize("endpoint", [lambda id: "", lambda id=1: ""])
def test_an_undeclared_parameter_is_refused_at_decoration(endpoint):
    with pytest.raises(TypeError, match="declare where 'id' comes from"):
        Validator()(endpoint)


def test_no_python_type_is_named_in_any_message():
    from app.http.reader import DESCRIPTIONS

    for description in DESCRIPTIONS.values():
        assert not {"str", "int", "float", "bool", "dict", "class"} & set(description.split())
