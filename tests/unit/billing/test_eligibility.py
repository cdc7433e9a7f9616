"""Which costs an agreement pays, on which days; and size classes that flip the published tiers at their boundary."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.agreements import AgreementStep
from services.billing.domain.eligibility import Candidate, CostTerms, refusal, suspended_on
from services.billing.domain.evidence import Evidence, Outcome, People, Session, Shown, Visit, canonical, counted
from services.billing.domain.prices import Validity
from services.billing.domain.shares import Offer, split_price
from shared.events.vocabulary import Level, PayerClass, Sex
from shared.money import Money
from tests.unit.enrollment.builders import version

FIRST = date(2016, 1, 1)
COLOMBIA = {"small": (6_500, 2_000, "15.00"), "medium": (6_500, 1_500, "20.00")}


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


@given(st.lists(st.integers(0, 30), max_size=6).map(sorted), st.integers(0, 30))
def test_an_agreement_is_suspended_from_a_suspension_to_the_next_resumption(days: list[int], asked: int) -> None:
    turns = (AgreementStep.SUSPENDED, AgreementStep.RESUMED)
    steps = [(turns[place % 2], day(number)) for place, number in enumerate(days)]
    expected = sum(number <= asked for number in days) % 2 == 1
    assert suspended_on([(AgreementStep.ACTIVATED, FIRST), *steps], day(asked)) == expected


TERMS = CostTerms(
    frozenset({"venue"}),
    Validity(day(0), day(20)),
    ((AgreementStep.SUSPENDED, day(5)), (AgreementStep.RESUMED, day(9))),
)


@pytest.mark.parametrize(
    ("different", "asked", "rule"),
    [
        ({}, None, None),
        ({}, 100, None),
        ({}, 101, "within-cost"),
        ({"left": 0}, None, "within-cost"),
        ({"is_in_kind": True}, None, "paid-in-money"),
        ({"kind": "travel"}, None, "eligible-kind"),
        ({"incurred_on": day(21)}, None, "within-validity"),
        ({"incurred_on": day(5)}, None, "not-suspended"),
        ({"incurred_on": day(9)}, None, None),
        ({"is_claimed": True}, None, "claimed-once"),
    ],
)
def test_a_cost_is_refused_by_the_rule_it_breaks(
    different: dict[str, object], asked: int | None, rule: str | None
) -> None:
    fields = {"kind": "venue", "incurred_on": day(1), "left": 100, "is_in_kind": False, "is_claimed": False}
    found = refusal(Candidate(cost_id=UUID(int=1), **{**fields, **different}), TERMS, asked)  # type: ignore[arg-type]
    assert (None if found is None else found.rule) == rule


@pytest.mark.parametrize(("headcount", "enterprise"), [(30, "15.00"), (50, "15.00"), (51, "20.00"), (250, "20.00")])
def test_the_colombian_tier_flips_exactly_at_the_size_boundary(headcount: int, enterprise: str) -> None:
    band = version().size_class_of(headcount)
    assert band is not None
    government, chamber, _ = COLOMBIA[band.code]
    price = Money.parse("100.00", "COP")
    shares = split_price(
        price,
        [
            Offer(UUID(int=1), PayerClass.GOVERNMENT, government, price),
            Offer(UUID(int=2), PayerClass.PARTNER, chamber, price),
        ],
    )
    assert shares[0].amount.amount == enterprise
    assert sum(share.amount.minor for share in shares) == price.minor


@given(
    st.integers(1, 10**6),
    st.lists(st.tuples(st.integers(0, 2_500), st.one_of(st.none(), st.integers(1, 10**6))), max_size=4),
)
def test_fixed_amounts_take_what_is_left_to_the_enterprise_and_no_more(
    price: int, given_: list[tuple[int, int | None]]
) -> None:
    offers = [
        Offer(
            UUID(int=number + 1),
            PayerClass.DONOR,
            share if fixed is None else 0,
            Money(10**9, "BOB"),
            None if fixed is None else Money(fixed, "BOB"),
        )
        for number, (share, fixed) in enumerate(given_)
    ]
    shares = split_price(Money(price, "BOB"), offers)
    got = {share.agreement_id: share.amount.minor for share in shares}
    assert sum(got.values()) == price
    assert min(got.values()) >= 0
    wanted = {offer.agreement_id: offer.fixed.minor for offer in offers if offer.fixed is not None}
    assert all(got.get(agreement, 0) <= minor for agreement, minor in wanted.items())
    if got[None]:
        assert all(got.get(agreement) == minor for agreement, minor in wanted.items())


def test_evidence_lacks_what_is_wanted_and_not_there_and_overhead_lacks_nothing() -> None:
    session = Session(UUID(int=1), 1, FIRST, (People(Sex.FEMALE, Level.WORKER, 2),))
    empty = Session(UUID(int=2), 2, FIRST, ())
    aborted = Visit(UUID(int=3), UUID(int=9), 1, FIRST, Outcome.ABORTED)
    both = list(Evidence)
    assert Shown(is_of_training=True, sessions=(session,), visits=(aborted,)).lacking(both) == (Evidence.VISIT,)
    assert Shown(is_of_training=True, sessions=(empty,), visits=()).lacking(both) == (
        Evidence.ATTENDANCE,
        Evidence.VISIT,
    )
    assert Shown(is_of_training=True, sessions=(empty,), visits=()).lacking([Evidence.VISIT]) == (Evidence.VISIT,)
    assert Shown(is_of_training=False, sessions=(), visits=()).lacking(both) == ()


def test_people_are_counted_by_sex_and_level() -> None:
    present = [(Sex.MALE, Level.WORKER), (Sex.FEMALE, Level.MANAGER), (Sex.MALE, Level.WORKER)]
    assert counted(present) == (People(Sex.FEMALE, Level.MANAGER, 1), People(Sex.MALE, Level.WORKER, 2))


def test_canonical_json_has_one_form() -> None:
    assert canonical({"b": 1, "a": ["ñ", None]}) == '{"a":["ñ",null],"b":1}' == canonical({"a": ["ñ", None], "b": 1})
