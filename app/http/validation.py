"""Input as an endpoint's signature declares it, in the words of flask-validation-extended.

    @api.post("/update/<int:id>")
    @Validator()
    def update(id: int = Route(int), name: str = Json(str, rules=MinLen(5))) -> Response: ...

The signature is read once, when the endpoint is decorated. Each request is then read field by
field: a field is found, converted and held to its rules, or reported under its own name.
"""

import copy
import inspect
import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import flask_validation_extended as library
import orjson
from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_validation_extended import All, Dict, FileObj, List, ValidationRule, invalidate
from flask_validation_extended.exceptions import (
    InvalidDefault,
    InvalidRule,
    InvalidRuleAnnotation,
)
from werkzeug.datastructures import Headers

from app.http.json import as_sent
from app.http.reader import Mistake, is_plain, json_reader, stripping, text_reader
from app.http.request import this_context, this_request
from app.http.response import Mistakes, fail, unprocessable
from controller.frame.absent import ABSENT

__all__ = ["ABSENT", "All", "Dict", "File", "Form", "Header", "Json", "List", "Query", "Route"]
__all__ += ["Validator", "invalidate"]

Endpoint = Callable[..., ResponseReturnValue]
Source = Mapping[str, Any] | Headers


class _Described:
    """What a declared parameter says besides its type and rules.

    `name="refreshToken"` is the name that a client sends, where it is not that of the parameter.
    `default=ABSENT` lets a field be left out, which then arrives as ABSENT.
    `example` is a value that works: the examples of an endpoint make a request for the document.
    """

    def __init__(
        self, *arguments: Any, name: str | None = None, example: Any = None, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self.client_name = name
        self.example = example


class _Parameter(_Described):
    """What is mended in each of the library's parameter classes."""

    annotation: list[Any]

    def __new__(cls, *_arguments: Any, **_options: Any) -> Any:
        # Any, so that an endpoint may say `a: int = Query(int)` and be type-checked.
        return super().__new__(cls)

    def _default_valid(self, default: Any) -> Any:
        if default is not None and default is not ABSENT:
            try:
                json_reader(self.annotation)(as_sent(default))
            except Mistake:
                raise InvalidDefault from None
        return default

    def _annotation_valid(self, annotations: Any) -> Any:
        library_types = [one for one in annotations if not is_plain(one)]
        super()._annotation_valid(library_types)  # type: ignore[misc]
        json_reader(annotations)  # refuses an empty list of types, within a List too
        return annotations

    def _rules_valid(self, rules: list[ValidationRule]) -> list[ValidationRule]:
        declared = {_plain_type(annotation) for annotation in self.annotation}
        for rule in rules:
            if not isinstance(rule, ValidationRule):
                raise InvalidRule(rule)
            judged = rule.types if isinstance(rule.types, list | tuple) else [rule.types]
            if All not in judged and not declared <= set(judged):
                raise InvalidRuleAnnotation(type(rule).__name__, rule.types)
        return rules


class Route(_Parameter, library.Route):
    """A part of the path."""


class Query(_Parameter, library.Query):
    """A value of the query string."""


class Form(_Parameter, library.Form):
    """A value of a form."""


class Header(_Parameter, library.Header):
    """A header, by its name ignoring case."""


class _Nullable(library.Json):
    """The library's Json with two more keywords: `nullable` and `strip`."""

    def __init__(
        self,
        annotation: Any = All,
        default: Any = None,
        rules: Any = None,
        optional: bool = False,
        nullable: bool = False,
        strip: bool = False,
    ) -> None:
        super().__init__(annotation, default, rules, optional)  # type: ignore[no-untyped-call]
        self.nullable = nullable
        self.strip = strip


class Json(_Parameter, _Nullable):
    """A value of the JSON body.

    `nullable=True` lets null be sent, which arrives as None; `strip=True` takes the blanks around
    a text away before its rules judge it.
    """


class File(_Parameter, library.File):
    """The files that a form sent under one name, as a list."""

    def _annotation_valid(self, _annotation: Any) -> list[Any]:
        return [FileObj]


class Validator:
    """Hands an endpoint what its signature declares, or answers with everything that is wrong.

    The error function gets one sentence, a `Mistakes`, and makes the response. `body` names an
    envelope: with `body="user"` the Json parameters are read from {"user": {...}}.
    """

    def __init__(
        self,
        error_function: Callable[[Mistakes], ResponseReturnValue] = unprocessable,
        body: str | None = None,
    ) -> None:
        self.error_function = error_function
        self.envelope = body

    def __call__(self, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint behind its validation; TypeError if a parameter is not declared."""
        fields = [Field(parameter) for parameter in inspect.signature(endpoint).parameters.values()]
        sources = list(dict.fromkeys(field.source for field in fields))
        if library.Json in sources and {library.Form, library.File} & set(sources):
            raise TypeError("a body is either JSON or a form: declare Json, or Form and File")

        @wraps(endpoint)
        def validated(**route: Any) -> ResponseReturnValue:
            if this_context().get("deactivate_validator"):
                return endpoint(**route)
            errors: dict[str, list[str]] = {}
            inputs: dict[type, Source] = {}
            values: dict[str, Any] = {}
            for source in sources:
                try:
                    inputs[source] = self._input(source, route)
                except Mistake as mistake:
                    errors.setdefault(mistake.field, []).append(mistake.message)
            for field in fields:
                if field.source in inputs:
                    try:
                        values[field.name] = field.value(inputs[field.source])
                    except Mistake as mistake:
                        errors.setdefault(field.label, []).append(mistake.message)
            return self.error_function(Mistakes(errors)) if errors else endpoint(**values)

        # What the OpenAPI document says of the endpoint.
        validated.fields = fields  # type: ignore[attr-defined]
        validated.envelope = self.envelope  # type: ignore[attr-defined]
        validated.error_function = self.error_function  # type: ignore[attr-defined]
        return validated

    def _input(self, source: type, route: dict[str, Any]) -> Source:
        if source is library.Query:
            return this_request().args
        if source is library.Json:
            return _json_object(self.envelope)
        if source is library.Route:
            return route
        if source is library.Form:
            return request.form
        return _uploads() if source is library.File else request.headers


class Field:
    """One declared parameter, made ready to be read from many requests."""

    def __init__(self, parameter: inspect.Parameter) -> None:
        declared = parameter.default
        self.source = _source_of(parameter)
        self.name = parameter.name
        self.label = _label_of(parameter)
        self.example = getattr(declared, "example", None)
        self.annotation: list[Any] = declared.annotation
        self.rules: list[ValidationRule] = declared.rules
        self.default = declared.default
        self.required = not declared.optional and declared.default is None
        self.nullable = getattr(declared, "nullable", False)
        self.strip = getattr(declared, "strip", False)
        reader = json_reader if self.source is library.Json else text_reader
        read = reader(declared.annotation)
        self._read = stripping(read) if self.strip else read

    def value(self, found: Source) -> Any:
        """Return this field's value in what a request sent; Mistake says what is wrong with it."""
        if self.label not in found:  # asked first: Werkzeug's own get() raises and catches
            return self._missing()
        value = found[self.label]
        if value is None:
            if self.nullable:
                return None
            raise Mistake("can't be null")
        value = self._read(value)
        for rule in self.rules:
            if not rule.is_valid(value):
                raise Mistake(rule.invalid_str())
        return value

    def _missing(self) -> Any:
        if self.required:
            raise Mistake("is missing")
        if isinstance(self.default, list | dict):
            # Two requests must not share a default list.
            return copy.deepcopy(self.default)
        return self.default


def _source_of(parameter: inspect.Parameter) -> type:
    kinds = (library.Route, library.Query, library.Form, library.Header, library.Json, library.File)
    for kind in kinds:
        if isinstance(parameter.default, kind):
            return kind
    raise TypeError(f"declare where {parameter.name!r} comes from: Route, Query, Json ...")


def _label_of(parameter: inspect.Parameter) -> str:
    """The name that a client sends: that of the header, or `name=`, or the parameter's own."""
    declared = parameter.default
    for name in ("header_name", "client_name"):
        if label := getattr(declared, name, None):
            return str(label)
    return parameter.name


def _uploads() -> dict[str, Any]:
    """Return the files by name; a field that was left empty sends a part without a name."""
    named = request.files.to_dict(flat=False)
    chosen = {name: [file for file in files if file.filename] for name, files in named.items()}
    return {name: files for name, files in chosen.items() if files}


def _json_object(envelope: str | None) -> dict[str, Any]:
    """Return the object that the body holds, or the one in its envelope; empty if nothing came."""
    asked = this_request()
    data = asked.get_data()
    if data and not asked.is_json:
        mistake = "must be JSON, sent with the header Content-Type: application/json"
        abort(fail(415, Mistakes({"body": [mistake]})))
    body = _parsed(data) if data else {}
    if not isinstance(body, dict):
        raise Mistake("must be a JSON object")
    if envelope is None:
        return body
    if envelope not in body:
        raise Mistake("is missing", field=envelope)
    content = body[envelope]
    if not isinstance(content, dict):
        raise Mistake("must be an object", field=envelope)
    return content


def _parsed(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except ValueError:
        pass
    if not json.detect_encoding(data).startswith("utf-8"):
        raise Mistake("is not text in UTF-8")  # though json would read UTF-16 and UTF-32
    try:
        # Says where the fault is, and reads NaN and lone surrogates, for the fields to name.
        return json.loads(data)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Mistake(f"is not valid JSON: {error.msg} at {place}") from None
    except UnicodeDecodeError:
        raise Mistake("is not text in UTF-8") from None
    except ValueError:
        raise Mistake("holds a number that is too long") from None
    except RecursionError:
        raise Mistake("is nested too deeply") from None


def _plain_type(annotation: Any) -> Any:
    """The type that a rule judges: List(str) is a list to it, Dict(int) an object."""
    if isinstance(annotation, List):
        return dict if isinstance(annotation, Dict) else list
    return annotation
