"""Why a formula does not reach its cost: the gap explained from accounts, apart from the view that made the figure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.posting import EntryKind
from services.billing.domain.recovery import PAYERS, Component, Measured
from services.billing.queries.asked import Asked, within
from services.billing.queries.recovery import Sums
from services.billing.schemas.targets import GapLine, Reconciliation
from services.billing.tables import account, entry, posting
from shared.events.vocabulary import Basis, PayerClass
from shared.money import Money

_COLUMNS: Mapping[str, Column[Any]] = {
    "day": posting.c.effective_on,
    "partner": account.c.book_id,
    "module": posting.c.module,
    "region": posting.c.region,
    "delivery": posting.c.delivery,
    "training": posting.c.training_id,
    "phase": posting.c.phase,
}
_INVOICED: Final = frozenset({EntryKind.INVOICE, EntryKind.CREDIT_NOTE, EntryKind.CLAIM_REDUCTION, EntryKind.WRITE_OFF})
_EARNING: Final = frozenset({EntryKind.INCOME, EntryKind.CLAIM_APPROVAL})
_RECEIVED: Final = frozenset({EntryKind.ALLOCATION, EntryKind.OFFSET})
_GIVEN: Final = frozenset({EntryKind.COST, EntryKind.IN_KIND})
_RECEIVABLE: Final = ("1110", "1120")
_DEFERRED: Final = ("2130", "2140")
_INCOME: Final = ("40", "41")
_ILO: Final = "4190"


@dataclass(frozen=True, slots=True)
class Movement:
    """Debits less credits of an account code in entries of a kind; lines of tax name no payer."""

    code: str
    kind: EntryKind
    of_payer: bool
    minor: int


class Movements:
    """What moved on every account, without gifts in kind of others than the ILO, which stand on both sides."""

    def __init__(self, moved: Iterable[Movement]) -> None:
        self._moved = tuple(moved)

    def sum(
        self, *starts: str, kinds: Collection[EntryKind] | None = None, but: Collection[EntryKind] = frozenset()
    ) -> int:
        """Add up the accounts whose code begins with one of `starts`, in entries of `kinds` and of none in `but`."""
        return sum(
            each.minor
            for each in self._moved
            if each.code.startswith(starts) and (kinds is None or each.kind in kinds) and each.kind not in but
        )

    def owed(self, *, kinds: Collection[EntryKind] | None = None, but: Collection[EntryKind] = frozenset()) -> int:
        """Add up what payers owe, without tax."""
        return Movements(each for each in self._moved if each.of_payer).sum(*_RECEIVABLE, kinds=kinds, but=but)

    def others(self, kinds: Collection[EntryKind]) -> int:
        """Add up, in entries of `kinds`, all but what payers owe, deferrals and income: tax, losses, credits."""
        return sum(
            each.minor
            for each in self._moved
            if each.kind in kinds
            and not each.code.startswith((*_DEFERRED, *_INCOME))
            and not (each.of_payer and each.code in _RECEIVABLE)
        )


async def movements(connection: AsyncConnection, asked: Asked) -> Movements:
    """Read what moved in the window and scope; closing a year moves nothing that counts here."""
    of_payer = posting.c.payer_class.is_not(None).label("of_payer")
    query = (
        select(account.c.code, entry.c.kind, of_payer, func.sum(posting.c.base_minor).label("minor"))
        .select_from(posting)
        .join(account, account.c.id == posting.c.account_id)
        .join(entry, entry.c.id == posting.c.entry_id)
        .where(
            posting.c.programme == asked.programme,
            or_(~posting.c.is_in_kind, posting.c.payer_class == PayerClass.ILO.value),
            entry.c.kind != EntryKind.CLOSING.value,
            within(asked, _COLUMNS),
        )
        .group_by(account.c.code, entry.c.kind, of_payer)
    )
    return Movements(
        Movement(row.code, EntryKind(row.kind), row.of_payer, int(row.minor)) for row in await connection.execute(query)
    )


def reconcile(measured: Measured, sums: Sums, basis: Basis, moved: Movements) -> Reconciliation:
    """Explain denominator less numerator: the ILO, payers that the formula leaves out, and what nobody paid.

    What nobody paid is taken from the result of the accounts and led over to the basis: fees and subsidies that are
    billed and not yet income, that are agreed and not billed, or that are billed and not paid. Each of these lines is a
    sum over accounts; only the payers are the components of the figure itself. So the difference is zero only where
    accounts and figure agree.
    """
    currency = measured.denominator.currency
    gap = measured.denominator - measured.numerator
    paid = [
        ("ilo" if payer is Component.I else f"payer-{payer}", text, sums.get(payer, 0))
        for payer, text in _PAYER_TEXT.items()
        if payer not in measured.formula.numerator
    ]
    unpaid = list(_deficit(measured, basis, moved))
    lines = [
        GapLine(reason=reason, text=text, amount=Money(minor, currency))
        for reason, text, minor in (*paid, *unpaid)
        if minor or reason in ("ilo", "result")
    ]
    explained = sum((line.amount.minor for line in lines), 0)
    difference = gap.minor - explained
    return Reconciliation(
        gap=gap,
        lines=lines,
        deficit=Money(sum(minor for _, _, minor in unpaid), currency),
        difference=Money(difference, currency),
        closes=difference == 0,
    )


_PAYER_TEXT: Final = {
    Component.I: "contribution of the ILO",
    Component.F: "enterprise fees, which this formula leaves out",
    Component.P: "the partner's own funds, which this formula leaves out",
    Component.G: "government money, which this formula leaves out",
    Component.B: "lead buyers' money, which this formula leaves out",
    Component.D: "donors' money, which this formula leaves out",
}
if set(_PAYER_TEXT) != set(PAYERS):
    raise AssertionError("every payer has a text")


def _deficit(measured: Measured, basis: Basis, moved: Movements) -> Iterator[tuple[str, str, int]]:
    # Every entry of an invoice, a credit note, a claim or a write-off balances, so what payers owe by it is the
    # opposite of all its other lines. What the ILO gives or pays directly is income of its cost entries.
    cost = moved.sum("5")
    if Component.C_OVH in measured.formula.denominator:
        cost += moved.sum("6")
    kinds = _INVOICED | _EARNING
    yield "result", "cost less fee and subsidy income, by the accounts", cost + moved.sum(*_INCOME)
    yield "not-yet-income", "billed and not yet income (2130, 2140)", moved.sum(*_DEFERRED)
    yield (
        "booked-otherwise",
        "income and deferrals booked otherwise than by invoices, claims and costs",
        moved.sum(_ILO, kinds=_GIVEN) - moved.sum(*_INCOME, *_DEFERRED, but=kinds),
    )
    yield "tax-and-losses", "tax, losses and credits in these entries", moved.others(kinds)
    billed = moved.owed(kinds=_INVOICED)
    if basis is Basis.CONTRACTED:
        yield "not-billed", "agreed and not billed (9110)", billed - moved.sum("9110")
    elif basis is Basis.RECEIVED:
        yield "unpaid", "billed and not paid (1110, 1120)", moved.owed()
        yield (
            "settled-otherwise",
            "receivables that went otherwise than by payment",
            -moved.owed(but=_INVOICED | _RECEIVED),
        )
