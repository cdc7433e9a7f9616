"""Whole entries, line by line: what a mutation of a posting rule would change is seen here, without a database."""

from datetime import date
from uuid import UUID

import pytest

from services.billing.domain.accounts import Account
from services.billing.domain.allocations import OpenShare, allocation_entry, fill
from services.billing.domain.claims import ClaimItem, Funder, approval_entry, approve, reduction_entry
from services.billing.domain.payments import Payer
from services.billing.domain.posting import Dimensions, Entry, EntryKind, Posting, Source, UnbalancedEntry, entry
from services.billing.domain.shares import Offer, Share, split_price
from services.billing.domain.tax import TaxOwed
from shared.events.vocabulary import Delivery, PayerClass
from shared.money import Money

DAY = date(2016, 3, 1)
FIRM, DEAL, PAPER, SHARE, OTHER, TRAINING = (UUID(int=number) for number in range(1, 7))
WHERE = Dimensions("II", TRAINING, "WPC", "LP", Delivery.DIRECT)
ELSEWHERE = Dimensions("III", OTHER, "OSH", "SC", Delivery.INDIRECT)


def bob(minor: int) -> Money:
    return Money(minor, "BOB")


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def by(where: Dimensions, payer_class: PayerClass, agreement_id: UUID | None = None) -> Dimensions:
    """Return dimensions with a payer in them."""
    return Dimensions(
        where.phase, where.training_id, where.module, where.region, where.delivery, payer_class, agreement_id
    )


def test_an_enterprises_money_is_set_against_its_own_receivable() -> None:
    payer = Payer(PayerClass.ENTERPRISE, FIRM, None)
    made = allocation_entry(PAPER, payer, fill(bob(700), [OpenShare(SHARE, bob(700), WHERE)]), DAY)
    fee = by(WHERE, PayerClass.ENTERPRISE)
    assert made == Entry(
        EntryKind.ALLOCATION,
        DAY,
        Source("allocation", PAPER),
        (
            Posting(Account("2110", enterprise_id=FIRM), bob(700), fee),
            Posting(Account("1110", enterprise_id=FIRM), bob(-700), fee),
        ),
    )


def test_a_funders_money_is_set_against_each_share_in_that_shares_dimensions() -> None:
    payer = Payer(PayerClass.DONOR, None, DEAL)
    shares = [OpenShare(SHARE, bob(300), WHERE), OpenShare(OTHER, bob(900), ELSEWHERE)]
    made = allocation_entry(PAPER, payer, fill(bob(500), shares), DAY)
    first, second = by(WHERE, PayerClass.DONOR, DEAL), by(ELSEWHERE, PayerClass.DONOR, DEAL)
    unapplied, receivable = Account("2110", agreement_id=DEAL), Account("1120", agreement_id=DEAL)
    assert made == Entry(
        EntryKind.ALLOCATION,
        DAY,
        Source("allocation", PAPER),
        (
            Posting(unapplied, bob(300), first),
            Posting(receivable, bob(-300), first),
            Posting(unapplied, bob(200), second),
            Posting(receivable, bob(-200), second),
        ),
    )


def test_the_tax_in_an_allocation_is_paid_off_without_a_payer_class() -> None:
    payer = Payer(PayerClass.ENTERPRISE, FIRM, None)
    shares = [OpenShare(SHARE, bob(113), WHERE, TaxOwed(113, 13)), OpenShare(OTHER, bob(9), ELSEWHERE)]
    made = allocation_entry(PAPER, payer, fill(bob(113), shares), DAY)
    assert made is not None
    unapplied, receivable = Account("2110", enterprise_id=FIRM), Account("1110", enterprise_id=FIRM)
    assert made.postings == (
        Posting(unapplied, bob(113), by(WHERE, PayerClass.ENTERPRISE)),
        Posting(receivable, bob(-100), by(WHERE, PayerClass.ENTERPRISE)),
        Posting(receivable, bob(-13), WHERE),
    )
    with pytest.raises(ValueError, match="an allocation exceeds what is owed"):
        fill(bob(123), shares)


@pytest.mark.parametrize(
    ("payer_class", "income"),
    [
        (PayerClass.GOVERNMENT, "4110"),
        (PayerClass.LEAD_BUYER, "4120"),
        (PayerClass.DONOR, "4120"),
        (PayerClass.PARTNER, "4140"),
        (PayerClass.ILO, "4190"),
    ],
)
def test_what_is_approved_becomes_income_and_the_rest_is_taken_back(payer_class: PayerClass, income: str) -> None:
    funder = Funder(payer_class, DEAL)
    items = [ClaimItem(SHARE, bob(600), WHERE), ClaimItem(OTHER, bob(400), ELSEWHERE)]
    approved = approve(items, bob(500))
    assert [each.amount for each in approved] == [bob(300), bob(200)]
    first, second = by(WHERE, payer_class, DEAL), by(ELSEWHERE, payer_class, DEAL)

    def account(code: str) -> Account:
        return Account(code, agreement_id=DEAL)

    assert approval_entry(PAPER, funder, approved, DAY) == Entry(
        EntryKind.CLAIM_APPROVAL,
        DAY,
        Source("claim", PAPER),
        (
            Posting(account("2140"), bob(300), first),
            Posting(account(income), bob(-300), first),
            Posting(account("2140"), bob(200), second),
            Posting(account(income), bob(-200), second),
        ),
    )
    assert reduction_entry(PAPER, funder, approved, DAY) == Entry(
        EntryKind.CLAIM_REDUCTION,
        DAY,
        Source("claim", PAPER),
        (
            Posting(account("2140"), bob(300), first),
            Posting(account("1120"), bob(-300), first),
            Posting(account("2140"), bob(200), second),
            Posting(account("1120"), bob(-200), second),
        ),
    )
    assert reduction_entry(PAPER, funder, approve(items, bob(1000)), DAY) is None


def test_a_subsidy_keeps_the_class_of_its_payer() -> None:
    offers = [Offer(DEAL, PayerClass.GOVERNMENT, 1_000, bob(10**6)), Offer(OTHER, PayerClass.ILO, 2_500, bob(50))]
    assert split_price(bob(1000), offers) == (
        Share(PayerClass.ENTERPRISE, None, bob(850)),
        Share(PayerClass.GOVERNMENT, DEAL, bob(100)),
        Share(PayerClass.ILO, OTHER, bob(50)),
    )


BANK, TRADING, RESULT = Account("1010"), Account("7940"), Account("7920")
RATE = UUID(int=9)


def line(account: Account, amount: Money, base: Money | None = None) -> Posting:
    """Return a line; `base` is its worth in the book's currency."""
    return Posting(account, amount, Dimensions(), base, None if base is None else RATE)


def made_of(*lines: Posting) -> Entry | None:
    """Return the entry of `lines`."""
    return entry(EntryKind.TRANSFER, DAY, Source("voucher", PAPER), lines, "why")


def test_an_entry_keeps_everything_it_was_given() -> None:
    lines = (line(BANK, bob(5)), line(TRADING, bob(-5)))
    assert made_of(*lines) == Entry(EntryKind.TRANSFER, DAY, Source("voucher", PAPER), lines, "why")
    assert made_of() is None


def test_lines_of_nothing_are_left_out_but_a_change_of_worth_alone_is_something() -> None:
    bought = (
        line(BANK, usd(100), bob(691)),
        line(TRADING, usd(-100), bob(-691)),
        line(TRADING, bob(691)),
        line(BANK, bob(-691)),
    )
    whole = made_of(*bought, line(RESULT, bob(0)), line(RESULT, usd(0), bob(0)))
    assert whole is not None
    assert whole.postings == bought
    revalued = (
        line(BANK, usd(0), bob(9)),
        line(TRADING, usd(0), bob(-9)),
        line(TRADING, bob(9)),
        line(RESULT, bob(-9)),
    )
    kept = made_of(*revalued)
    assert kept is not None
    assert kept.postings == revalued


@pytest.mark.parametrize(
    "lines",
    [
        # off in one currency
        (line(BANK, bob(5)), line(TRADING, bob(-4))),
        # off in both currencies, and yet in the book's it adds up
        (line(BANK, usd(100), bob(691)), line(BANK, bob(-691))),
        # each currency adds up, and in the book's it does not
        (line(BANK, usd(100), bob(691)), line(TRADING, usd(-100), bob(-690))),
        # amounts cancel that are worth something
        (line(BANK, usd(0), bob(9)), line(TRADING, bob(9)), line(RESULT, bob(-9))),
        # two currencies, each balanced in itself, neither of which says what it is worth in the other
        (line(BANK, usd(100)), line(TRADING, usd(-100)), line(BANK, bob(5)), line(TRADING, bob(-5))),
    ],
)
def test_an_entry_that_is_off_in_a_currency_or_in_the_books_is_refused(lines: tuple[Posting, ...]) -> None:
    with pytest.raises(UnbalancedEntry, match=f"transfer of voucher {PAPER} is off by"):
        made_of(*lines)
