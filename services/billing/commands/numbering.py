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
INSERT INTO number_series AS s (programme, partner_id, kind, fiscal_year, last) VALUES ($1, $2, $3, $4, 1)
ON CONFLICT (partner_id, kind, fiscal_year) DO UPDATE SET last = s.last + 1
RETURNING last
"""


async def next_number(tx: Transaction, programme: str, partner_id: UUID, series: Series, day: date) -> Numbered:
    """Take the next number of a partner's series for the fiscal year of `day`.

    The row stays locked until the transaction ends; a rollback gives the number back, so there is never a gap.
    """
    year = fiscal_year(day)
    row = await tx.connection.exec_driver_sql(_NEXT, (programme, partner_id, series.value, year))
    serial = row.scalar_one()
    return Numbered(document_number(series, year, serial), year, serial)
