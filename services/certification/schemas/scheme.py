"""Versions of the certification scheme."""

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field

from services.certification.domain.constituency import Constituency
from shared.days import Day
from shared.text import Paragraph
from shared.web.access import Resource
from shared.web.body import RequestBody


class AddSchemeVersion(RequestBody):
    """A new version; what is left out stays as in the version before."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"valid_from": "2018-01-01", "validity_months": 24, "decision": "Board resolution 3/2017"}]
        }
    )

    valid_from: Day
    decision: Paragraph = Field(description="Who decided it, and where that is written.")
    validity_months: Annotated[int, Field(ge=1, le=240, strict=True)] | None = None
    minimum_tot_score: Annotated[int, Field(ge=0, le=100, strict=True)] | None = None
    tot_score_required: bool | None = None
    minimum_completed_enterprises: Annotated[int, Field(ge=1, le=20, strict=True)] | None = None
    quorum_more_than_percent: Annotated[int, Field(ge=0, le=99, strict=True)] | None = Field(
        default=None, description="Of the members who sit on the day and are not recused, more than this many vote."
    )
    constituencies: Annotated[frozenset[Constituency], Field(min_length=1)] | None = Field(
        default=None, description="Of each at least one is present; until a version names them, all that have a seat."
    )


class SchemeVersionOut(Resource):
    """One version of the scheme; `is_default`: thresholds of this software, which no source fixes."""

    version: int
    valid_from: date | None
    validity_months: int
    minimum_tot_score: int
    tot_score_required: bool
    minimum_completed_enterprises: int
    quorum_more_than_percent: int
    constituencies: list[Constituency] | None
    decision: str
    is_default: bool
