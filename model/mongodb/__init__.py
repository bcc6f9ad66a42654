"""The models on MongoDB, as documents: what does not grow is inside of what it belongs to."""

from functools import cached_property

from model import models
from model.mongodb.article import Article
from model.mongodb.comment import Comment
from model.mongodb.driver import database
from model.mongodb.driver.collection import Operations
from model.mongodb.job import Job
from model.mongodb.limit import Limit
from model.mongodb.log import Log
from model.mongodb.master_config import MasterConfig
from model.mongodb.profile import Profile
from model.mongodb.session import Session
from model.mongodb.user import User


class Models(models.Models, Operations):
    """The register of the models on MongoDB; each is made when it is first used."""

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
    """The models in one session, committed or undone together."""


class Database(database.Database, Models, models.Database):
    """The models on a client; each operation alone, or several in a transaction."""

    transaction = Transaction
