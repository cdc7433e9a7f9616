"""Reach: unique enterprises, people and workforce are different counts, and breakdowns add up."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.enrollment.domain.figures import Figure, Seen, Workforce, reach
from shared.events.vocabulary import Delivery, Level, Sex

ENTERPRISES = {
    UUID(int=1): Workforce("LP", 35, 187),
    UUID(int=2): Workforce("LP", 10, 20),
    UUID(int=3): Workforce("SC", 100, 50),
    UUID(int=4): Workforce("CB", 40, 0),
}


def seen(
    enterprise: int = 1,
    participant: str = "P-1",
    *,
    sex: Sex = Sex.FEMALE,
    level: Level = Level.WORKER,
    training: int = 1,
    module: str = "WPC",
    delivery: Delivery = Delivery.DIRECT,
    days: int = 2,
) -> Seen:
    """Return one person in one training."""
    return Seen(UUID(int=enterprise), participant, sex, level, UUID(int=100 + training), module, delivery, days)


def figures(*people: Seen, completed: tuple[str, ...] = ()) -> dict[str, Figure]:
    """Return the figures by code."""
    return {figure.code: figure for figure in reach(people, ENTERPRISES, completed)}


def parts(figure: Figure) -> dict[tuple[str, ...], int]:
    """Return the cells of a breakdown by their groups' values."""
    return {tuple(part.group.values()): part.value for part in figure.breakdown}


def test_an_enterprise_counts_once_however_many_people_trainings_and_days() -> None:
    got = figures(seen(), seen(participant="P-2"), seen(training=2, module="OSH"), seen(2))
    assert got["enterprises-trained"].value == 2
    assert parts(got["enterprises-trained"]) == {("LP",): 2}


def test_employees_are_the_women_and_men_of_the_enterprises_trained_each_once() -> None:
    got = figures(seen(), seen(participant="P-2"), seen(3))["employees-benefiting"]
    assert got.value == 35 + 187 + 100 + 50
    assert parts(got) == {("female",): 135, ("male",): 237}


def test_a_person_counts_once_over_all_modules_and_by_enterprise() -> None:
    got = figures(seen(), seen(training=2, module="OSH"), seen(2, sex=Sex.MALE, level=Level.MANAGER))
    people = got["classroom-participants"]
    assert people.value == 2
    assert parts(people) == {
        ("female", "manager"): 0,
        ("female", "worker"): 1,
        ("male", "manager"): 1,
        ("male", "worker"): 0,
        ("not-stated", "manager"): 0,
        ("not-stated", "worker"): 0,
    }


def test_regions_and_modules_are_those_with_somebody_present() -> None:
    got = figures(seen(), seen(3, module="OSH", training=2))
    assert parts(got["regions-reached"]) == {("LP",): 1, ("SC",): 1}
    assert parts(got["modules-delivered"]) == {("OSH",): 1, ("WPC",): 1}


def test_enterprise_modules_are_completed_enrollments() -> None:
    got = figures(completed=("WPC", "WPC", "OSH"))["enterprise-modules-completed"]
    assert (got.value, parts(got)) == (3, {("OSH",): 1, ("WPC",): 2})


def test_an_enterprise_trained_both_ways_counts_in_both_deliveries_and_the_overlap_is_shown() -> None:
    indirect = Delivery.INDIRECT
    got = figures(seen(), seen(training=2, delivery=indirect), seen(2), seen(3, training=2, delivery=indirect))
    assert (got["enterprises-direct"].value, got["enterprises-indirect"].value) == (2, 2)
    assert parts(got["enterprises-direct"]) == {("direct-only",): 1, ("direct-and-indirect",): 1}
    assert parts(got["trainings-held"]) == {("direct",): 1, ("indirect",): 1}


def test_nothing_seen_is_nothing_reached() -> None:
    assert {figure.value for figure in figures().values()} == {0}


def test_every_figure_says_what_it_counts_and_from_which_rows() -> None:
    for figure in figures(seen(days=2), seen(2, days=1)).values():
        assert figure.definition
        assert figure.unit
        assert figure.sources
    sources = figures(seen(days=2), seen(2, days=1))["classroom-participants"].sources
    assert [(source.event, source.rows) for source in sources] == [("enrollment.session-held.v1", 3)]


PEOPLE = st.builds(
    seen,
    st.integers(1, 4),
    st.sampled_from(["P-1", "P-2", "P-3"]),
    training=st.integers(1, 3),
    days=st.integers(1, 2),
)


@given(st.lists(PEOPLE, max_size=30))
def test_breakdowns_add_up_and_unique_counts_never_exceed_what_they_are_unique_of(people: list[Seen]) -> None:
    got = figures(*people)
    for figure in got.values():
        assert sum(part.value for part in figure.breakdown) == figure.value, figure.code
    assert got["enterprises-trained"].value <= got["classroom-participants"].value <= len(people)
    assert got["enterprises-trained"].value == len({one.enterprise_id for one in people})
