"""What makes a secret key easy to guess, though it may be long."""

import re
from itertools import pairwise

SHORTEST_BYTES = 32
# Of 32 hexadecimal digits that were chosen at random, hardly ever fewer are different.
FEWEST_CHARACTERS = 8
# In the order of the alphabet, of digits and of a keyboard.
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
NEIGHBOURS = {pair for row in ROWS for pair in (*pairwise(row), *pairwise(reversed(row)))}
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
    return "consists of words" if _is_words(key) else ""


def _repeats(key: str) -> bool:
    """Tell whether a third of its triples of characters has come before."""
    triples = [key[start : start + 3] for start in range(len(key) - 2)]
    return len(set(triples)) < len(triples) * 2 / 3


def _is_a_row(key: str) -> bool:
    """Tell whether most characters are followed by themselves or a neighbour."""
    pairs = list(pairwise(key.lower()))
    steps = [pair for pair in pairs if pair in NEIGHBOURS or pair[0] == pair[1]]
    return len(steps) > len(pairs) * 0.6


def _is_words(key: str) -> bool:
    """Tell whether its letters follow each other as in words, with little between the words."""
    pairs = [first + second for first, second in pairwise(key)]
    of_letters = [pair for pair in pairs if WITHIN_A_WORD.fullmatch(pair)]
    like_words = [pair for pair in of_letters if pair.lower() in PAIRS]
    is_text = len(of_letters) > len(pairs) * 0.45
    # Fewer than ten are found in random letters, too.
    return is_text and len(like_words) >= max(10, len(of_letters) * 0.55)


if __name__ == "__main__":
    from controller.frame.runner import no_commands

    no_commands()
