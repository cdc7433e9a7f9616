"""Boards, ballots and cycles for the unit tests."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import strategies as st

from services.certification.domain.board import Member
from services.certification.domain.constituency import Constituency
from services.certification.domain.cycle import Cycle, CycleEnrollment, EnrollmentOutcome
from services.certification.domain.voting import Ballot, Choice

DAY = date(2014, 9, 25)


def member(
    number: int,
    constituency: Constituency,
    mandate_from: date = date(2014, 2, 1),
    mandate_to: date | None = date(2018, 1, 31),
    **ties: object,
) -> Member:
    """Return a member with a mandate over DAY."""
    return Member(
        UUID(int=number),
        f"Member {number}",
        constituency,
        mandate_from,
        mandate_to,
        **ties,  # type: ignore[arg-type]
    )


def board() -> list[Member]:
    """Return the six seats of the demo's board: two of each side."""
    sides = (Constituency.EMPLOYERS, Constituency.WORKERS, Constituency.GOVERNMENT)
    return [member(number, sides[number // 2]) for number in range(6)]


def ballot(of: Member, choice: Choice, position: int = 0, voted_on: date = DAY) -> Ballot:
    """Return one vote; later positions replace earlier ones."""
    return Ballot(UUID(int=1000 + position), of.id, choice, voted_on, position)


@st.composite
def members(draw: st.DrawFn) -> list[Member]:
    """Draw a board: any size and sides, mandates that cover DAY, ended before it or begin after it."""
    found = []
    for number in range(draw(st.integers(1, 9))):
        begins = DAY + timedelta(days=draw(st.integers(-60, 10)))
        length = draw(st.none() | st.integers(0, 90))
        ends = None if length is None else begins + timedelta(days=length)
        found.append(member(number, draw(st.sampled_from(Constituency)), begins, ends))
    return found


@st.composite
def ballots(draw: st.DrawFn, of: list[Member]) -> list[Ballot]:
    """Draw a history of votes: any members, changed as often as they like, in any order."""
    given = draw(st.lists(st.tuples(st.sampled_from(of), st.sampled_from(Choice)), max_size=20))
    history = [ballot(one, choice, position) for position, (one, choice) in enumerate(given)]
    return draw(st.permutations(history))


def enrollment(number: int, outcome: EnrollmentOutcome | None, closed_on: date | None) -> CycleEnrollment:
    """Return one enterprise's place in a cycle."""
    return CycleEnrollment(UUID(int=number), UUID(int=100 + number), date(2014, 4, 7), outcome, closed_on)


def cycle(
    number: int = 1,
    module: str = "WPC",
    expert: UUID | None = UUID(int=77),
    starts_on: date = date(2014, 4, 23),
    *enrollments: CycleEnrollment,
) -> Cycle:
    """Return a training led by a candidate, of two days."""
    return Cycle(UUID(int=number), module, expert, starts_on, starts_on + timedelta(days=1), enrollments)


def complete(
    number: int = 1,
    module: str = "WPC",
    expert: UUID | None = UUID(int=77),
    starts_on: date = date(2014, 4, 23),
    done: date = date(2014, 7, 16),
) -> Cycle:
    """Return a cycle whose only enterprise completed on `done`."""
    return cycle(number, module, expert, starts_on, enrollment(number, EnrollmentOutcome.COMPLETED, done))
