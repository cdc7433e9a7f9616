"""Sessions, visits and figures."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.enrollment.domain.classroom import Person
from services.enrollment.domain.policy import some
from services.enrollment.domain.visiting import VisitOutcome
from shared.days import Day
from shared.events.vocabulary import Code, Level, Sex
from shared.money import Money
from shared.text import Paragraph
from shared.web.access import Resource
from shared.web.body import RequestBody

_SOME_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
DayNumber = Annotated[int, Field(strict=True, ge=1, le=10)]
VisitNumber = Annotated[int, Field(strict=True, ge=1, le=99)]


class PersonPresent(RequestBody):
    """One person present; the code is unique within the enterprise, and is never a name."""

    enterprise_id: UUID
    participant: Code
    sex: Sex
    level: Level

    @property
    def person(self) -> Person:
        """As the rules see it."""
        return Person(self.enterprise_id, self.participant, self.sex, self.level)


class HoldSession(RequestBody):
    """A classroom day that took place, with everybody present."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "day": 1,
                    "held_on": "2014-04-23",
                    "attendances": [
                        {"enterprise_id": _SOME_ID, "participant": "P-0001", "sex": "male", "level": "manager"}
                    ],
                }
            ]
        }
    )

    day: DayNumber
    held_on: Day
    attendances: Annotated[
        tuple[PersonPresent, ...], Field(max_length=2000, json_schema_extra={"minItems": 1}), AfterValidator(some)
    ]


class SessionOut(Resource):
    """A classroom day."""

    training_id: UUID
    day: int
    held_on: date
    attendances: tuple[PersonPresent, ...]


class RecordVisit(RequestBody):
    """A planned visit that took place."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"number": 1, "visited_on": "2014-05-12", "trainer_id": _SOME_ID}]}
    )

    number: VisitNumber
    visited_on: Day
    trainer_id: UUID


class AbortVisit(RequestBody):
    """A trainer went and could not work; the visit is still to do, and the attempt may have cost something."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "number": 1,
                    "attempted_on": "2014-05-12",
                    "trainer_id": _SOME_ID,
                    "reason": "workers not released",
                    "cost": {"amount": "350.00", "currency": "BOB"},
                }
            ]
        }
    )

    number: VisitNumber
    attempted_on: Day
    trainer_id: UUID
    reason: Paragraph
    cost: Money | None = None


class VisitOut(Resource):
    """One attempt at a visit: done, or aborted with its reason."""

    enrollment_id: UUID
    training_id: UUID
    enterprise_id: UUID
    number: int
    outcome: VisitOutcome
    visited_on: date
    trainer_id: UUID
    reason: str | None
    cost: Money | None


class PlannedVisitOut(BaseModel):
    """One number of the plan."""

    number: int
    done: VisitOut | None
    aborted: tuple[VisitOut, ...]


class VisitPlanOut(Resource):
    """The plan of an enrollment, which is its `id`: numbers 1 to n, each done or still to do."""

    training_id: UUID
    enterprise_id: UUID
    visits: tuple[PlannedVisitOut, ...]


class PartOut(BaseModel):
    """One cell of a breakdown."""

    group: dict[str, str]
    value: int


class SourceOut(BaseModel):
    """Rows a figure was counted from."""

    event: str
    rows: int


class FigureOut(BaseModel):
    """A number with what it means, its parts and where it comes from."""

    code: str
    definition: str
    unit: str
    value: int
    as_of: date
    breakdown: tuple[PartOut, ...]
    sources: tuple[SourceOut, ...]


class FiguresOut(BaseModel):
    """Reach of a programme as of the end of a day, or of one partner's part of it."""

    programme: str
    as_of: date
    partner_id: UUID | None
    figures: tuple[FigureOut, ...]
