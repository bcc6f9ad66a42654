"""The models in SQL: one text for SQLite, MySQL and what speaks MySQL's protocol.

A statement stands in its method as a literal, with its values as `%(name)s`. A filter that is
optional is appended as literal text with its bound value.
"""

from functools import cached_property

from model import models
from model.sql.article import Article
from model.sql.comment import Comment
from model.sql.driver import database
from model.sql.driver.statements import Statements
from model.sql.job import Job
from model.sql.limit import Limit
from model.sql.log import Log
from model.sql.master_config import MasterConfig
from model.sql.profile import Profile
from model.sql.session import Session
from model.sql.user import User


class Models(models.Models, Statements):
    """The register of the models in SQL; each is made when it is first used."""

    users = cached_property(User)
    sessions = cached_property(Session)
    limits = cached_property(Limit)
    jobs = cached_property(Job)
    logs = cached_property(Log)
    master_config = cached_property(MasterConfig)
    profiles = cached_property(Profile)
    articles = cached_property(Article)
    comments = cached_property(Comment)


class Transaction(database.Transaction, Models):
    """The models on one connection, committed or undone together."""


class Database(database.Database, Models, models.Database):
    """The models on a pool of connections; each statement alone, or several in a transaction."""

    transaction = Transaction
