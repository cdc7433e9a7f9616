"""What requests look like and what is answered."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from services.assessment.domain.case_study import CaseStudyState
from services.assessment.domain.kpi import Origin
from services.assessment.domain.quantity import Quantity, QuantityError
from shared.days import Day
from shared.events.vocabulary import AssessmentKind, Code, Direction, KpiStatus
from shared.text import Line, Paragraph, Reason
from shared.web.access import Resource
from shared.web.body import RequestBody


def _quantity(value: object) -> Quantity:
    if isinstance(value, Quantity):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("decimal-string", 'a quantity is a decimal string such as "126"')
    try:
        return Quantity.parse(value)
    except QuantityError as error:
        raise PydanticCustomError(error.rule, "{sentence}", {"sentence": str(error)}) from None


Persons = Annotated[int, Field(strict=True, ge=0, le=10_000_000, examples=[21])]
QuantityText = Annotated[
    Quantity,
    PlainValidator(_quantity),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,4})?$", "examples": ["126", "0.25"]}),
]
Scale = Literal[1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]


class ReadingIn(RequestBody):
    """One KPI as found. `numerator` and `denominator` exactly when `status` is measured.

    Unit and direction are the catalogue's; if they are sent, they must agree with it.
    """

    kpi: Code = Field(examples=["defect-rate"])
    status: KpiStatus
    numerator: QuantityText | None = None
    denominator: QuantityText | None = None
    unit: Line | None = None
    direction: Direction | None = None


Readings = Annotated[list[ReadingIn], Field(min_length=1, max_length=100)]


class BaselineIn(RequestBody):
    """The one baseline of an enterprise."""

    enterprise_id: UUID
    assessed_on: Day
    assessor_id: UUID | None = Field(default=None, description="The trainer who assessed, if it was one.")
    readings: Readings


class FollowUpIn(RequestBody):
    """A progress assessment or the endline of an enrollment."""

    enrollment_id: UUID
    assessed_on: Day
    assessor_id: UUID | None = Field(default=None, description="The trainer who assessed, if it was one.")
    readings: Readings


class SatisfactionIn(RequestBody):
    """How many participants answered, and how many of them were satisfied."""

    training_id: UUID
    recorded_on: Day
    respondents: Annotated[Persons, Field(ge=1)]
    satisfied: Persons


class ImprovementIn(RequestBody):
    """An action of an improvement plan that was carried out."""

    enterprise_id: UUID
    training_id: UUID | None = None
    title: Line = Field(examples=["Marked walkways in the cutting hall"])
    completed_on: Day


class CaseStudyIn(RequestBody):
    """A draft."""

    enterprise_id: UUID
    title: Line
    summary: Paragraph


class PublicationIn(RequestBody):
    """What makes a draft public: the enterprise's consent comes first."""

    consent_statement: Paragraph = Field(
        examples=["The enterprise agrees that this story is published under its name."]
    )
    consent_given_on: Day
    published_on: Day


class KpiIn(RequestBody):
    """A definition: value = numerator / denominator x scale, in `unit`, from `valid_from` on."""

    code: Code = Field(examples=["water-use"])
    name: Line = Field(examples=["Water use"])
    unit: Code = Field(examples=["litres-per-unit"])
    direction: Direction = Field(description="Which way is better.")
    scale: Scale = Field(default=1, description="100 for percent and for figures per 100.")
    means_of_verification: Paragraph
    numerator_label: Line
    denominator_label: Line
    whole_numbers: Annotated[bool, Field(strict=True, description="Both parts are counts.")] = False
    is_share: Annotated[bool, Field(strict=True, description="The numerator is part of the denominator.")] = False
    valid_from: Day
    reason: Reason = Field(description="Why it is defined or changed.")


class ReadingOut(BaseModel):
    """A reading under its definition; `value` is rounded to 4 decimals for reading, the parts are exact."""

    kpi: str
    kpi_version: int
    unit: str
    direction: Direction
    scale: int
    status: KpiStatus
    numerator: str | None
    denominator: str | None
    value: str | None


class AssessmentOut(Resource):
    """An assessment with its readings."""

    kind: AssessmentKind
    enterprise_id: UUID
    partner_id: UUID
    training_id: UUID | None
    enrollment_id: UUID | None
    baseline_id: UUID | None
    assessed_on: date
    assessor_id: UUID | None
    recorded_at: datetime
    recorded_by: str
    readings: list[ReadingOut]


class SatisfactionOut(Resource):
    """A survey; `participants` is how many different people had been in the classroom."""

    training_id: UUID
    partner_id: UUID
    recorded_on: date
    participants: int
    respondents: int
    satisfied: int
    recorded_at: datetime
    recorded_by: str


class ImprovementOut(Resource):
    """An improvement carried out."""

    enterprise_id: UUID
    partner_id: UUID
    training_id: UUID | None
    title: str
    completed_on: date
    recorded_at: datetime
    recorded_by: str


class CaseStudyOut(Resource):
    """A case study; consent and publication are there once it is published."""

    enterprise_id: UUID
    partner_id: UUID
    title: str
    summary: str
    state: CaseStudyState
    consent_statement: str | None
    consent_given_on: date | None
    published_on: date | None
    recorded_at: datetime
    recorded_by: str


class KpiOut(Resource):
    """One version of a definition. `origin` default: Scorebook's own proposal, not an official SCORE definition."""

    code: str
    version: int
    name: str
    unit: str
    direction: Direction
    scale: int
    means_of_verification: str
    numerator_label: str
    denominator_label: str
    whole_numbers: bool
    is_share: bool
    valid_from: date
    origin: Origin
    reason: str
    recorded_at: datetime
    recorded_by: str
