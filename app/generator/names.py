"""Where the names that the templates use come from."""

from app.generator.declaration import Declaration

# By module; a name is imported into a file that uses it.
MODULES = {
    "collections.abc": ["Mapping", "Sequence"],
    "datetime": ["UTC", "date", "datetime", "timedelta"],
    "decimal": ["Decimal"],
    "functools": ["partial"],
    "itertools": ["count"],
    "typing": [
        *("TYPE_CHECKING", "Any", "Literal", "Protocol", "TypedDict", "Unpack"),
        *("cast", "get_args", "get_type_hints"),
    ],
    "uuid": ["UUID"],
    "flask": ["Blueprint", "g"],
    "app.http.auth": ["login_required"],
    "app.http.decorator": ["may_raise"],
    "app.http.response": ["Created", "NoContent", "Ok", "created", "no_content", "ok"],
    "app.http.rule": [
        *("Cursor", "Digits", "Email", "Max", "MaxLen", "Min", "NotBlank", "TextCursor", "Url"),
    ],
    "app.http.validation": ["Json", "Query", "Route", "Validator"],
    "controller": ["account"],
    "controller.frame": ["cursor"],
    "controller.frame.absent": ["ABSENT", "Absent", "given"],
    "controller.frame.error": ["Forbidden", "Invalid", "NotFound", "refuse_blank"],
    "controller.frame.runner": ["run"],
    "model": ["Models", "atomic"],
    "model.frame": ["value"],
    "model.frame.error": ["Duplicate", "InvalidValue", "MissingParent"],
    "model.frame.transaction": ["in_transaction"],
    "model.frame.value": ["Place", "TextPlace"],
    "tests.api.scene": ["oldest"],
    "tests.model.statements": ["has_rows", "put"],
}
# By a module of an engine's driver; the engine may have been removed.
OF_DRIVERS = {
    ("sql", "statements"): ["BEFORE", "NEWEST_FIRST", "Statements", "where"],
    ("mongodb", "collection"): ["Collection", "Document", "older"],
}
IMPORTS = {name: f"{module}:{name}" for module, names in MODULES.items() for name in names}
IMPORTS |= {
    name: f"model.{engine}.driver.{module}:{name}"
    for (engine, module), names in OF_DRIVERS.items()
    for name in names
}
IMPORTS["pytest"] = "pytest:"


def imports_of(declared: Declaration, parents: list[tuple[str, str]]) -> dict[str, str]:
    """Return where each name comes from, those of the resource and of its parents included.

    A parent is its name and its plural.
    """
    name = declared.name
    own = [f"{declared.kind}{end}" for end in ("Row", "Changes", "Filters")]
    own += [f"New{declared.kind}", "LONGEST_KEY", "kept"]
    for field in declared.fields:
        own += [f"{what}_{field.constant}" for what in ("LONGEST", "DIGITS", "DEFAULT")]
        own += [field.kind.hint] * (field.kind.name == "enum")
    found = {
        **{each: f"model.{name}:{each}" for each in own},
        **IMPORTS,
        name: f"controller:{name}",
        "columns": f"tests.model.test_{name}:columns",
        "fill_parents": f"tests.model.test_{name}:fill_parents",
    }
    for parent, plural in parents:
        found[f"fill_{plural}"] = f"tests.model.test_{parent}:fill as fill_{plural}"
        if parent != "user":
            found[parent] = f"controller:{parent}"
            found[f"write_{parent}"] = f"tests.api.v1.test_{parent}:write as write_{parent}"
    return found
