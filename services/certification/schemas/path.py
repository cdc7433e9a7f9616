"""A candidate's path up to the recommendation."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.days import Day
from shared.events.vocabulary import Code
from shared.text import Paragraph
from shared.web.body import RequestBody


class Apply(RequestBody):
    """A trainer applies for a module."""

    module: Code
    applied_on: Day


class Select(RequestBody):
    """An applicant is selected as a candidate."""

    module: Code
    selected_on: Day


class TotOutcome(StrEnum):
    """How a training of trainers ended."""

    PASSED = "passed"
    FAILED = "failed"


class TotResult(RequestBody):
    """A training of trainers was passed or failed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"module": "WPC", "outcome": "passed", "taken_on": "2014-03-21", "score": 93}]}
    )

    module: Code
    outcome: TotOutcome
    taken_on: Day
    score: Annotated[int, Field(ge=0, le=100, strict=True)] | None = Field(
        default=None, description="Of 100; must fit the outcome by the scheme's minimum."
    )
    facilitator_id: UUID | None = Field(default=None, description="The expert trainer who held it.")


class Recommend(RequestBody):
    """An expert recommends a candidate after a completed cycle; this opens the board's case."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "module": "WPC",
                    "expert_id": "01890000-0000-7000-8000-000000000002",
                    "recommended_on": "2014-07-23",
                    "statement": "Leads the workshop with confidence; visits were prepared and reported.",
                }
            ]
        }
    )

    module: Code
    expert_id: UUID
    recommended_on: Day
    statement: Paragraph | None = None
