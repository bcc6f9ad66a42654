"""What is wrong with settings, told by nothing but the settings."""

import re
from collections.abc import Iterator

from app.command.check.deployment import SQLITE, Check, Deployment

# What OWASP asks of argon2id at least: KiB of memory and rounds, either of these.
ARGON2_AT_LEAST = ((47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5))
LONGEST_ACCESS_MINUTES = 24 * 60
LONGEST_SESSION_DAYS = 90
MOST_SESSIONS = 100
LARGEST_BODY = 16 * 1024 * 1024
MOST_PROXIES = 3
OFF = {"", "0", "false", "no"}  # as Flask reads FLASK_DEBUG
OWNERS_OF_ALL = {"root", "admin", "sa"}


def environment(deployment: Deployment) -> Iterator[str]:
    """The application does not run as production does."""
    if deployment.environment != "production":
        yield f"FLASK_CONFIG is {deployment.environment}"


def default_database(deployment: Deployment) -> Iterator[str]:
    """Nobody chose a database, so it is the one of development."""
    of_development = f"/instance/{deployment.settings.APP_NAME.lower()}.db"
    if deployment.settings.DATABASE_URL.endswith(of_development):
        yield "DATABASE_URL is that of development"


def memory(deployment: Deployment) -> Iterator[str]:
    """The data is in memory: each process has its own, and it ends with the process."""
    for name, url in deployment.urls().items():
        if url.startswith(f"{SQLITE}:memory:"):
            yield f"{name} is in memory"


def no_password(deployment: Deployment) -> Iterator[str]:
    """Whoever reaches the database server is let in."""
    for name, url in deployment.urls().items():
        # A socket's file, or a certificate, may show who connects.
        shows_otherwise = "unix_socket=" in url or ".sock" in url or "authMechanism=" in url
        if not url.startswith(SQLITE) and not shows_otherwise and not _login(url)[1]:
            yield f"{name} has no password"


def superuser(deployment: Deployment) -> Iterator[str]:
    """The application signs in to its database as the owner of everything on the server."""
    for name, url in deployment.urls().items():
        user = _login(url)[0] or ("root" if url.startswith("mysql://") else "")
        if user.lower() in OWNERS_OF_ALL:
            yield f"{name} signs in as {user}"


def public_docs(deployment: Deployment) -> Iterator[str]:
    """`/docs` and `/openapi.json` are public."""
    if deployment.settings.API_DOCS:
        yield "API_DOCS is true"


def samples(deployment: Deployment) -> Iterator[str]:
    """The samples are open to everybody."""
    if getattr(deployment.settings, "SAMPLES", False):  # which may be removed
        yield "SAMPLES is true"


def any_origin(deployment: Deployment) -> Iterator[str]:
    """Pages of every origin may read the answers."""
    if "*" in deployment.settings.CORS_ORIGINS:
        yield "CORS_ORIGINS is *"


def plain_origin(deployment: Deployment) -> Iterator[str]:
    """A page that is sent without TLS may be changed on its way, and then ask as the reader."""
    plain = [each for each in deployment.settings.CORS_ORIGINS if each.startswith("http://")]
    if plain:
        yield f"CORS_ORIGINS has {', '.join(plain)}"


def any_host(deployment: Deployment) -> Iterator[str]:
    """A request may name any host."""
    if not deployment.settings.TRUSTED_HOSTS:
        yield "TRUSTED_HOSTS names no host"


def proxies_unsaid(deployment: Deployment) -> Iterator[str]:
    """Nobody said whether a proxy stands in front, whose headers tell the client's address."""
    if not deployment.variables.get("TRUST_PROXY"):
        yield "TRUST_PROXY is not set"


def many_proxies(deployment: Deployment) -> Iterator[str]:
    """With more trusted proxies than there are, a client makes up its own address."""
    if deployment.settings.TRUST_PROXY > MOST_PROXIES:
        yield f"TRUST_PROXY is {deployment.settings.TRUST_PROXY}"


def no_rate_limit(deployment: Deployment) -> Iterator[str]:
    """Passwords can be guessed as fast as the machine answers."""
    if not deployment.settings.RATE_LIMIT:
        yield "RATE_LIMIT is false"


def debug(deployment: Deployment) -> Iterator[str]:
    """An error shows the code to whoever caused it, and lets them run some."""
    variable = deployment.variables.get("FLASK_DEBUG", "")
    if deployment.settings.DEBUG or variable.lower() not in OFF:
        yield "DEBUG is on"


def same_key(deployment: Deployment) -> Iterator[str]:
    """The key was not changed at all."""
    settings = deployment.settings
    if settings.SECRET_KEY_PREVIOUS and settings.SECRET_KEY_PREVIOUS == settings.SECRET_KEY:
        yield "SECRET_KEY_PREVIOUS is SECRET_KEY"


def previous_key(deployment: Deployment) -> Iterator[str]:
    """Whoever has the old key can still sign tokens."""
    settings = deployment.settings
    if settings.SECRET_KEY_PREVIOUS not in ("", settings.SECRET_KEY):
        yield "SECRET_KEY_PREVIOUS is set"


def long_access(deployment: Deployment) -> Iterator[str]:
    """A stolen access token is of use for more than a day."""
    if deployment.settings.ACCESS_TOKEN_MINUTES > LONGEST_ACCESS_MINUTES:
        yield f"ACCESS_TOKEN_MINUTES is {deployment.settings.ACCESS_TOKEN_MINUTES}"


def long_sessions(deployment: Deployment) -> Iterator[str]:
    """A device that was lost stays signed in for more than 90 days."""
    if deployment.settings.SESSION_DAYS > LONGEST_SESSION_DAYS:
        yield f"SESSION_DAYS is {deployment.settings.SESSION_DAYS}"


def many_sessions(deployment: Deployment) -> Iterator[str]:
    """One account may have more than 100 sessions."""
    if deployment.settings.SESSIONS_PER_ACCOUNT > MOST_SESSIONS:
        yield f"SESSIONS_PER_ACCOUNT is {deployment.settings.SESSIONS_PER_ACCOUNT}"


def cheap_hashes(deployment: Deployment) -> Iterator[str]:
    """Stolen hashes of passwords are guessed faster than OWASP wants."""
    memory, rounds = deployment.settings.ARGON2_MEMORY_COST, deployment.settings.ARGON2_TIME_COST
    if not any(memory >= kib and rounds >= times for kib, times in ARGON2_AT_LEAST):
        yield f"ARGON2_MEMORY_COST is {memory} with ARGON2_TIME_COST {rounds}"


def common_passwords(deployment: Deployment) -> Iterator[str]:
    """The passwords that are tried first are accepted."""
    if deployment.settings.COMMON_PASSWORDS == "accept":
        yield "COMMON_PASSWORDS is accept"


def large_bodies(deployment: Deployment) -> Iterator[str]:
    """A few requests at once may fill the memory."""
    if deployment.settings.MAX_CONTENT_LENGTH > LARGEST_BODY:
        yield f"MAX_CONTENT_LENGTH is {deployment.settings.MAX_CONTENT_LENGTH}"


def timer_in_answers(deployment: Deployment) -> Iterator[str]:
    """Answers tell how long they took, from which much can be guessed."""
    if deployment.settings.TIMER_OUTPUT == "response":
        yield "TIMER_OUTPUT is response"


def debug_lines(deployment: Deployment) -> Iterator[str]:
    """The log has lines that are for development."""
    if deployment.settings.LOG_LEVEL == "DEBUG":
        yield "LOG_LEVEL is DEBUG"


def all_slow(deployment: Deployment) -> Iterator[str]:
    """Every request is logged as slow."""
    if deployment.settings.SLOW_API_TIME == 0:
        yield "SLOW_API_TIME is 0"


def api_log_in_one_file(deployment: Deployment) -> Iterator[str]:
    """Each request writes to SQLite, which has one writer at a time."""
    settings = deployment.settings
    if settings.API_LOGGING and settings.LOG_DATABASE_URL.startswith(SQLITE):
        yield "API_LOGGING is true on SQLite"


def _login(url: str) -> tuple[str, str]:
    """Return the user and the password of a URL, which may name several hosts."""
    found = re.match("[^:]+://(?:([^:@/]*)(?::([^@/]*))?@)?", url)
    return (found[1] or "", found[2] or "") if found else ("", "")


CHECKS = (
    Check("environment", environment, "set FLASK_CONFIG=production"),
    Check("default-database", default_database, "set DATABASE_URL to the database of production"),
    Check("memory", memory, "name a file or a server"),
    Check("no-password", no_password, "give its user a password, and the URL too"),
    Check("superuser", superuser, "make a user who has rights on this database alone"),
    Check("public-docs", public_docs, "set API_DOCS=false unless the API is public"),
    Check("samples", samples, "set SAMPLES=false, or run flask remove samples"),
    Check("any-origin", any_origin, "name the origins of your front ends"),
    Check("plain-origin", plain_origin, "serve front ends over https, and name them so"),
    Check("any-host", any_host, "name the hosts of this API"),
    Check("proxies-unsaid", proxies_unsaid, "set TRUST_PROXY to the number of proxies, or to 0"),
    Check("many-proxies", many_proxies, "set it to the number of proxies that there are"),
    Check("no-rate-limit", no_rate_limit, "set RATE_LIMIT=true"),
    Check("debug", debug, "unset FLASK_DEBUG, and leave DEBUG False"),
    Check("same-key", same_key, "make a new SECRET_KEY, or unset SECRET_KEY_PREVIOUS"),
    Check("previous-key", previous_key, "unset it ACCESS_TOKEN_MINUTES after the change"),
    Check("long-access", long_access, "set at most 1440; a client refreshes"),
    Check("long-sessions", long_sessions, "set at most 90"),
    Check("many-sessions", many_sessions, "set at most 100"),
    Check("cheap-hashes", cheap_hashes, "set 19456 and 2, or more"),
    Check("common-passwords", common_passwords, "set COMMON_PASSWORDS=refuse"),
    Check("large-bodies", large_bodies, "set at most 16777216; send files elsewhere"),
    Check("timer-in-answers", timer_in_answers, "set TIMER_OUTPUT=log or none"),
    Check("debug-lines", debug_lines, "set LOG_LEVEL=INFO"),
    Check("all-slow", all_slow, "set the seconds from which a request is slow"),
    Check("api-log-in-one-file", api_log_in_one_file, "set LOG_DATABASE_URL to a server"),
)
