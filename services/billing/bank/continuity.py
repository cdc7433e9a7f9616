"""Whether a statement follows from the one before it on its account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.billing.bank.dedupe import Counted, count, count_on
from services.billing.bank.model import Statement, StatementRefused
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of an account: its balance, and the day until which statements have come (None: none yet)."""

    balance: Money
    until: date | None


@dataclass(frozen=True, slots=True)
class Followed:
    """A statement beside what is known: its lines, new or known, and what is missing between the two.

    `gap` is zero where the closing balance before, and the new lines, make the closing balance after. `adds`: whether
    there is anything to store, be it only that nothing moved until a later day.
    """

    lines: tuple[Counted, ...]
    gap: Money
    overlaps: bool
    adds: bool

    @property
    def new(self) -> tuple[Counted, ...]:
        """The lines that were not imported before."""
        return tuple(line for line in self.lines if not line.is_known)


def require_sum(statement: Statement, opening: Money, closing: Money) -> None:
    """Refuse a statement whose lines do not lead from its opening to its closing balance."""
    if opening + statement.turnover != closing:
        raise StatementRefused(
            "closing-balance",
            f"opening {opening} and lines of {statement.turnover} make {opening + statement.turnover}, "
            f"the statement closes at {closing}",
        )


def follow(statement: Statement, opening: Money, closing: Money, before: Before, known: Mapping[str, int]) -> Followed:
    """Set a statement beside the one before it.

    Lines known already add nothing, so a statement may overlap. Where it begins exactly with the balance and on the day
    at which the last one ended, a booking that equals one of that day is a second, genuine one. Raises StatementRefused
    `in-order` for a statement with new lines that ends before the last one.
    """
    counted = count(statement.lines, known)
    until = before.until
    ends_on = statement.to_on
    overlaps = until is not None and statement.from_on is not None and statement.from_on <= until
    fresh = [line for line in counted if not line.is_known]
    goes_on = until is None or (ends_on is not None and ends_on > until)
    if not fresh and not goes_on:
        return Followed(counted, Money.zero(closing.currency), overlaps, adds=False)
    gap = closing - before.balance - Money(sum(each.line.amount.minor for each in fresh), closing.currency)
    if gap and opening == before.balance and _begins_after(statement, until) and _only_said(counted):
        return Followed(count_on(statement.lines, known), Money.zero(closing.currency), overlaps=False, adds=True)
    if until is not None and ends_on is not None and ends_on < until:
        raise StatementRefused(
            "in-order", f"the statement ends on {ends_on} and has new lines, the account is imported until {until}"
        )
    return Followed(counted, gap, overlaps, adds=True)


def _begins_after(statement: Statement, until: date | None) -> bool:
    return until is None or (statement.from_on is not None and statement.from_on >= until)


def _only_said(counted: tuple[Counted, ...]) -> bool:
    """Tell whether every line that looks known does so by what was said, never by the bank's own reference."""
    return all(each.key.text.startswith("said:") for each in counted if each.is_known)
