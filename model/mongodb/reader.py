"""How what someone wrote is shown to a reader: beside its author, whom they may follow."""

from typing import Any

from model.mongodb.collection import Document

AUTHOR_COLUMNS = {"author.username": 1, "author.bio": 1, "author.image": 1, "reader.following": 1}


def beside_author(reader_id: int | None) -> list[Document]:
    """Return the stages that put the author, and the reader, beside each document."""
    author = {"localField": "author_id", "foreignField": "_id"}
    reader = {"pipeline": [{"$match": {"_id": reader_id}}, {"$project": {"following": 1}}]}
    return [
        {"$lookup": {"from": "users", **author, "as": "author"}},
        {"$lookup": {"from": "users", **reader, "as": "reader"}},
    ]


def as_row(document: Document) -> dict[str, Any]:
    """Return a document with its author as the flat row that every engine returns."""
    [author], reader = document.pop("author"), document.pop("reader")
    for name in ("username", "bio", "image"):
        document[f"author_{name}"] = author[name]
    followed = reader[0]["following"] if reader else []
    document["author_following"] = document["author_id"] in followed
    return document
