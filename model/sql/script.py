"""Splits a file of SQL into its statements, as the server would read them."""

import re
from collections.abc import Iterator

# What can hold a semicolon without ending a statement, then what can begin or end a block.
TOKEN = re.compile(
    r"""
    (?P<skip>
        '(?:[^'\\]|''|\\.)*' | "(?:[^"\\]|""|\\.)*" | `(?:[^`]|``)*`   # text and names
      | \bEND\s+(?:IF|LOOP|WHILE|REPEAT)\b                               # of blocks not counted
      | /\*.*?\*/ | --(?=\s|$)[^\n]* | \#[^\n]*                          # comments
    )
  | (?P<word>[A-Za-z_][A-Za-z0-9_$]*)
  | (?P<end>;)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
# SQLite knows no backslash in text and no comment after #, and needs no blank after --.
SQLITE_TOKEN = re.compile(
    TOKEN.pattern.replace(r"[^'\\]|''|\\.", "[^']|''")
    .replace(r'[^"\\]|""|\\.', '[^"]|""')
    .replace(r"--(?=\s|$)[^\n]* | \#[^\n]*", r"--[^\n]*"),
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
BLOCKS = {"TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"}


def statements(text: str, *, engine: str) -> Iterator[tuple[str, int]]:
    """Yield each statement, without its semicolon, and where in the text it ends.

    A trigger or procedure with BEGIN ... END is one statement. What holds only comments is none.
    """
    start, depth = 0, 0
    words: list[str] = []
    for token in (SQLITE_TOKEN if engine == "sqlite" else TOKEN).finditer(text):
        if token["end"] and depth == 0:
            if words:
                yield text[start : token.start()].strip(), token.end()
            start, words = token.end(), []
        elif token["word"]:
            word = token["word"].upper()
            depth = max(0, depth + _step(word, words))
            words.append(word)
    if words:
        yield text[start:].strip(), len(text)


def _step(word: str, before: list[str]) -> int:
    """1 where a block begins inside of a CREATE TRIGGER and the like, -1 where one ends."""
    if before[:1] != ["CREATE"] or BLOCKS.isdisjoint(before[1:8]):
        return 0
    if word in ("BEGIN", "CASE") and before[-1] != "END":
        return 1
    return -1 if word == "END" else 0
