"""Recording exchange rates, one by one or as a table."""

import csv
import io
from decimal import Decimal
from typing import Final
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select

from services.billing import ledger
from services.billing.commands.loading import happened, need_programme
from services.billing.domain.fx_rates import Pair, standing
from services.billing.errors import FutureDate, MalformedCsv
from services.billing.queries.fx_rates import read_rate
from services.billing.queries.reporting import quoted
from services.billing.schemas.fx_rates import ImportOut, ImportRates, RateOut, RecordRate, RowOut
from services.billing.tables import fx_rate
from shared.database.transaction import Transaction

_COLUMNS: Final = frozenset(RecordRate.model_fields)
_MOST_ROWS: Final = 5_000


async def record_rate(tx: Transaction, programme: str, command: RecordRate) -> RateOut:
    """Record a rate; one for a pair, day and source that has one already corrects it from now on.

    Raises FactMissing or FutureDate.
    """
    await need_programme(tx, programme)
    happened(tx, "on_date", command.on_date)
    return await read_rate(tx.connection, programme, await _record(tx, programme, command))


async def _record(tx: Transaction, programme: str, command: RecordRate) -> UUID:
    rate_id = tx.ids()
    await ledger.record_rate(
        tx,
        rate_id,
        programme,
        Pair(command.base, command.quote),
        Decimal(command.rate),
        command.on_date,
        command.source.value,
        command.source_note,
    )
    return rate_id


async def import_rates(tx: Transaction, programme: str, command: ImportRates) -> ImportOut:
    """Record the rates of a table; each row is recorded, left alone as it holds already, or refused by itself.

    Raises FactMissing, or MalformedCsv when it is no table of rates at all.
    """
    await need_programme(tx, programme)
    rows = [await _import_row(tx, programme, line, cells) for line, cells in _read(command.csv)]
    outcomes = [row.outcome for row in rows]
    return ImportOut(
        id=tx.ids(),
        programme=programme,
        recorded=outcomes.count("recorded"),
        unchanged=outcomes.count("unchanged"),
        refused=outcomes.count("refused"),
        rows=rows,
    )


def _read(text: str) -> list[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        names = [name.strip() for name in reader.fieldnames or []]
        if len(names) != len(_COLUMNS) or set(names) != _COLUMNS:
            raise MalformedCsv(f"the heading names {', '.join(sorted(_COLUMNS))}, each once", "heading")
        reader.fieldnames = names
        found = []
        for row in reader:
            # More cells than the heading has are under None, fewer leave None behind: both are a fault of the row.
            cells = {name: "" if value is None else value.strip() for name, value in row.items() if name in _COLUMNS}
            found.append((reader.line_num, cells if None not in (*row, *row.values()) else {}))
            if len(found) > _MOST_ROWS:
                raise MalformedCsv(f"a table has at most {_MOST_ROWS} rows", "rows")
    except csv.Error as error:
        raise MalformedCsv(f"line {reader.line_num}: {error}", "csv") from None
    return found


async def _import_row(tx: Transaction, programme: str, line: int, cells: dict[str, str]) -> RowOut:
    if not cells:
        return RowOut(line=line, outcome="refused", field="row", rule="cells", message="not as many cells as headings")
    try:
        command = RecordRate.model_validate(cells)
        happened(tx, "on_date", command.on_date)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "row"
        return RowOut(line=line, outcome="refused", field=field, rule=first["type"], message=first["msg"])
    except FutureDate as error:
        return RowOut(line=line, outcome="refused", field="on_date", rule=error.errors[0].rule, message=error.detail)
    known = await _holding(tx, programme, command)
    if known is not None:
        return RowOut(line=line, outcome="unchanged", rate_id=known)
    return RowOut(line=line, outcome="recorded", rate_id=await _record(tx, programme, command))


async def _holding(tx: Transaction, programme: str, command: RecordRate) -> UUID | None:
    """Return the rate that holds for this pair, day and source when it is the same one."""
    query = select(fx_rate).where(
        fx_rate.c.programme == programme,
        fx_rate.c.base == command.base,
        fx_rate.c.quote == command.quote,
        fx_rate.c.on_date == command.on_date,
        fx_rate.c.source == command.source.value,
    )
    holding = standing(quoted(row) for row in await tx.connection.execute(query))
    return next((quote.id for quote in holding if quote.rate == Decimal(command.rate)), None)
