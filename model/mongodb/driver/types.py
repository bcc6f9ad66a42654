"""How BSON keeps the types that PyMongo does not know by itself."""

from datetime import date
from decimal import Decimal

from bson.codec_options import TypeCodec, TypeEncoder, TypeRegistry
from bson.decimal128 import Decimal128


class Decimals(TypeCodec):
    """A Decimal is a Decimal128, in documents, filters and pipelines."""

    python_type = Decimal
    bson_type = Decimal128

    def transform_python(self, value: Decimal) -> Decimal128:
        """Return what is stored."""
        return Decimal128(value)

    def transform_bson(self, value: Decimal128) -> Decimal:
        """Return what is read."""
        return value.to_decimal()


class Dates(TypeEncoder):
    """A date is text, 2026-01-31, and read as such: the model calls date.fromisoformat."""

    python_type = date

    def transform_python(self, value: date) -> str:
        """Return what is stored."""
        return value.isoformat()


REGISTRY = TypeRegistry([Decimals(), Dates()])
