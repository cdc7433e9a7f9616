"""Why a formula does not reach its cost: the gap explained from accounts, apart from the view that made the figure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Column, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.posting import EntryKind
from services.billing.domain.recovery import PAYERS, Component, Measured
from services.billing.queries.asked import Asked, within
from services.billing.queries.recovery import Sums
from services.billing.schemas.targets import GapLine, Reconciliation
from services.billing.tables import account, entry, posting
from shared.events.vocabulary import Basis
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
_BILLING: Final = frozenset({EntryKind.INVOICE, EntryKind.CREDIT_NOTE, EntryKind.CLAIM_REDUCTION})
_EARNING: Final = frozenset({EntryKind.INCOME, EntryKind.CLAIM_APPROVAL})
_PAYING: Final = frozenset({EntryKind.ALLOCATION})


class Movements:
    """Debits less credits by account code and kind of entry, without gifts in kind, which stand on both sides."""

    def __init__(self, rows: Iterable[tuple[str, str, int]]) -> None:
        self._rows = list(rows)

    def sum(self, *starts: str, kinds: Iterable[str] | None = None, but: Iterable[str] = ()) -> int:
        """Add up the accounts whose code begins with one of `starts`, in entries of `kinds` and of none in `but`."""
        wanted, unwanted = None if kinds is None else set(kinds), set(but)
        return sum(
            minor
            for code, kind, minor in self._rows
            if code.startswith(starts) and (wanted is None or kind in wanted) and kind not in unwanted
        )

    def others(self, *starts: str, kinds: Iterable[str]) -> int:
        """Add up all other accounts in entries of `kinds`."""
        return sum(minor for code, kind, minor in self._rows if kind in set(kinds) and not code.startswith(starts))


async def movements(connection: AsyncConnection, asked: Asked) -> Movements:
    """Read what moved on every account in the window and scope; closing a year moves nothing that counts here."""
    query = (
        select(account.c.code, entry.c.kind, func.sum(posting.c.base_minor).label("minor"))
        .select_from(posting)
        .join(account, account.c.id == posting.c.account_id)
        .join(entry, entry.c.id == posting.c.entry_id)
        .where(
            posting.c.programme == asked.programme,
            ~posting.c.is_in_kind,
            entry.c.kind != EntryKind.CLOSING.value,
            within(asked, _COLUMNS),
        )
        .group_by(account.c.code, entry.c.kind)
    )
    return Movements((row.code, row.kind, int(row.minor)) for row in await connection.execute(query))


_RECEIVABLE: Final = ("1110", "1120")
_DEFERRED: Final = ("2130", "2140")
_INCOME: Final = ("40", "41")


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
    cost = moved.sum("5")
    if Component.C_OVH in measured.formula.denominator:
        cost += moved.sum("6")
    yield "result", "cost less fee and subsidy income, by the accounts", cost + moved.sum(*_INCOME)
    billing = {kind.value for kind in _BILLING | _EARNING}
    yield "not-yet-income", "billed and not yet income (2130, 2140)", moved.sum(*_DEFERRED)
    yield (
        "booked-otherwise",
        "income and deferrals booked otherwise than by invoices and claims",
        -moved.sum(*_INCOME, *_DEFERRED, but=billing),
    )
    yield (
        "taxes-and-others",
        "other accounts in the entries of invoices and claims, such as taxes",
        moved.others(*_RECEIVABLE, *_DEFERRED, *_INCOME, kinds=billing),
    )
    billed = moved.sum(*_RECEIVABLE, kinds={kind.value for kind in _BILLING})
    if basis is Basis.CONTRACTED:
        yield "not-billed", "agreed and not billed (9110)", billed - moved.sum("9110")
    elif basis is Basis.RECEIVED:
        receivable = moved.sum(*_RECEIVABLE)
        settled = {kind.value for kind in _BILLING | _PAYING}
        yield "unpaid", "billed and not paid (1110, 1120)", receivable
        yield (
            "settled-otherwise",
            "receivables that went otherwise than by payment",
            -moved.sum(*_RECEIVABLE, but=settled),
        )
