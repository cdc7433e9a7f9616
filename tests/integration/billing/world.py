"""The calls that a partner's finance makes, and what billing answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID

import httpx

from tests.integration.billing.facts import START, Facts, Json


@dataclass(slots=True)
class World(Facts):
    """A programme with its facts, and finance at work in it."""

    async def send(
        self,
        path: str,
        body: object = None,
        *,
        role: str = "programme-manager",
        partner: UUID | None = None,
        key: str | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        subject: str = "tester",
    ) -> httpx.Response:
        """POST as the programme manager, or as `role`, `partner` and `subject` say."""
        return await self.client.post(
            f"{self.path}{path}",
            body,
            programme=self.programme,
            role=role,
            partner=partner,
            key=key,
            content=content,
            headers=headers,
            subject=subject,
        )

    async def done(
        self, path: str, body: object, *, role: str = "programme-manager", partner: UUID | None = None
    ) -> Json:
        """POST and expect 201."""
        answer = await self.send(path, body, role=role, partner=partner)
        assert answer.status_code == 201, answer.text
        result: Json = answer.json()
        return result

    async def refused(
        self, path: str, body: object, *, role: str = "programme-manager", partner: UUID | None = None
    ) -> tuple[int, str, str]:
        """POST and expect a refusal; returns status, field and rule of the first error (or the problem's type)."""
        answer = await self.send(path, body, role=role, partner=partner)
        assert 400 <= answer.status_code < 500, answer.text
        problem = answer.json()
        first = problem.get("errors", [{"field": "", "rule": problem["type"].rpartition(":")[2]}])[0]
        return answer.status_code, first["field"], first["rule"]

    async def get(
        self, path: str, cut: Mapping[str, object] | None = None, *, role: str = "auditor", partner: UUID | None = None
    ) -> httpx.Response:
        """GET with the query `cut`, as `role`, bound to `partner` where given."""
        token = self.client.token(role, self.programme, partner)
        query = urlencode({name: str(value) for name, value in (cut or {}).items()})
        return await self.client.http.get(f"{self.path}{path}?{query}", headers={"authorization": f"Bearer {token}"})

    async def show(
        self, path: str, cut: Mapping[str, object] | None = None, *, role: str = "auditor", partner: UUID | None = None
    ) -> Json:
        """GET and expect 200."""
        answer = await self.get(path, cut, role=role, partner=partner)
        assert answer.status_code == 200, answer.text
        result: Json = answer.json()
        return result

    async def all(
        self, path: str, cut: Mapping[str, object] | None = None, *, role: str = "auditor", partner: UUID | None = None
    ) -> list[Json]:
        """GET every item of a list, page by page."""
        items: list[Json] = []
        cursor: str | None = None
        while True:
            page = await self.show(
                path,
                {"limit": 100, **(cut or {}), **({"cursor": cursor} if cursor else {})},
                role=role,
                partner=partner,
            )
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items

    async def price(
        self,
        amount: str,
        module: str = "WPC",
        valid_from: date = date(2014, 1, 1),
        valid_to: str | None = None,
        partner: UUID | None = None,
    ) -> Json:
        """Add a price."""
        body = {"partner_id": str(partner or self.partner), "module": module, "valid_from": str(valid_from)}
        return await self.done("/prices", {**body, "valid_to": valid_to, "price": self.money(amount)})

    async def agreement(
        self,
        code: str,
        payer_class: str,
        shares: dict[str, str],
        ceiling: str = "1000000.00",
        partner: UUID | None = None,
        **more: object,
    ) -> Json:
        """Sign an agreement from 2014 on; `shares` are per cent by size class; `more` fields of the request."""
        body = {
            "code": code,
            "payer_class": payer_class,
            "payer_name": f"Payer {code} (demo)",
            "partner_id": None if partner is None else str(partner),
            "shares": [{"size_class": size, "share_pct": pct} for size, pct in shares.items()],
            "ceiling": self.money(ceiling),
            "valid_from": "2014-01-01",
            **more,
        }
        return await self.done("/agreements", body)

    async def grant(
        self, code: str, payer_class: str, kinds: Sequence[str], ceiling: str = "1000000.00", **more: object
    ) -> Json:
        """Sign an agreement over costs from 2014 on."""
        body = {
            "code": code,
            "payer_class": payer_class,
            "payer_name": f"Payer {code} (demo)",
            "funds": "costs",
            "cost_kinds": list(kinds),
            "ceiling": self.money(ceiling),
            "valid_from": "2014-01-01",
            **more,
        }
        return await self.done("/agreements", body)

    async def invoice_of(self, enrollment: UUID) -> Json:
        """Return the newest invoice of an enrollment."""
        return (await self.all("/invoices", {"enrollment_id": enrollment}))[-1]

    async def issue(self, invoice: Json, on: date = START, due: date | None = None) -> Json:
        """Issue a draft."""
        body = {"issued_on": str(on), "due_on": str(due or on + timedelta(days=30))}
        return await self.done(f"/invoices/{invoice['id']}/issue", body)

    async def pay(
        self,
        amount: str,
        on: date,
        *,
        enterprise_id: UUID | None = None,
        agreement_id: str | None = None,
        reference: str = "",
        partner: UUID | None = None,
        method: str = "bank",
    ) -> Json:
        """Record a payment."""
        payer = {"agreement_id": agreement_id} if enterprise_id is None else {"enterprise_id": str(enterprise_id)}
        body = {"partner_id": str(partner or self.partner), **payer, "received_on": str(on), "method": method}
        return await self.done("/payments", {**body, "amount": self.money(amount), "reference": reference})

    async def allocate(
        self, payment: Json, amount: str, on: date, *, invoice_id: str | None = None, claim_id: str | None = None
    ) -> Json:
        """Allocate part of a payment."""
        body = {"amount": self.money(amount), "allocated_on": str(on), "invoice_id": invoice_id, "claim_id": claim_id}
        return await self.done(f"/payments/{payment['id']}/allocations", body)

    async def cost(
        self,
        amount: str,
        kind: str,
        on: date,
        training: UUID | None = None,
        *,
        funding: str = "cash",
        partner: UUID | None = None,
        **more: object,
    ) -> Json:
        """Record a cost; what is given in kind comes from a member at market price."""
        body = {
            "partner_id": str(partner or self.partner),
            "training_id": None if training is None else str(training),
            "kind": kind,
            "funding": funding,
            "incurred_on": str(on),
            "amount": self.money(amount),
            "description": kind,
        }
        gift = {"given_by": "A member (demo)", "valuation": "market-price"} if funding.endswith("in-kind") else {}
        return await self.done("/costs", {**body, **gift, **more})

    async def claim(
        self,
        agreement: Json,
        on: date,
        *,
        training_ids: Sequence[UUID] | None = None,
        invoice_ids: Sequence[str] | None = None,
        costs: Sequence[tuple[Json, str | None]] | None = None,
        draft: bool = False,
    ) -> Json:
        """Submit a claim, or keep it as a draft; `costs` with the amounts claimed, None for what is left."""
        body: Json = {"agreement_id": agreement["id"], "partner_id": str(self.partner)}
        body |= {"state": "draft"} if draft else {"submitted_on": str(on)}
        return await self.done("/claims", {**body, **self.targets(training_ids, invoice_ids, costs)})

    def targets(
        self,
        training_ids: Sequence[UUID] | None = None,
        invoice_ids: Sequence[str] | None = None,
        costs: Sequence[tuple[Json, str | None]] | None = None,
    ) -> Json:
        """Return what a claim asks for as a request says it."""
        if training_ids is not None:
            return {"training_ids": [str(each) for each in training_ids]}
        if costs is not None:
            asked = ((cost["id"], None if amount is None else self.money(amount)) for cost, amount in costs)
            return {"costs": [{"cost_id": cost_id, "amount": amount} for cost_id, amount in asked]}
        return {"invoice_ids": invoice_ids}

    async def step(self, claim: Json, step: str, on: date, amount: str | None = None, **more: object) -> Json:
        """Take a step of a claim: approve, reject, return, reduce, withdraw, submit, close."""
        days = {"submit": "submitted_on", "approve": "approved_on", "reject": "rejected_on", "return": "returned_on"}
        days |= {"reduce": "reduced_on", "withdraw": "withdrawn_on", "close": "closed_on", "revise": "revised_on"}
        body: Json = {days[step]: str(on), **more}
        if amount is not None:
            body["amount"] = self.money(amount)
        if step in ("reject", "return", "reduce", "withdraw"):
            body.setdefault("reason", "as the funder wrote")
        return await self.done(f"/claims/{claim['id']}/{step}", body)

    async def rate(self, base: str, quote: str, rate: str, on: date, source: str = "un-operational") -> Json:
        """Record an exchange rate."""
        body = {"base": base, "quote": quote, "rate": rate, "on_date": str(on), "source": source}
        return await self.done("/fx-rates", {**body, "source_note": "circular (demo)"})

    async def target(self, formula: str, percent: str | None, phase: str = "II", **cut: str) -> Json:
        """Record a target by hand."""
        body = {"phase": phase, "formula": formula, "percent": percent, "source_note": "log-frame (demo)", **cut}
        return await self.done("/cost-recovery/targets", body)

    async def recovery(
        self, basis: str, cut: Mapping[str, object] | None = None, *, role: str = "auditor", partner: UUID | None = None
    ) -> Json:
        """Return cost recovery as {formula: percent or None} plus the components' amounts."""
        shown = await self.show("/cost-recovery", {"basis": basis, **(cut or {})}, role=role, partner=partner)
        amounts = {name: money["amount"] for name, money in shown["components"].items()}
        return {**{each["formula"]: each["percent"] for each in shown["ratios"]}, **amounts}

    async def balances(self, partner: UUID | None = None, **cut: object) -> dict[str, str]:
        """Return debit-positive balances that are not zero, by account code, sub-accounts taken together."""
        trial = await self.show(f"/books/{partner or self.partner}/trial-balance", cut)
        assert trial["total_debit"] == trial["total_credit"]
        lines = {line["code"]: (line["debit"]["amount"], line["credit"]["amount"]) for line in trial["lines"]}
        return {
            code: debit if float_free(debit) else f"-{credit}"
            for code, (debit, credit) in lines.items()
            if float_free(debit) or float_free(credit)
        }

    async def said(self, event: str) -> list[Json]:
        """Return the data of every event of a type, by its last part, for example `invoice-issued`."""
        return [stored.data for stored in await self.client.events() if stored.type == f"billing.{event}.v1"]

    async def clean(self) -> None:
        """Assert that the service's own verification finds nothing."""
        found = await self.client.findings()
        assert found == [], found


def float_free(amount: str) -> bool:
    """Tell whether a decimal string is not zero, without making it a float."""
    return any(digit in "123456789" for digit in amount)
