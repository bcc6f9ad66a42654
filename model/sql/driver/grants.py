"""What MySQL's SHOW GRANTS says that a user may do."""

import re
from collections.abc import Iterable

# GRANT SELECT, INSERT ON `name`.* TO ... ; what follows may hold the hash of a password.
GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?:[A-Z]+ )?(?P<place>.+?) TO ", re.DOTALL)
# May connect, and nothing else.
NOTHING = "USAGE"
HANDS_ON = "WITH GRANT OPTION"


def excess(grants: Iterable[str], database: str) -> list[str]:
    """Return the rights that reach beyond this database, or that can be handed on."""
    found = []
    for grant in grants:
        match = GRANT.match(grant)
        if match is None or match["rights"] == NOTHING:
            continue
        if not _is_within(match["place"], database):
            found.append(f"{match['rights']} ON {match['place']}")
        elif HANDS_ON in grant:
            found.append(f"GRANT OPTION ON {match['place']}")
    return found


def _is_within(place: str, database: str) -> bool:
    # An underscore is escaped in a place, for it would match any character.
    name, _, _ = place.partition("`.")
    return name.replace("\\_", "_").replace("\\%", "%").removeprefix("`") == database
