"""What a line may be: reasons and scores, the best first."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from services.billing.domain.allocations import OpenItem
from services.billing.domain.banking import MatchKind
from services.billing.domain.matching import (
    ByHand,
    Debtor,
    Known,
    OtherLine,
    PaidBefore,
    Seen,
    Suggestion,
    Why,
    mentions,
    suggest,
)
from shared.money import Money

DAY = date(2016, 2, 1)
FIRM, OTHER = UUID(int=1), UUID(int=2)


def bob(minor: int) -> Money:
    return Money(minor, "BOB")


def item(number: int, minor: int) -> OpenItem:
    name = f"INV-2016-{number:05d}"
    return OpenItem(UUID(int=100 + number), DAY + timedelta(days=number), name, (name,), bob(minor))


def debtor(
    *items: OpenItem, identifier: UUID = FIRM, name: str = "Panadería Illimani SRL", account: str = ""
) -> Debtor:
    return Debtor(identifier, None, name, frozenset({account} if account else ()), items)


def seen(minor: int, said: str = "", party: str = "", account: str = "", *, is_reversal: bool = False) -> Seen:
    return Seen(bob(minor), DAY, said, party, account, is_reversal)


def best(line: Seen, known: Known) -> Suggestion:
    found = suggest(line, known)
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    return found[0]


def knows(
    *debtors: Debtor,
    by_hand: tuple[ByHand, ...] = (),
    payments: tuple[PaidBefore, ...] = (),
    lines: tuple[OtherLine, ...] = (),
) -> Known:
    return Known(debtors, by_hand, payments, lines)


def test_a_named_invoice_of_the_same_amount_is_nearly_sure() -> None:
    first = best(seen(700, "pago INV 2016 00001"), knows(debtor(item(1, 700), item(2, 700))))
    assert first.reasons == (Why.NAMED, Why.EXACT)
    assert (first.score, first.enterprise_id) == (80, FIRM)
    assert [(each.number, amount.minor) for each, amount in first.targets] == [("INV-2016-00001", 700)]


def test_two_named_invoices_share_the_money_oldest_due_first() -> None:
    first = best(seen(1_000, "INV201600002 + inv-2016-00001"), knows(debtor(item(2, 400), item(1, 600), item(3, 5))))
    assert Why.SEVERAL in first.reasons
    assert [(each.number, amount.minor) for each, amount in first.targets] == [
        ("INV-2016-00001", 600),
        ("INV-2016-00002", 400),
    ]


def test_an_amount_that_only_one_owes_is_a_hint_and_one_that_two_owe_is_none() -> None:
    assert best(seen(700), knows(debtor(item(1, 700)))).reasons == (Why.EXACT, Why.ONLY_ONE)
    two = knows(debtor(item(1, 700)), debtor(item(2, 700), identifier=OTHER, name="Otra Firma"))
    assert suggest(seen(700), two) == ()


def test_a_payer_known_by_account_and_name_pays_what_fits_by_amount_or_by_sum() -> None:
    known = knows(debtor(item(1, 500), item(2, 300), item(3, 200), account="DE1"))
    first = best(seen(500, party="illimani panadería", account="DE1"), known)
    assert {Why.ACCOUNT_SEEN, Why.NAME, Why.EXACT} <= set(first.reasons)
    assert first.score == 100
    summed = best(seen(700, account="DE1"), known)
    assert [each.number for each, _ in summed.targets] == ["INV-2016-00001", "INV-2016-00003"]
    anything = best(seen(150, account="DE1"), known)
    assert [(each.number, amount.minor) for each, amount in anything.targets] == [("INV-2016-00001", 150)]


def test_an_amount_a_little_short_is_within_tolerance_and_leaves_the_rest_open() -> None:
    first = best(seen(990, "INV-2016-00001"), knows(debtor(item(1, 1_000))))
    assert first.reasons == (Why.NAMED, Why.TOLERANCE)
    assert first.targets[0][1] == bob(990)
    assert Why.TOLERANCE not in best(seen(900, "INV-2016-00001"), knows(debtor(item(1, 1_000)))).reasons


def test_money_recorded_by_hand_is_linked_rather_than_taken_twice() -> None:
    hand = ByHand(UUID(int=9), bob(700), DAY, "INV-2016-00001")
    first = best(seen(700, "INV-2016-00001"), knows(debtor(item(1, 700)), by_hand=(hand,)))
    assert (first.kind, first.entry_id, first.score) == (MatchKind.LINK, UUID(int=9), 100)
    late = ByHand(UUID(int=9), bob(700), DAY + timedelta(days=11), "")
    assert suggest(seen(700), knows(by_hand=(late,))) == ()


def test_a_line_of_another_own_account_with_the_opposite_amount_is_a_transfer() -> None:
    other = OtherLine(UUID(int=5), bob(-700), DAY + timedelta(days=2))
    assert best(seen(700), knows(lines=(other,))).counter_line_id == UUID(int=5)
    assert suggest(seen(700), knows(lines=(OtherLine(UUID(int=5), bob(700), DAY),))) == ()


@pytest.mark.parametrize(("is_reversal", "kind"), [(True, MatchKind.BOUNCE), (False, MatchKind.REFUND)])
def test_money_that_goes_out_is_a_bounce_or_a_refund(is_reversal: bool, kind: MatchKind) -> None:  # noqa: FBT001
    paid = PaidBefore(UUID(int=7), bob(700), bob(700), DAY, ("INV-2016-00001",), "DE1", "Panadería Illimani SRL")
    first = best(seen(-700, "devolución", account="DE1", is_reversal=is_reversal), knows(payments=(paid,)))
    assert (first.kind, first.payment_id) == (kind, UUID(int=7))


def test_a_charge_says_so() -> None:
    assert best(seen(-5, "Comisión por transferencia"), knows()).kind is MatchKind.BANK_CHARGE
    assert suggest(seen(-5, "cargotec"), knows()) == ()


@pytest.mark.parametrize(
    ("reference", "means"),
    [
        ("INV-2016-00012", True),
        ("inv/2016/00012", True),
        ("pago INV201600012 gracias", True),
        ("INV - 2016 - 00012", True),
        ("INV-2016-000123", False),
        ("XINV-2016-00012", False),
        ("INV-2016-0012", False),
        ("INV ..... 2016 00012", False),
        ("", False),
    ],
)
def test_a_number_is_found_however_it_is_separated(reference: str, means: bool) -> None:  # noqa: FBT001
    assert mentions(reference, ("INV-2016-00012",)) is means
