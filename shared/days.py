"""Days as people write them into requests.

A day is a calendar date in the programme's country, written YYYY-MM-DD (ISO 8601). Numbers and moments, which pydantic
would read as days too, are refused, and so are years in which no programme can run: a slip of the pen, and a date from
which no term could be counted without leaving the calendar.
"""

from datetime import date
from typing import Annotated, Final

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

_EARLIEST: Final = date(1990, 1, 1)
_LATEST: Final = date(2199, 12, 31)


def _iso_day(value: object) -> object:
    # Exactly a date: a datetime is one too.
    if type(value) is date or (isinstance(value, str) and len(value) == 10):
        return value
    raise PydanticCustomError("iso-date", "a date is written YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_iso_day), Field(ge=_EARLIEST, le=_LATEST, examples=["2014-04-04"])]
"""A calendar date from 1990-01-01 to 2199-12-31."""
