"""A walk through what one operation takes: each request changes one thing in a good request."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import flask_validation_extended as library
from werkzeug.test import TestResponse

from app.http import openapi
from app.http.response import Mistakes
from app.http.validation import Field
from controller.frame.error import NotFound
from tests.api import wrong_values as wrong
from tests.api.good_request import TAKEN, GoodRequest
from tests.api.operations import declared

TEN_MEGABYTES = 10 * 1024 * 1024
BETWEEN_LOOKS = 20


class Case(NamedTuple):
    """One bad request: what was changed, how it is sent, and what must be answered.

    The answer names what is at fault, None for whatever it names; a success has these results.
    """

    changed: str
    request: dict[str, Any]
    status: int
    answer: set[str] | Mapping[str, Any] | None


class Walk(GoodRequest):
    """The requests that an operation must refuse."""

    def refuses(self, cases: Iterable[Case]) -> int:
        """Send every case and return how many; fail if one is not refused or leaves a trace."""
        before = self.scene.stored()
        number = 0
        for number, case in enumerate(cases, start=1):
            response = self.send(**case.request)
            message = self._message(case, response)
            assert response.status_code == case.status, message
            assert response.mimetype == "application/json", message
            _check(response.json, case, message)
            if number % BETWEEN_LOOKS == 0:
                assert self.scene.stored() == before, f"{message}: stored by this or the 19 before"
        assert self.scene.stored() == before, f"{self.operation.name}: stored by one of the last"
        return number

    def _message(self, case: Case, response: TestResponse) -> str:
        """Say what was sent and answered, and where to declare that this is as it should be."""
        operation = f"{self.operation.method} {self.operation.route.rule}"
        wanted = f"{case.status} {case.answer}; UNKNOWN and REFUSED in {self.operation.where} say"
        return (
            f"{operation}, {case.changed[:99]!a}: {response.status} {response.text[:300]!a}, "
            f"wanted {wanted} what does not follow from the declared types and rules"
        )

    def cases(self) -> Iterator[Case]:
        """Yield everything that this operation must refuse."""
        yield from self._tokens()
        yield from self._paths()
        yield from self._queries()
        yield from self._headers()
        if self.operation.of(library.Json):
            yield from self._values_in_json()
            yield from self._bodies()
        if self.operation.of(library.Form, library.File):
            yield from self._forms()

    def _tokens(self) -> Iterator[Case]:
        authentication = getattr(self.operation.view, "authentication", None)
        if authentication:
            yield Case("a bad token", {"token": "x"}, 401, {"token"})
        if authentication in ("required", "admin"):
            yield Case("no token", {"token": None}, 401, {"token"})
            unread = {"token": None, "data": "{", "query": "limit=%00"}
            yield Case("no token, bad input", unread, 401, {"token"})
        if authentication == "admin":
            yield Case("no admin", {"token": self.scene.anne.token}, 403, {"role"})

    # --- Paths ---

    def _paths(self) -> Iterator[Case]:
        for field in self.operation.of(library.Route):
            parts = openapi.IN_PATH.findall(self.operation.route.rule)
            [converter] = [kind for kind, name in parts if name == field.label]
            walked = self._converted(field) if converter else self._segments(field)
            for segment, status, answer in walked:
                request = {"path": {field.label: segment}}
                yield Case(f"{field.label} = {segment}", request, status, answer)

    def _segments(self, field: Field) -> Iterator[tuple[str, int, Any]]:
        for segment in filter(None, self._url_values(field)):
            yield segment, *self._refusal(field)
        good = self.path[field.label]
        alike = [f"{good}%20", f"%20{good}", f"{good}%CC%81", f"{good}%E2%80%8B"]
        for status, answer in self._unknown(field):
            for segment in self._unknown_in_url(field, good, alike):
                yield segment, status, answer
        # One slash at the end of a path is none; test_slashes.py tries it.
        for segment in (*wrong.SLASHED, f"%2F{good}", f"{good}%2F%2F", "%2F"):
            yield segment, 404, set()
        if not self._leads_somewhere({field.label: ""}):
            yield "", 404, set()

    def _converted(self, field: Field) -> Iterator[tuple[str, int, Any]]:
        """Yield segments that a converter does not let through, or the validator after it."""
        for segment in filter(None, wrong.mistyped_in_url(field)):
            if not self._leads_somewhere({field.label: segment}):
                yield segment, 404, set()
        for segment in map(_quoted, wrong.violations(field)):
            is_let_through = self._leads_somewhere({field.label: segment})
            yield segment, *(self._refusal(field) if is_let_through else (404, set()))

    def _leads_somewhere(self, path: Mapping[str, str]) -> bool:
        adapter = self.scene.app.url_map.bind("localhost")
        return bool(adapter.allowed_methods(unquote(self.url(path))))

    # --- Queries and headers ---

    def _queries(self) -> Iterator[Case]:
        fields = self.operation.of(library.Query)
        for field in fields:
            values = [*self._url_values(field), *([None] if field.required else [])]
            queries = [self.with_query(**{field.label: value}) for value in values]
            if field.annotation[0] is int:
                queries.append(f"{field.label}=text&{self.with_query()}")
            for query in queries:
                yield Case(query, {"query": query}, *self._refusal(field))
            yield from self._unknown_queries(field)
        if fields:
            query = "&".join(f"{field.label}=%00" for field in fields)
            yield Case(query, {"query": query}, *self._refusal(*fields))

    def _unknown_queries(self, field: Field) -> Iterator[Case]:
        for status, answer in self._unknown(field):
            good = self.query.get(field.label, "")
            found = self.send(query=f"{field.label}={good}")
            message = f"{self.operation.name}: let prepare() make what {field.label}={good} finds"
            nothing = {"msg": "success", **answer} if status < 400 else None
            assert found.status_code < 400, message
            assert found.json != nothing, message
            for value in self._unknown_in_url(field, good, ["", f"{good}%20", *wrong.SLASHED]):
                query = f"{field.label}={value}"
                yield Case(query, {"query": query}, status, answer)

    def _headers(self) -> Iterator[Case]:
        for field in self.operation.of(library.Header):
            if field.label.lower() not in TAKEN:
                values = filter(_is_header, map(unquote, self._url_values(field)))
                for value in [*values, *([None] if field.required else [])]:
                    request = {"headers": {field.label: value}}
                    yield Case(f"{field.label}: {value}", request, *self._refusal(field))

    # --- Bodies ---

    def _values_in_json(self) -> Iterator[Case]:
        fields = self.operation.of(library.Json)
        for field in fields:
            refused = map(wrong.as_json, self._refused(field))
            values = [*wrong.json_values(field), *refused, *([None] if field.required else [])]
            for value in values:
                yield self._json(field, value, *self._refusal(field))
            for status, answer in self._unknown(field):
                for value in wrong.unknown(field):
                    yield self._json(field, wrong.as_json(value), status, answer)
        every = dict.fromkeys([field.label for field in fields], wrong.NEVER_RIGHT)
        yield Case("all wrong", {"data": self.with_fields(**every)}, *self._refusal(*fields))
        if required := [field for field in fields if field.required]:
            yield Case("none", {"data": self.in_envelope("{}")}, *self._refusal(*required))

    def _json(self, field: Field, value: str | None, status: int, answer: Any) -> Case:
        data = self.with_fields(**{field.label: value})
        if len(data.encode("utf-8", "surrogatepass")) > self.scene.app.config["MAX_CONTENT_LENGTH"]:
            status, answer = 413, {"body"}
        return Case(f"{field.label} = {value}", {"data": data}, status, answer)

    def _bodies(self) -> Iterator[Case]:
        for body in (*wrong.NOT_OBJECTS, *wrong.NOT_JSON):
            yield Case(body, {"data": body}, self._status, {"body"})
        if self.envelope:
            other = f'{{"{self.envelope.upper()}": {self.bare()}}}'
            without = ["", "{}", self.bare(), other, *map(self.in_envelope, wrong.NOT_OBJECTS)]
            for body in without:
                yield Case(body, {"data": body}, self._status, {self.envelope})
        elif required := [field for field in self.operation.of(library.Json) if field.required]:
            yield Case("nothing", {"data": ""}, *self._refusal(*required))
        for kind in wrong.NOT_JSON_TYPES:
            request = {"data": self.with_fields(), "content_type": kind}
            yield Case(f"Content-Type: {kind}", request, 415, {"body"})
        large = self.with_fields(unknown=f'"{"x" * TEN_MEGABYTES}"')
        yield Case("ten megabytes", {"data": large}, 413, {"body"})
        in_chunks = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
        yield Case("in chunks", {"data": large, "environ": in_chunks}, 413, {"body"})

    def _forms(self) -> Iterator[Case]:
        for field in self.operation.of(library.Form, library.File):
            is_file = field.source is library.File
            values = wrong.files(field) if is_file else map(unquote, self._url_values(field))
            for value in [*values, *([None] if field.required else [])]:
                request = {"form": {field.label: value}}
                yield Case(f"{field.label} = {value}", request, *self._refusal(field))
        large = {"form": {"unknown": "x" * TEN_MEGABYTES}}
        yield Case("ten megabytes", large, 413, {"body"})

    # --- What is wrong, and what is answered to it ---

    def _url_values(self, field: Field) -> Iterator[str]:
        """Yield values that a field must not hold, as they stand in a URL."""
        yield from wrong.mistyped_in_url(field)
        yield from map(_quoted, wrong.violations(field))
        yield from map(_quoted, self._refused(field))

    def _refused(self, field: Field) -> Iterator[Any]:
        """Yield what the tests of the resource say that a field must not hold besides."""
        for values in declared(self.operation, "REFUSED", field):
            yield from values

    def _unknown(self, field: Field) -> list[tuple[int, Any]]:
        """What is answered to a name or an id that nothing has; nothing if it is not looked up.

        Undeclared, a part of a path is looked up if the endpoint may answer 404, whatever is named.
        """
        for found in declared(self.operation, "UNKNOWN", field):
            if found is None:
                return []
            status, answer = found
            return [(status, {answer} if isinstance(answer, str) else answer)]
        may_be_missing = NotFound in getattr(self.operation.view, "errors", ())
        return [(404, None)] if may_be_missing and field.source is library.Route else []

    def _unknown_in_url(self, field: Field, good: str, alike: Iterable[str]) -> Iterator[str]:
        same = {_quoted(one) for found in declared(self.operation, "SAME", field) for one in found}
        for value in wrong.unknown_in_url(field, good, alike):
            if value not in same:
                yield value

    def _refusal(self, *fields: Field) -> tuple[int, set[str]]:
        return self._status, {field.label for field in fields}

    @cached_property
    def _status(self) -> int:
        """What the operation's Validator answers."""
        with self.scene.app.app_context():
            answer = self.operation.view.error_function(Mistakes({}))
            return self.scene.app.make_response(answer).status_code

    # --- What is not asked for ---

    def smuggled(self, value: Callable[[str], Any] = lambda name: "smuggled") -> dict[str, Any]:
        """Return a good request with more in it: every column that there is, inside and outside."""
        own = {field.label for field in self.operation.fields}
        names = self.scene.columns() | {field.name for field in self.operation.fields}
        names |= {_in_camel_case(name) for name in names} | {"unknown", "$set", "token"}
        outside = {"role", "tag[$ne]", "limit[$gt]"} - own
        query = self.with_query(**{name: wrong.as_text(value(name)) for name in outside})
        extra = {name: value(name) for name in sorted(names - own)}
        if self.form:
            return {"query": query, "form": extra}
        if not self.operation.of(library.Json):
            # No JSON, and ten times what is allowed: it is not even read.
            return {"query": query, "data": "{smuggled" * (TEN_MEGABYTES // 9)}
        body = self.with_fields(**{name: wrong.as_json(one) for name, one in extra.items()})
        role = wrong.as_json(value("role"))
        return {
            "query": query,
            "data": f'{body[:-1]}, "role": {role}, "$set": {{"role": {role}}}}}',
        }


def _check(body: Any, case: Case, message: str) -> None:
    if isinstance(case.answer, Mapping):
        assert body == {"msg": "success", **case.answer}, message
        return
    assert set(body) == {"msg", "description", "errors"}, message
    assert body["msg"] == "fail", message
    assert body["description"], message
    assert set(body["errors"]) == case.answer or (case.answer is None and body["errors"]), message
    for messages in body["errors"].values():
        assert messages, message
        assert all(isinstance(message, str) and message for message in messages), message


def _in_camel_case(name: str) -> str:
    first, *others = name.strip("_").split("_")
    return first + "".join(map(str.capitalize, others))


def _quoted(value: Any) -> str:
    return quote(wrong.as_text(value), safe="")


def _is_header(text: str) -> bool:
    """Tell whether a header can hold this text."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return "\r" not in text and "\n" not in text
