"""Which card rates a delivery, and what a day or visit takes."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.costs import CostKind
from services.billing.domain.prices import Validity
from services.billing.domain.rates import BOOKED_AS, UNITS, Card, Need, RateItem, choose, items_of_session
from shared.events.vocabulary import Delivery
from shared.money import Money

DAY = date(2016, 1, 4)
PARTNERS = [UUID(int=1), UUID(int=2)]
TRAINERS = [UUID(int=11), UUID(int=12)]
MODULES = ["WPC", "OSH"]


def card(
    number: int, partner: UUID | None, trainer: UUID | None, module: str | None, delivery: Delivery | None
) -> Card:
    return Card(
        UUID(int=100 + number),
        RateItem.VISIT,
        partner,
        trainer,
        module,
        delivery,
        Validity(DAY),
        Money(number, "BOB"),
        CostKind.TRAINER_DAYS,
    )


KEYS = [
    (partner, trainer, module, delivery)
    for partner in (None, *PARTNERS)
    for trainer in (None, *TRAINERS)
    for module in (None, *MODULES)
    for delivery in (None, *Delivery)
]


@given(
    st.lists(st.sampled_from(KEYS), unique=True, max_size=20),
    st.sampled_from(PARTNERS),
    st.sampled_from([None, *TRAINERS]),
    st.sampled_from(MODULES),
    st.sampled_from(list(Delivery)),
)
def test_the_chosen_card_fits_and_no_other_that_fits_is_more_specific(
    keys: list[tuple[UUID | None, UUID | None, str | None, Delivery | None]],
    partner: UUID,
    trainer: UUID | None,
    module: str,
    delivery: Delivery,
) -> None:
    cards = [card(number, *key) for number, key in enumerate(keys, start=1)]
    wanted = (partner, trainer, module, delivery)
    fitting = {
        each.id: tuple(part is not None for part in key)
        for each, key in zip(cards, keys, strict=True)
        if all(part in (None, asked) for part, asked in zip(key, wanted, strict=True))
    }
    chosen = choose(cards, Need(RateItem.VISIT, partner, trainer, module, delivery, DAY))
    if chosen is None:
        assert fitting == {}
        return
    assert all(rank <= fitting[chosen.id] for rank in fitting.values())
    # A card that says all that another says, and more, beats it.
    assert not any(
        all(mine <= others for mine, others in zip(fitting[chosen.id], rank, strict=True)) and each != chosen.id
        for each, rank in fitting.items()
    )
    assert choose(reversed(cards), Need(RateItem.VISIT, partner, trainer, module, delivery, DAY)) == chosen


def test_a_card_holds_on_both_its_days_for_its_item_and_for_a_trainer_only_where_one_is_known() -> None:
    spell = Validity(DAY, DAY + timedelta(days=1))
    of_trainer = Card(
        UUID(int=1), RateItem.VISIT, None, TRAINERS[0], None, None, spell, Money(5, "BOB"), CostKind.TRAVEL
    )

    def found(item: RateItem, trainer: UUID | None, day: date) -> bool:
        return choose([of_trainer], Need(item, PARTNERS[0], trainer, "WPC", Delivery.DIRECT, day)) is not None

    assert found(RateItem.VISIT, TRAINERS[0], DAY)
    assert found(RateItem.VISIT, TRAINERS[0], DAY + timedelta(days=1))
    assert not found(RateItem.VISIT, TRAINERS[0], DAY - timedelta(days=1))
    assert not found(RateItem.VISIT, TRAINERS[0], DAY + timedelta(days=2))
    assert not found(RateItem.VENUE_DAY, TRAINERS[0], DAY)
    assert not found(RateItem.VISIT, None, DAY)
    assert of_trainer.cost_of(3) == Money(15, "BOB")


def test_every_item_has_a_unit_and_a_kind_it_books() -> None:
    assert set(UNITS) == set(BOOKED_AS) == set(RateItem)


def test_a_day_without_anybody_takes_the_trainer_and_the_venue() -> None:
    assert items_of_session(0, 0, is_first=False) == {RateItem.CLASSROOM_DAY: 1, RateItem.VENUE_DAY: 1}
    assert items_of_session(9, 4, is_first=True) == {
        RateItem.CLASSROOM_DAY: 1,
        RateItem.PREPARATION: 1,
        RateItem.VENUE_DAY: 1,
        RateItem.MATERIAL: 4,
        RateItem.CATERING: 9,
    }
