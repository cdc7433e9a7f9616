"""A price is split to the last minor unit, within every ceiling."""

import csv
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.agreements import WHOLE
from services.billing.domain.shares import Offer, split_price
from shared.events.vocabulary import PayerClass
from shared.money import Money, MoneyError

CLASSES = [PayerClass.GOVERNMENT, PayerClass.ILO, PayerClass.DONOR, PayerClass.LEAD_BUYER, PayerClass.PARTNER]


def offer(number: int, share: int, remaining: int = 10**14, currency: str = "BOB") -> Offer:
    return Offer(UUID(int=number + 1), CLASSES[number % 5], share, Money(remaining, currency))


@st.composite
def offers(draw: st.DrawFn) -> list[Offer]:
    left, made = WHOLE, []
    for number in range(draw(st.integers(0, 5))):
        share = draw(st.integers(0, left))
        left -= share
        made.append(offer(number, share, draw(st.one_of(st.just(10**14), st.integers(0, 10**6)))))
    return made


@given(st.integers(1, 10**9), offers())
def test_shares_make_the_price_exactly_and_no_agreement_pays_beyond_its_ceiling(
    price: int, given_: list[Offer]
) -> None:
    shares = split_price(Money(price, "BOB"), given_)
    assert sum(share.amount.minor for share in shares) == price
    assert shares[0].payer_class is PayerClass.ENTERPRISE
    assert shares[0].agreement_id is None
    left = {each.agreement_id: each.remaining.minor for each in given_}
    for share in shares[1:]:
        assert share.agreement_id is not None
        assert 0 < share.amount.minor <= left[share.agreement_id]
    assert all(share.amount.minor >= 0 for share in shares)


@given(st.integers(1, 10**9), offers())
def test_without_a_ceiling_in_the_way_every_share_is_within_one_minor_unit_of_its_part(
    price: int, given_: list[Offer]
) -> None:
    unbound = [Offer(each.agreement_id, each.payer_class, each.share, Money(price, "BOB")) for each in given_]
    got = {share.agreement_id: share.amount.minor for share in split_price(Money(price, "BOB"), unbound)}
    for each in unbound:
        assert abs(got.get(each.agreement_id, 0) * WHOLE - price * each.share) < WHOLE


def test_the_enterprise_pays_what_is_left_of_a_ceiling() -> None:
    shares = split_price(Money(100_00, "BOB"), [offer(0, 6_000, 10_00), offer(1, 4_000)])
    assert [share.amount.amount for share in shares] == ["50.00", "10.00", "40.00"]


def test_a_used_up_agreement_is_no_payer_any_more() -> None:
    assert [share.payer_class for share in split_price(Money(100, "BOB"), [offer(0, 5_000, 0)])] == [
        PayerClass.ENTERPRISE
    ]


def test_promises_beyond_the_whole_price_are_an_error() -> None:
    with pytest.raises(MoneyError):
        split_price(Money(100, "BOB"), [offer(0, 6_000), offer(1, 4_001)])


@pytest.mark.parametrize(("share", "enterprise"), [(7_500, "500.00"), (5_000, "1000.00")])
def test_the_published_tiers_of_peru(share: int, enterprise: str) -> None:
    shares = split_price(Money.parse("2000.00", "USD"), [offer(1, share, currency="USD")])
    assert shares[0].amount.amount == enterprise


@pytest.mark.parametrize(("government", "chamber", "enterprise"), [(6_500, 2_000, "15.00"), (6_500, 1_500, "20.00")])
def test_the_published_colombian_splits_make_one_hundred(government: int, chamber: int, enterprise: str) -> None:
    shares = split_price(Money.parse("100.00", "COP"), [
        offer(0, government, currency="COP"), offer(4, chamber, currency="COP")
    ])  # fmt: skip
    assert shares[0].amount.amount == enterprise
    assert sum(share.amount.minor for share in shares) == 100_00


@pytest.mark.parametrize("currency", ["VND", "BOB", "TND"])
def test_currencies_with_none_two_and_three_decimals_split_alike(currency: str) -> None:
    shares = split_price(Money(1_000, currency), [offer(number, 3_333, currency=currency) for number in range(3)])
    assert [share.amount.minor for share in shares] == [0, 334, 333, 333]


def test_every_peru_row_of_the_demo_roster_comes_out_whole() -> None:
    folder = Path(__file__).parents[3] / "deploy" / "demo" / "peru"
    rows = list(csv.DictReader((folder / "subsidies.csv").read_text("utf-8").splitlines()))
    assert len(rows) == 2
    for row in rows:
        points = int(row["share_pct"].replace(".", ""))
        enterprise, ilo = split_price(Money.parse("2000.00", "USD"), [offer(1, points, currency="USD")])
        assert enterprise.amount.minor * WHOLE == 2000_00 * (WHOLE - points)
        assert ilo.amount.minor * WHOLE == 2000_00 * points
