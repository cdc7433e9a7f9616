"""Entering prices, agreements, costs, claims and payments."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, Final

from deploy.demo.entry import Entry
from deploy.demo.roster import Row, in_order, items
from deploy.local.errors import LocalError
from shared.auth.actor import Role
from shared.money import Money

_DRAFT_SECONDS: Final = 120


class NoDraft(LocalError):
    """Billing never drafted an invoice for an enrollment."""

    def __init__(self, enrollment: str) -> None:
        super().__init__(f"billing drafted no invoice for enrollment {enrollment} in {_DRAFT_SECONDS} s")


async def enter_terms(entry: Entry) -> None:
    """Enter price lists and subsidy agreements; both before anybody enrolls."""

    async def price(row: Row) -> None:
        partner = await entry.partners.get(row["partner"])
        await entry.call.post(
            "billing",
            "/prices",
            {
                "partner_id": partner,
                "module": row["module"],
                "valid_from": row["valid_from"],
                "price": entry.money(row["price"]),
            },
            role=Role.PARTNER_FINANCE,
            partner=partner,
            once=f"price/{row['partner']}/{row['module']}/{row['valid_from']}",
        )

    async def agreement(row: Row) -> None:
        made = await entry.call.post(
            "billing",
            "/agreements",
            {
                "code": row["code"],
                "payer_class": row["payer_class"],
                "payer_name": row["payer_name"],
                "partner_id": await entry.partners.get(row["partner"]) if row["partner"] else None,
                "shares": [{"size_class": row["size_class"], "share_pct": row["share_pct"]}],
                "ceiling": entry.money(row["ceiling"]),
                "valid_from": row["valid_from"],
                "valid_to": row["valid_to"] or None,
            },
            once=f"agreement/{row['code']}",
        )
        entry.agreements.set(row["code"], made["id"])

    async with asyncio.TaskGroup() as tasks:
        for rows in entry.roster.grouped("price_list", "partner", "module").values():
            tasks.create_task(_one_after_another(price, in_order(rows, "valid_from")))
        for row in entry.roster.rows("subsidies"):
            tasks.create_task(agreement(row))


async def draft_of(entry: Entry, enrollment: str) -> str:
    """Return the invoice that billing drafted for an enrollment, waiting for the event to get there."""
    deadline = asyncio.get_running_loop().time() + _DRAFT_SECONDS
    pause = 0.05
    while True:
        found = (await entry.call.get("billing", "/invoices", enrollment_id=enrollment))["items"]
        if found:
            return str(found[0]["id"])
        if asyncio.get_running_loop().time() > deadline:
            raise NoDraft(enrollment)
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.5)


async def enter_costs(entry: Entry) -> None:
    """Enter direct costs with their training and overhead without."""

    async def cost(row: Row, number: int) -> None:
        partner = await entry.partners.get(row["partner"])
        await entry.call.post(
            "billing",
            "/costs",
            {
                "partner_id": partner,
                "training_id": await entry.trainings.get(row["training"]) if row["training"] else None,
                "kind": row["kind"],
                "funding": row["funding"],
                "incurred_on": row["incurred_on"],
                "amount": entry.money(row["amount"]),
                "description": row["description"],
                "given_by": row["given_by"] or None,
                "valuation": row["valuation"] or None,
            },
            role=Role.PARTNER_FINANCE,
            partner=partner,
            once=f"cost/{number}",
        )

    async with asyncio.TaskGroup() as tasks:
        for number, row in enumerate(entry.roster.rows("costs"), start=1):
            tasks.create_task(cost(row, number))


class Receipts:
    """Claims and payments of one roster, entered book by book in order of dates."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._claims = {
            (row["partner"], row["agreement"], row["claimed_on"][:7]): row for row in entry.roster.rows("claims")
        }
        self._open: dict[str, Decimal] = {}
        self._approved: dict[str, str] = {}

    async def enter_all(self) -> None:
        """Enter every claim, then every payment."""
        books = [row["code"] for row in self._entry.roster.rows("partners")]
        claims = self._entry.roster.grouped("claims", "partner")
        payments = self._entry.roster.grouped("payments", "partner")

        async def book(code: str) -> None:
            await _one_after_another(self._claim, in_order(claims.get((code,), []), "claimed_on", "code"))
            rows = in_order(payments.get((code,), []), "received_on", "payer", "reference")
            await _one_after_another(self._payment, rows)

        async with asyncio.TaskGroup() as tasks:
            for code in books:
                tasks.create_task(book(code))

    async def _claim(self, row: Row) -> None:
        entry = self._entry
        partner = await entry.partners.get(row["partner"])
        claim = await entry.call.post(
            "billing",
            "/claims",
            {
                "agreement_id": await entry.agreements.get(row["agreement"]),
                "partner_id": partner,
                "submitted_on": row["claimed_on"],
                "training_ids": [await entry.trainings.get(code) for code in items(row["trainings"])],
            },
            role=Role.PARTNER_FINANCE,
            partner=partner,
            once=f"claim/{row['code']}",
        )
        if row["approved_on"]:
            await entry.call.post(
                "billing",
                f"/claims/{claim['id']}/approve",
                {"approved_on": row["approved_on"], "amount": claim["submitted"]},
                once=f"approval/{row['code']}",
            )
        self._approved[row["code"]] = claim["id"]

    async def _payment(self, row: Row) -> None:
        entry, call = self._entry, self._entry.call
        partner = await entry.partners.get(row["partner"])
        claim = self._claims.get((row["partner"], row["payer"], row["reference"]))
        payer = (
            {"enterprise_id": await entry.enterprises.get(row["payer"])}
            if claim is None
            else {"agreement_id": await entry.agreements.get(row["payer"])}
        )
        once = f"{row['partner']}/{row['payer']}/{row['reference']}/{row['received_on']}"
        payment = await call.post(
            "billing",
            "/payments",
            {
                "partner_id": partner,
                **payer,
                "received_on": row["received_on"],
                "amount": entry.money(row["amount"]),
                "reference": row["reference"],
                "method": row["method"],
            },
            role=Role.PARTNER_FINANCE,
            partner=partner,
            once=f"payment/{once}",
        )
        target = {"claim_id": self._approved[claim["code"]]} if claim else await self._invoice_named(row["reference"])
        if target is None:
            return  # the reference names nothing: the money stays the enterprise's credit until somebody asks
        amount = Decimal(row["amount"])
        if claim is None:
            amount = min(amount, self._open[row["reference"]])
            self._open[row["reference"]] -= amount
        if amount:
            await call.post(
                "billing",
                f"/payments/{payment['id']}/allocations",
                {**target, "amount": entry.money(str(amount)), "allocated_on": row["received_on"]},
                role=Role.PARTNER_FINANCE,
                partner=partner,
                once=f"allocation/{once}",
            )

    async def _invoice_named(self, reference: str) -> dict[str, str] | None:
        if not self._entry.issued.has(reference):
            return None
        invoice: dict[str, Any] = await self._entry.issued.get(reference)
        if reference not in self._open:
            share = invoice["enterprise_share"]
            self._open[reference] = Money.parse(share["amount"], share["currency"]).decimal
        return {"invoice_id": invoice["id"]}


async def _one_after_another(enter: Callable[[Row], Awaitable[None]], rows: list[Row]) -> None:
    for row in rows:
        await enter(row)
