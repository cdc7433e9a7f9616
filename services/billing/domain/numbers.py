"""Document numbers: per book, kind and fiscal year, from 1 without a gap."""

from datetime import date
from enum import StrEnum


class Series(StrEnum):
    """What is numbered."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit-note"
    CLAIM = "claim"


_PREFIX = {Series.INVOICE: "INV", Series.CREDIT_NOTE: "CN", Series.CLAIM: "CL"}


def fiscal_year(day: date) -> int:
    """Return the fiscal year of `day`: the calendar year."""
    return day.year


def document_number(series: Series, year: int, serial: int) -> str:
    """Return the printed number, for example `INV-2016-00012`; unique within a book."""
    return f"{_PREFIX[series]}-{year}-{serial:05d}"
