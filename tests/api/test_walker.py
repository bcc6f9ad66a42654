"""The walk itself: it goes through whatever a team may declare, and sees what is not refused."""

import inspect
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import pytest

import model
from app import create_flask_app
from app.http.auth import admin_required
from app.http.decorator import may_raise
from app.http.response import bad_request, fail, ok
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
)
from config import TestConfig
from controller import log
from controller.frame.error import NotFound
from tests import engines
from tests.api import walker
from tests.api.operations import Operation, lacking
from tests.api.scene import Scene
from tests.api.walker import Walk
from tests.http.people import Person

Status = Literal["draft", "active"]
TICKET = "abcdef00-0000-0000-0000-000000000001"


class Even(ValidationRule):
    """A rule of one's own."""

    types = int

    def is_valid(self, data):
        return data % 2 == 0


class AnyEmail(Email):
    """A rule that is wrong: everything is valid to it."""

    def is_valid(self, data):
        return True


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """One engine is enough, with the same two people in every walk: nothing is stored."""
    folder = tmp_path_factory.mktemp("walker")
    database = model.connect(engines.clean_database(engines.NAMES[0], folder))
    yield database
    database.close()


@pytest.fixture(scope="module")
def people(database):
    nobody = Person(create_flask_app(TestConfig, database).test_client())
    return [nobody.register(name).token for name in ("jake", "anne")]


@pytest.fixture
def app(database):
    return create_flask_app(TestConfig, database)


@pytest.fixture
def operation(app):
    """Make an operation of an endpoint that is added to the app."""

    def add(endpoint, path="/greetings", method="POST") -> Operation:
        app.add_url_rule(path, "greet", endpoint, methods=[method])
        [route] = [route for route in app.url_map.iter_rules() if route.endpoint == "greet"]
        return Operation(route, method, endpoint)

    return add


@pytest.fixture
def walk(app, database, people, operation):
    """Walk an endpoint that is added to the app."""

    def begin(endpoint, *place) -> Walk:
        jake, anne = (Person(app.test_client(), token=token) for token in people)
        return Walk(operation(endpoint, *place), Scene(app, database, jake, anne))

    return begin


def taking(*declared, **by_name):
    """Make an endpoint that takes such parameters."""

    def greet(**_fields):
        return ok({})

    parameters = {**{f"field_{number}": one for number, one in enumerate(declared)}, **by_name}
    greet.__signature__ = inspect.Signature(
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=one)
            for name, one in parameters.items()
        ]
    )
    return greet


def assert_is_walked(walk: Walk, at_least: int) -> None:
    assert walk.refuses(walk.cases()) >= at_least
    assert walk.send(**walk.smuggled()).json == {"msg": "success"}
    assert walk.send().json == {"msg": "success"}


# --- Whatever may be declared is walked ---


def test_json_of_every_kind_is_walked(walk):
    endpoint = taking(
        Json(str, example="a"),
        Json(str, rules=[NotBlank(), MinLen(2), MaxLen(9)], strip=True, example="abc"),
        Json(str, rules=MaxLen(200_000), nullable=True, example="abc"),
        Json(str, optional=True),
        Json(str, rules=Email(), default="a@b.c", example="a@b.c"),
        Json(str, rules=In(["red", "blue"]), example="red"),
        Json(str, rules=Regex("^a+$"), example="a"),
        Json(str, rules=Number(), example="1"),
        Json(str, rules=Strip(), example="a"),
        Json(str, rules=PhoneNum(), example="010-1234-5678"),
        Json(str, rules=IsoDatetime(), example="2026-01-31T12:30:00"),
        Json(str, rules=Datetime("%Y-%m-%d"), example="2026-01-31"),
        Json(int, example=1),
        Json(int, rules=[Min(1), Max(9)], example=1),
        Json(int, rules=Even(), example=2),
        Json(float, rules=Min(0.5), example=1.5),
        Json(bool, example=False),
        Json(list, example=[1, None]),
        Json(dict, rules=MaxLen(2), example={"a": 1}),
        Json(All, example="a"),
        Json(List(str), rules=[MinLen(1), MaxLen(3)], example=["a"]),
        Json(List(int), rules=MaxLen(3), example=[1]),
        Json(List([str, int]), example=["a", 1]),
        Json(List(List(bool)), example=[[True]]),
        Json(Dict(float), rules=MinLen(1), example={"a": 1.5}),
        Json(Decimal, rules=Digits(12, 2), example="12.50"),
        Json(Decimal, rules=Digits(4, 0), nullable=True, default=ABSENT, example="7"),
        Json(Decimal, rules=Digits(3, 3), default=Decimal("0.500"), example="-0.5"),
        Json(date, example="2026-01-31"),
        Json(datetime, nullable=True, example="2026-01-31T12:30:00.5+01:00"),
        Json(UUID, default=ABSENT, example=TICKET),
        Json(Status, default="draft", example="active"),
        Json(str, rules=Url(), strip=True, example="https://example.com/page?a=b#c"),
        Json([int, str], name="theLast", example=1),
    )
    assert_is_walked(walk(Validator()(endpoint)), at_least=1500)


def test_json_in_an_envelope_is_walked(walk):
    endpoint = taking(Json(str, example="a"), Json(int, optional=True))
    assert_is_walked(walk(Validator(body="greeting")(endpoint)), at_least=100)


TEXTS = [
    (str, {"example": "a"}),
    (str, {"rules": [NotBlank(), MaxLen(9)], "example": "a"}),
    (int, {"rules": [Min(1), Max(9)], "example": 1}),
    (int, {"default": 1, "example": 1}),
    (float, {"rules": Max(9.5), "example": 1.5}),
    (bool, {"example": True}),
    ([int, str], {"optional": True}),
    (Decimal, {"rules": Digits(4, 2), "example": "12.50"}),
    (date, {"default": date(2026, 1, 31), "example": "2026-01-31"}),
    (datetime, {"optional": True, "example": "2026-01-31T12:30:00Z"}),
    (UUID, {"example": TICKET}),
    (Status, {"default": ABSENT, "example": "draft"}),
    (All, {"example": "a"}),
]


def test_a_query_and_headers_are_walked(walk):
    endpoint = taking(
        *(Query(annotation, **options) for annotation, options in TEXTS),
        *(Header(f"X-{n}", annotation, **options) for n, (annotation, options) in enumerate(TEXTS)),
    )
    assert_is_walked(walk(Validator(bad_request)(endpoint), "/greetings", "GET"), at_least=300)


def test_a_form_with_files_is_walked(walk):
    endpoint = taking(
        *(Form(annotation, **options) for annotation, options in TEXTS),
        File(),
        File(optional=True),
        File(rules=Ext([".png", ".jpg"])),
        File(rules=[MinFileCount(2), MaxFileCount(3), Ext(".png")], optional=True),
    )
    assert_is_walked(walk(Validator()(endpoint)), at_least=160)


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/greetings/<value>", Route(str, example="a")),
        ("/greetings/<value>", Route(str, rules=MaxLen(9), example="a")),
        ("/greetings/<value>", Route(int, example=1)),
        ("/greetings/<value>", Route(float, rules=Min(0), example=1.5)),
        ("/greetings/<value>", Route(UUID, example=TICKET)),
        ("/greetings/<value>", Route(date, example="2026-01-31")),
        ("/greetings/<value>", Route(Status, example="draft")),
        ("/greetings/<value>", Route(Decimal, rules=Digits(12, 2), example="12.50")),
        ("/greetings/<uuid:value>", Route(UUID, example=TICKET)),
        ("/greetings/<int:value>", Route(int, rules=Max(9), example=1)),
        ("/greetings/<uuid:value>", Route(str, example="00000000-0000-0000-0000-000000000001")),
        ("/greetings/<path:value>", Route(str, rules=MaxLen(99), example="a")),
    ],
)
@pytest.mark.parametrize("is_looked_up", [True, False])
def test_a_path_of_every_kind_is_walked(walk, path, parameter, is_looked_up):
    @may_raise(*([NotFound] if is_looked_up else []))
    @Validator()
    def endpoint(value=parameter):
        if is_looked_up and str(value) != str(parameter.example):
            raise NotFound("greeting")
        return ok({})

    assert_is_walked(walk(endpoint, path, "GET"), at_least=2)


def test_a_part_of_the_path_of_another_route_is_not_walked(walk):
    endpoint = taking(Route(int, optional=True), Query(int, example=1))
    assert_is_walked(walk(Validator()(endpoint), "/greetings", "GET"), at_least=30)


def test_a_header_that_every_request_has_is_left_alone(walk):
    accept = Header("Accept", str, rules=NotBlank(), example="application/json")
    endpoint = taking(accept, Header("Authorization", str, example="Token x"))
    assert_is_walked(walk(Validator()(endpoint), "/greetings", "GET"), at_least=5)


def test_an_endpoint_that_takes_nothing_is_walked(walk):
    assert_is_walked(walk(taking(), "/greetings", "GET"), at_least=0)


# --- What a stage copies ---


@engines.needs("sqlite")
@pytest.mark.parametrize(
    ("value", "like"),
    [
        (date(2026, 1, 31), "20..-..-..|19..-..-.."),
        (Decimal("12.50"), r"-\d\d?\.\d\d"),
        (1.5, r"\d+\.0"),
        (UUID(TICKET), "[0-9a-f-]{36}"),
        (TICKET, "[0-9a-f-]{36}"),
        ("a@b.co", r"\d{6}@b\.co"),
    ],
)
def test_copies_of_a_unique_value_differ(value, like):
    from tests.api.stage import copied

    copies = [copied(value, number, True) for number in range(6000)]
    assert len({*copies, value}) == 6001
    assert {type(copy) for copy in copies} == {type(value)}
    assert all(re.fullmatch(like, str(copy)) for copy in copies)


# --- What the tests of a resource declare ---


@pytest.fixture
def declare(monkeypatch):
    """Declare something as the tests of the endpoint's resource would."""

    def patch(**declared):
        found = {name: [value] for name, value in declared.items()}
        monkeypatch.setattr(
            walker, "declared", lambda _operation, name, _field: iter(found.get(name, []))
        )

    return patch


@pytest.mark.parametrize("source", [Query, Json])
def test_an_unknown_value_gets_the_declared_answer(walk, declare, source):
    @Validator()
    def endpoint(name=source(str, example="anne")):
        if name != "anne":
            raise NotFound("greeting")
        return ok({})

    declare(UNKNOWN=(404, "greeting"))
    assert_is_walked(walk(endpoint), at_least=20)


def test_a_filter_that_fits_nothing_has_the_declared_results(walk, declare):
    @Validator()
    def endpoint(age=Query(int, example=7)):
        return ok({"greetings": ["Hi"] if age == 7 else []})

    walked = walk(endpoint)
    declare(UNKNOWN=(200, {"greetings": []}))
    assert walked.refuses(walked.cases()) > 30
    declare(UNKNOWN=(200, {"greetings": ["Hi"]}))
    assert "let prepare() make what age=7 finds" in fault_of(walked)


def test_what_finds_the_same_is_not_unknown(walk, declare):
    @may_raise(NotFound)
    @Validator()
    def endpoint(name=Route(str, example="anne")):
        if name.lower() != "anne":
            raise NotFound("greeting")
        return ok({})

    walked = walk(endpoint, "/greetings/<name>", "GET")
    assert "'name = ANNE': 200 OK" in fault_of(walked)
    declare(SAME=["ANNE"])
    assert_is_walked(walked, at_least=20)


def test_what_is_not_looked_up_is_found(walk, declare):
    declare(UNKNOWN=None)
    endpoint = may_raise(NotFound)(Validator()(taking(name=Route(str, example="a"))))
    assert_is_walked(walk(endpoint, "/greetings/<name>", "GET"), at_least=10)


def test_a_value_that_is_declared_to_be_refused_is_sent(walk, declare):
    declare(REFUSED=["no such name"])
    endpoint = Validator()(taking(name=Json(str, example="a")))
    assert "'name = \"no such name\"': 200 OK" in fault_of(walk(endpoint))


# --- What is not refused is reported ---


def fault_of(walk: Walk) -> str:
    """What the walk says is wrong."""
    with pytest.raises(AssertionError) as raised:
        walk.refuses(walk.cases())
    return str(raised.value)


def test_a_value_that_is_let_through_is_reported(walk):
    endpoint = Validator()(taking(email=Json(str, rules=AnyEmail(), example="a@b.c")))
    assert "POST /greetings, 'email = \"text\"': 200 OK" in fault_of(walk(endpoint))


def test_a_row_that_is_stored_is_reported(walk, database):
    def store(mistakes):
        row = {"ip": "::1", "method": "GET", "path": "/", "status": 200}
        log.record(database, **row, milliseconds=1.5, request_id="r")
        return bad_request(mistakes)

    endpoint = Validator(store)(taking(age=Query(int, example=1)))
    assert "stored by this or the 19 before" in fault_of(walk(endpoint))


@pytest.mark.parametrize(
    "answer",
    [
        lambda _mistakes: fail(422, "x", {"other": ["is wrong"]}),
        lambda _mistakes: fail(422, "x", {"age": []}),
        lambda _mistakes: fail(422, "x", {"age": [""]}),
        lambda _mistakes: fail(422, "", {"age": ["is wrong"]}),
        lambda _mistakes: ok({}),
        lambda _mistakes: ({"error": "x"}, 422),
        lambda _mistakes: ("wrong", 422),
    ],
)
def test_an_answer_in_another_shape_is_reported(walk, answer):
    endpoint = Validator(answer)(taking(age=Query(int, example=1)))
    assert "POST /greetings, 'age=" in fault_of(walk(endpoint))


def test_an_unknown_thing_that_is_found_is_reported(walk):
    endpoint = may_raise(NotFound)(Validator()(taking(name=Route(str, example="a"))))
    assert "wanted 404" in fault_of(walk(endpoint, "/greetings/<name>", "GET"))


def test_an_endpoint_that_lets_everybody_in_is_reported(walk):
    endpoint = taking()
    endpoint.authentication = "required"
    assert "'a bad token': 200 OK" in fault_of(walk(endpoint))


def test_input_that_is_judged_before_the_token_is_reported(walk):
    endpoint = Validator()(admin_required(taking(age=Json(int, example=1))))
    endpoint.authentication = "admin"
    assert "'no token, bad input': 422" in fault_of(walk(endpoint))


def test_a_fault_is_reported_with_the_place_to_declare_it(walk):
    endpoint = Validator()(taking(email=Json(str, rules=AnyEmail(), example="a@b.c")))
    assert "UNKNOWN and REFUSED in tests/api/test_test_walker.py say" in fault_of(walk(endpoint))


# --- What an endpoint lacks is reported ---


def test_a_missing_example_is_reported_with_its_place(operation):
    endpoint = Validator()(taking(text=Json(str), other=Json(str, optional=True)))
    [told] = lacking(operation(endpoint))
    assert told == "give Json(...) of text in tests.api.test_walker.greet an example="


def test_a_file_needs_no_example(operation):
    assert list(lacking(operation(Validator()(taking(photos=File()))))) == []


def test_a_part_of_a_path_that_is_not_declared_is_reported_with_its_place(operation):
    [told] = lacking(operation(taking(), "/greetings/<name>"))
    assert told.startswith("declare name in tests.api.test_walker.greet: name: str = Route(")
