"""What finance does with its bank: accounts, files, lines."""

import base64
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.billing.bank.csv_profile import EXAMPLES
from tests.integration.billing.facts import START, Json
from tests.integration.billing.world import World
from tests.support.statements import IBAN, Booking, Stmt, Tx, camt, of

DAY = timedelta(days=1)
OTHER_IBAN = "DE75512108001245126199"
EVERY = {"limit": 500}


async def open_account(world: World, *, opening: str = "0.00", on: date = START, **more: Any) -> Json:  # noqa: ANN401
    """Keep a bank account from START on."""
    body = {
        "partner_id": str(world.partner),
        "name": "Current account",
        "country": "DE",
        "currency": world.currency,
        "opened_on": str(on),
        "opening": world.money(opening),
        **({} if "number" in more else {"iban": IBAN}),
    }
    return await world.done("/bank-accounts", {**body, **more})


async def add_profile(world: World, account: Json, name: str) -> Json:
    """Give an account one of the shipped profiles."""
    shipped = EXAMPLES[name]
    body = {
        "columns": {column.value: heading for column, heading in shipped.columns.items()},
        "delimiter": shipped.delimiter,
        "encoding": shipped.encoding.value,
        "fallback": None if shipped.fallback is None else shipped.fallback.value,
        "decimal": shipped.decimal,
        "thousands": shipped.thousands,
        "date_format": shipped.date_format.value,
        "skip_rows": shipped.skip_rows,
    }
    return await world.done(f"/bank-accounts/{account['id']}/profiles", body)


def file_body(world: World, content: bytes, **more: Any) -> Json:  # noqa: ANN401
    """Return the request that looks at a file."""
    return {
        "partner_id": str(world.partner),
        "format": "csv" if "bank_account_id" in more else "camt.053",
        "file_name": "statement.xml",
        "content": base64.b64encode(content).decode(),
        **more,
    }


async def preview(world: World, content: bytes, **more: Any) -> Json:  # noqa: ANN401
    """Look at a file."""
    return await world.done("/bank-imports", file_body(world, content, **more))


async def confirm(world: World, looked: Json, **more: Any) -> Json:  # noqa: ANN401
    """Take a file into the book."""
    return await world.done(f"/bank-imports/{looked['id']}/confirm", more)


async def take(world: World, *statements: Stmt, **more: Any) -> Json:  # noqa: ANN401
    """Look at a camt file and take it into the book."""
    return await confirm(world, await preview(world, camt(*statements)), **more)


async def took(
    world: World, bookings: Sequence[Booking], *, opening: str = "0.00", to_on: date | None = None, **more: str
) -> list[Json]:
    """Take a statement with these bookings and return all lines, the newest last."""
    days = [booking.on for booking in bookings]
    await take(world, of(opening, bookings, min(days), to_on or max(days), **more))
    return await lines(world)


async def lines(world: World, **cut: object) -> list[Json]:
    """Return bank lines in the order of their ids."""
    return await world.all("/bank-lines", cut)


def paid(amount: str, on: date = START, reference: str = "", **more: Any) -> Booking:  # noqa: ANN401
    """Return a booking of one transaction with what its payer wrote."""
    return Booking(amount, on, [Tx(reference=reference, **more)])


async def post(world: World, *choices: tuple[Json, int | None], on: date | None = None) -> Json:
    """Post lines as matched (None), or by a suggestion."""
    body = {
        "partner_id": str(world.partner),
        "choices": [{"line_id": line["id"], "suggestion": number} for line, number in choices],
        "posted_on": None if on is None else str(on),
    }
    return await world.done("/bank-postings", body)


async def post_as(world: World, line: Json, **wish: Any) -> Json:  # noqa: ANN401
    """Match a line and post it; returns the result of the line."""
    await world.done(f"/bank-lines/{line['id']}/match", wish)
    result: Json = (await post(world, (line, None)))["results"][0]
    return result


async def undo(world: World, line: Json, on: date, reason: str = "a mistake") -> Json:
    """Undo a posted line."""
    return await world.done(f"/bank-lines/{line['id']}/undo", {"undone_on": str(on), "reason": reason})


async def reconciled(world: World, until: date, partner: UUID | None = None) -> list[tuple[str, str]]:
    """Return what stands between book and bank: (what, why)."""
    shown = await world.show(f"/books/{partner or world.partner}/bank-reconciliation", {"as_of": until})
    assert shown["is_reconciled"] == (shown["differences"] == [])
    return [(each["what"], each["why"]) for each in shown["differences"]]


async def invoiced(world: World, amount: str = "700.00", on: date = START) -> tuple[UUID, Json]:
    """Return an enterprise and an issued invoice of its own; the price is added with the first."""
    if not await world.all("/prices"):
        await world.price(amount)
    firm = await world.enterprise()
    invoice = await world.issue(await world.invoice_of(await world.enroll(firm, await world.training(), on=on)), on)
    return firm, invoice
