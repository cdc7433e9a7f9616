"""What the classroom and the visits refuse."""

from datetime import date
from uuid import UUID

from services.enrollment.errors import RuleBroken
from shared.errors import Conflict


class BaselineMissing(RuleBroken):
    """No first module before a completed baseline."""

    code = "baseline-missing"

    def __init__(self, enterprise: UUID, day: date, field: str) -> None:
        super().__init__(f"enterprise {enterprise} had no completed baseline by {day}", field=field)


class DayOutsideTemplate(RuleBroken):
    """The module has fewer classroom days."""

    code = "day-outside-template"

    def __init__(self, day: int, classroom_days: int) -> None:
        super().__init__(f"day {day} is not one of the {classroom_days} classroom days", field="day")


class NotEnrolled(RuleBroken):
    """Only people of enterprises with an active enrollment in the training are present."""

    code = "not-enrolled"

    def __init__(self, enterprise: UUID, field: str) -> None:
        super().__init__(f"enterprise {enterprise} has no active enrollment in this training", field=field)


class SeatsExceeded(RuleBroken):
    """An enterprise sends no more people of a level than it has seats, over all classroom days."""

    code = "seats-exceeded"

    def __init__(self, enterprise: UUID, level: str, persons: int, seats: int) -> None:
        super().__init__(
            f"enterprise {enterprise} sends {persons} {level}s to {seats} {level} seat(s)", field="attendances"
        )


class SessionAlreadyHeld(Conflict):
    """A classroom day is held once."""

    code = "session-already-held"

    def __init__(self, day: int, held_on: date) -> None:
        super().__init__(f"day {day} was held on {held_on}", field="day")


class ParticipantContradicted(Conflict):
    """A participant keeps sex and level as first recorded."""

    code = "participant-contradicted"

    def __init__(self, participant: str, recorded: str, given: str, field: str) -> None:
        super().__init__(f"participant {participant} is recorded as {recorded}, not {given}", field=field)


class VisitOutsidePlan(RuleBroken):
    """The plan has fewer visits."""

    code = "visit-outside-plan"

    def __init__(self, number: int, planned: int) -> None:
        super().__init__(f"visit {number} is not one of the {planned} planned", field="number")


class VisitOutOfOrder(RuleBroken):
    """Visit n comes after visit n-1."""

    code = "visit-out-of-order"

    def __init__(self, number: int) -> None:
        super().__init__(f"visit {number} needs visit {number - 1} done before", field="number")


class VisitAlreadyDone(Conflict):
    """A visit is done once."""

    code = "visit-already-done"

    def __init__(self, number: int, visited_on: date) -> None:
        super().__init__(f"visit {number} was done on {visited_on}", field="number")


class CostNotPossible(RuleBroken):
    """A cost is not negative and in the programme's currency; `rule` says which."""

    code = "cost-not-possible"

    def __init__(self, rule: str, sentence: str, field: str) -> None:
        super().__init__(sentence, field=field, rule=rule)
