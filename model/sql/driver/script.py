"""Splits a file of SQL into its statements, as the server would read them."""

import re
from collections.abc import Iterator

Statements = list[tuple[str, int]]


def _token(*, escape: str, comment: str) -> re.Pattern[str]:
    """What can hold a semicolon without ending a statement, and what can begin or end a block."""
    return re.compile(
        rf"""
          '(?:{escape}[^']|'')*+' | "(?:{escape}[^"]|"")*+" | `(?:[^`]|``)*+`
        | (?P<comment>{comment} | /\*(?!M?!).*?\*/)
        | \bEND\s+(?:IF|LOOP|WHILE|REPEAT|FOR)\b             # of blocks that are not counted
        | (?P<word>\bEND\s+CASE\b | [\w$@.]+ | /\*.*?\*/)    # MySQL runs what stands in /*! */
        | (?P<end>;)
        """,
        re.VERBOSE | re.DOTALL | re.IGNORECASE,
    )


# SQLite knows no backslash in text and no comment after #, and needs no blank after --.
TOKENS = {
    "mysql": _token(escape=r"\\.|", comment=r"--(?=\s|$)[^\n]* | \#[^\n]*"),
    "sqlite": _token(escape="", comment=r"--[^\n]*"),
}
DOWN = re.compile(r"--\s*down\s*", re.IGNORECASE)
# What CREATE can make, with BEGIN ... END inside or without.
BLOCKS = {"TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"}
PLAIN = {"TABLE", "VIEW", "INDEX"}


def statements(text: str, *, engine: str) -> tuple[Statements, Statements]:
    """Return what stands before the line `-- down`, and what stands after it.

    Of each statement its text, without the semicolon, and where in the whole text it ends. A
    trigger or procedure with BEGIN ... END is one statement. What holds only comments is none.
    """
    up: Statements = []
    down: Statements = []
    found = up
    for statement, end, is_last in _split(text, TOKENS[engine]):
        if statement:
            found.append((statement, end))
        if is_last:
            found = down
    return up, down


def _split(text: str, token: re.Pattern[str]) -> Iterator[tuple[str, int, bool]]:
    """Yield each statement, where it ends, and whether `-- down` follows."""
    start, depth = 0, 0
    words: list[str] = []
    for found in token.finditer(text):
        if found["word"]:
            depth = max(0, depth + _step(found["word"].upper(), words))
            words.append(found["word"].upper())
        elif depth == 0 and (found["end"] or _is_down(found, text)):
            statement = text[start : found.start()].strip() if words else ""
            yield statement, found.end() if found["end"] else found.start(), not found["end"]
            start, words = found.end(), []
    yield text[start:].strip() if words else "", len(text), False


def _is_down(found: re.Match[str], text: str) -> bool:
    line_start = text.rfind("\n", 0, found.start()) + 1
    is_alone = not text[line_start : found.start()].strip()
    return is_alone and bool(DOWN.fullmatch(found["comment"] or ""))


def _step(word: str, before: list[str]) -> int:
    """1 where a block begins inside of a CREATE TRIGGER and the like, -1 where one ends."""
    created = next((word for word in before if word in BLOCKS | PLAIN), None)
    if before[:1] != ["CREATE"] or created not in BLOCKS:
        return 0
    if word in ("BEGIN", "CASE"):
        return 1
    return -1 if word in ("END", "END CASE") else 0
