"""What is wrong with the databases, as they say themselves."""

from collections.abc import Iterator
from datetime import timedelta

from app.command.check.deployment import Check, Deployment
from model.frame import migration, value

MOST_SKEW = timedelta(seconds=2)


def unreachable(deployment: Deployment) -> Iterator[str]:
    """A database cannot be asked for its migrations, its clock and its rights."""
    for name, reason in deployment.unusable.items():
        yield f"{name}: {reason}"


def unencrypted(deployment: Deployment) -> Iterator[str]:
    """What is sent to the database may cross a network unencrypted."""
    for name, database in deployment.databases.items():
        if database.is_exposed():
            yield f"{name} does not insist on TLS"


def few_connections(deployment: Deployment) -> Iterator[str]:
    """Threads wait for each other's connections, and are refused."""
    threads = deployment.settings.WEB_THREADS
    for name, database in deployment.databases.items():
        if name == "DATABASE_URL" and (most := database.most_connections()) < threads:
            yield f"WEB_THREADS is {threads}, and {name} has {most} connections"


def pending_migrations(deployment: Deployment) -> Iterator[str]:
    """The tables are not those of the code, and `/readyz` answers 503."""
    for name, database in deployment.answering().items():
        if pending := migration.pending(database):
            yield f"{name} has pending migrations ({', '.join(pending)})"


def clock_skew(deployment: Deployment) -> Iterator[str]:
    """The machines disagree on the time by more than two seconds."""
    for name, database in deployment.answering().items():
        before = value.now()
        theirs = database.clock()
        skew = theirs - (before + (value.now() - before) / 2)
        if abs(skew) > MOST_SKEW:
            yield f"the clock of {name} differs by {skew.total_seconds():.0f} s"


def excess_rights(deployment: Deployment) -> Iterator[str]:
    """Who steals the password of the database gets more than this database."""
    for name, database in deployment.answering().items():
        if rights := database.excess_rights():
            yield f"the user of {name} has more rights than needed ({'; '.join(rights)})"


CHECKS = (
    Check("unreachable", unreachable, "start it, mend its URL, or run flask db-init"),
    Check("unencrypted", unencrypted, "add ssl=required on MySQL, tls=true on MongoDB"),
    Check("few-connections", few_connections, "add pool_size=, or maxPoolSize= on MongoDB"),
    Check("pending-migrations", pending_migrations, "run flask db-migrate"),
    Check("clock-skew", clock_skew, "synchronize both machines by NTP"),
    Check("excess-rights", excess_rights, "grant its user rights on this database alone"),
)
