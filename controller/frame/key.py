"""What makes a secret key easy to guess, though it may be long."""

import re
from itertools import pairwise

SHORTEST_BYTES = 32
# Of 32 hexadecimal digits that were chosen at random, hardly ever fewer are different.
FEWEST_CHARACTERS = 8
# Hardly ever does a run of so many come twice in random digits.
LONG_RUN = 8
# Keys that Django makes for development, and that are published with the project.
OF_DJANGO = "django-insecure-"
# In the order of the alphabet, of digits and of a keyboard.
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
NEIGHBOURS = {pair for row in ROWS for pair in (*pairwise(row), *pairwise(reversed(row)))}
# As words are disguised; in hexadecimal digits, that would make words by chance.
DISGUISED = str.maketrans("@301$5", "aeoiss")
HEXADECIMAL = re.compile("[0-9a-f-]*", re.IGNORECASE)
# With a capital after a small letter, another word begins.
WITHIN_A_WORD = re.compile("[A-Za-z][a-z]|[A-Z]{2}")
# The pairs of letters that three of four are in English; of random letters, one of seven.
PAIRS = """
    th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co
    me de hi ri ro ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us
    ac ot il tr ly nc et ut ss so rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa
"""


def weakness(key: str) -> str:
    """Return what makes a key weak, to follow its name in a sentence; empty if nothing does."""
    key = "".join(key.split())  # nobody has to guess a blank
    if len(key.encode(errors="surrogateescape")) < SHORTEST_BYTES:
        return f"is shorter than {SHORTEST_BYTES} bytes"
    if len(set(key)) < FEWEST_CHARACTERS:
        return f"has fewer than {FEWEST_CHARACTERS} different characters"
    if _repeats(key):
        return "repeats itself"
    if _is_a_row(key):
        return "is a row of the alphabet, of digits or of a keyboard"
    if key.startswith(OF_DJANGO):
        return f"begins with {OF_DJANGO}"
    # Where digits are read as letters, more pairs are like those of words by chance.
    is_words = _is_words(key, share=0.58) or _is_words(_undisguised(key), share=0.65)
    return "consists of words" if is_words else ""


def _repeats(key: str) -> bool:
    """Tell whether a third of its triples of characters has come before, or a long run."""
    # UUIDs have their hyphens in the same places.
    triples, runs = _parts(key, 3), _parts(key.replace("-", ""), LONG_RUN)
    return len(set(triples)) < len(triples) * 2 / 3 or len(set(runs)) < len(runs)


def _parts(key: str, length: int) -> list[str]:
    return [key[start : start + length] for start in range(len(key) - length + 1)]


def _is_a_row(key: str) -> bool:
    """Tell whether most characters are followed by themselves or a neighbour."""
    pairs = list(pairwise(key.lower()))
    steps = [pair for pair in pairs if pair in NEIGHBOURS or pair[0] == pair[1]]
    return len(steps) > len(pairs) * 0.6


def _is_words(key: str, *, share: float) -> bool:
    """Tell whether such a share of its letters follow each other as in words.

    Between the words there is little else.
    """
    pairs = [first + second for first, second in pairwise(key)]
    of_letters = [pair for pair in pairs if WITHIN_A_WORD.fullmatch(pair)]
    like_words = [pair for pair in of_letters if pair.lower() in PAIRS]
    is_text = len(of_letters) > len(pairs) * 0.45
    # Fewer than twelve are found in random letters, too.
    return is_text and len(like_words) >= max(12, len(of_letters) * share)


def _undisguised(key: str) -> str:
    """The key with digits read as the letters that they look like."""
    return key if HEXADECIMAL.fullmatch(key) else key.translate(DISGUISED)


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
