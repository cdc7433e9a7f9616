"""Giving document numbers."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.billing.domain.numbers import Series, document_number, fiscal_year
from shared.database.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number with its place in the series."""

    text: str
    year: int
    serial: int


_NEXT: Final = """
INSERT INTO number_series AS s (programme, partner_id, kind, fiscal_year, last) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (partner_id, kind, fiscal_year) DO UPDATE SET last = s.last + $5
RETURNING last
"""


async def next_number(tx: Transaction, programme: str, partner_id: UUID, series: Series, day: date) -> Numbered:
    """Take the next number of a partner's series for the fiscal year of `day`.

    The row stays locked until the transaction ends; a rollback gives the number back, so there is never a gap.
    """
    [number] = await next_numbers(tx, programme, partner_id, series, day, 1)
    return number


async def next_numbers(
    tx: Transaction, programme: str, partner_id: UUID, series: Series, day: date, count: int
) -> list[Numbered]:
    """Take the next `count` numbers in one step; only invoices may be many, and each number must then be used."""
    year = fiscal_year(day)
    row = await tx.connection.exec_driver_sql(_NEXT, (programme, partner_id, series.value, year, count))
    last: int = row.scalar_one()
    return [
        Numbered(document_number(series, year, serial), year, serial) for serial in range(last - count + 1, last + 1)
    ]
