"""Code laid out as the formatter would: lines of at most 100 characters, and sorted imports.

The formatter itself is a package for development, which a project may be without. A template
writes each statement on one line, however long; here it is broken as the formatter breaks it.
"""

import re
import sys
from collections.abc import Iterator
from symtable import symtable
from typing import Any

WIDTH = 100
BRACKETS = {"(": ")", "[": "]", "{": "}"}
MARK = "<imports>\n"
# An import is written as `module:name`, `module:name as other`, or `module` for `import module`.
Imports = dict[str, str]


def laid_out(text: str, imports: Imports) -> str:
    """Return the code of a template with the imports that it needs, each line short enough."""
    body = _without_blanks(text)
    needed = {imports[name] for name in _names(body.replace(MARK, "")) if name in imports}
    sections = "\n".join(_sections(needed)) + "\n" if needed else ""
    lines = _without_blanks(body.replace(MARK, sections)).split("\n")
    return "\n".join(piece for line in lines for piece in broken(line))


def broken(line: str) -> list[str]:
    """Return a line of code as the lines that the formatter makes of it."""
    if len(line) <= WIDTH or line.lstrip().startswith("#"):
        return [line]
    if found := re.fullmatch(r'( *)"""(.+); (.+)"""', line):
        rest = found[3][0].upper() + found[3][1:]
        return [f'{found[1]}"""{found[2]}.', "", f"{found[1]}{rest}", f'{found[1]}"""']
    if found := re.fullmatch(r'( *)("\w+": )("[^"]*"),', line):
        return [f"{found[1]}{found[2]}(", f"{found[1]}    {found[3]}", f"{found[1]}),"]
    if found := re.fullmatch(r"(from \S+ import )(.+)", line):
        return [f"{found[1]}(", *(f"    {name}," for name in found[2].split(", ")), ")"]
    split = _split(line)
    if split is None:
        return [line]
    head, body, tail = split
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    is_call = re.search(r"[\w\])]\($", head) is not None and not _is_definition(line)
    clauses, pieces = _clauses(body), _pieces(body)
    is_comprehension = len(clauses) > 1
    if (is_call or is_comprehension) and len(indent + body) <= WIDTH:
        return [head, indent + body, indent[4:] + tail]
    comma = "," if len(pieces) > 1 or not is_call else ""
    if is_comprehension:
        pieces, comma = clauses, ""
    inner = [one for piece in pieces for one in broken(f"{indent}{piece}{comma}")]
    return [head, *inner, indent[4:] + tail]


def _split(line: str) -> tuple[str, str, str] | None:
    """The line around the bracket where it is broken: of a def the first, else the last."""
    pairs = [pair for pair in _pairs(line) if pair[1] > pair[0] + 1]
    if not pairs:
        return None
    outer = [pair for pair in pairs if not any(a < pair[0] and pair[1] < b for a, b in pairs)]
    first, last = outer[0] if _is_definition(line) else outer[-1]
    return line[: first + 1], line[first + 1 : last], line[last:]


def _is_definition(line: str) -> bool:
    return line.lstrip().startswith("def ")


def _pairs(line: str) -> list[tuple[int, int]]:
    opened: list[int] = []
    pairs = []
    for place, character in _code(line):
        if character in BRACKETS:
            opened.append(place)
        elif character in BRACKETS.values():
            pairs.append((opened.pop(), place))
    return sorted(pairs)


def _pieces(body: str) -> list[str]:
    """What stands between the commas that are in no bracket."""
    commas = [place for place, character in _outside(body) if character == ","]
    starts, ends = [0, *(place + 1 for place in commas)], [*commas, len(body)]
    pieces = [body[start:end].strip() for start, end in zip(starts, ends, strict=True)]
    return [piece for piece in pieces if piece]


def _clauses(body: str) -> list[str]:
    """The parts of a comprehension: what is made, then each `for` and `if`."""
    spaces = [place for place, character in _outside(body) if character == " "]
    starts = [place for place in spaces if re.match(" (for|if) ", body[place:])]
    if not any(body.startswith(" for ", place) for place in starts):
        return [body]
    ends = [*starts, len(body)]
    return [body[start:end].strip() for start, end in zip([0, *starts], ends, strict=True)]


def _outside(body: str) -> list[tuple[int, str]]:
    """Each character that is in no bracket and not within quotes, with its place."""
    pairs = _pairs(body)
    return [
        (place, character)
        for place, character in _code(body)
        if not any(first < place < last for first, last in pairs)
    ]


def _code(line: str) -> Iterator[tuple[int, str]]:
    """Each character that is not within quotes, with its place."""
    quote, place = "", 0
    while place < len(line):
        character = line[place]
        if quote:
            place += character == "\\"
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        else:
            yield place, character
        place += 1


def _without_blanks(text: str) -> str:
    """The text without what loops of a template leave: a comma before a bracket, blank lines."""
    text = "\n".join(_without_commas(line) for line in text.split("\n"))
    text = re.sub(r'\A(""".*"""\n)\n{2,}(?=\w+ = )', r"\1\n", text)
    text = re.sub(r"([\[{])\n *([\]}])", r"\1\2", text)
    return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n") + "\n"


def _without_commas(line: str) -> str:
    places = {place for place, character in _code(line) if character == ","}
    return re.sub(r", (?=[)\]}])", lambda it: "" if it.start() in places else it[0], line)


def _names(body: str) -> set[str]:
    """Every global name that the code uses and does not define."""
    top = symtable(body, "template", "exec")
    tables = [top]
    for table in tables:
        tables += table.get_children()
    symbols = [each for table in tables for each in table.get_symbols()]
    used = {each.get_name() for each in symbols if each.is_referenced() and each.is_global()}
    return used - {each.get_name() for each in top.get_symbols() if each.is_assigned()}


def _sections(needed: set[str]) -> list[str]:
    """The import statements: standard library, packages, the project's own; each sorted."""
    by_module: dict[str, list[str]] = {}
    for each in needed:
        module, _, name = each.partition(":")
        by_module.setdefault(module, []).append(name)
    sections: dict[int, list[str]] = {}
    for module in sorted(by_module):
        names = sorted(by_module[module], key=_kind_of_name)
        lines = [f"from {module} import {name}" for name in names if " as " in name]
        if plain := [name for name in names if name and " as " not in name]:
            lines.insert(0, f"from {module} import {', '.join(plain)}")
        lines += [f"import {module}" for name in names if not name]
        sections.setdefault(_section(module), []).extend(lines)
    ordered = [sorted(sections[one], key=_order_of_line) for one in sorted(sections)]
    return "\n\n".join("\n".join(lines) for lines in ordered).split("\n")


def _section(module: str) -> int:
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return 0
    return 2 if top in ("app", "controller", "model", "tests") else 1


def _order_of_line(line: str) -> Any:
    return line.startswith("from "), natural(line.split()[1])


def natural(name: str) -> list[tuple[bool, int, str]]:
    """Return what sorts names as the formatter does: a2 before a10."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


def _kind_of_name(name: str) -> tuple[int, str]:
    """Constants come first, then classes, then the rest."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name
