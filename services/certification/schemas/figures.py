"""Figures of a programme, each with its definition."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from shared.events.vocabulary import ProgrammeCode


class FigureOut(BaseModel):
    """One number: people counted once, split by sex, and by module where a person may count in several."""

    code: str
    value: int
    definition: str
    by_sex: dict[str, int] = Field(description="Adds up to value.")
    by_module: dict[str, int] = Field(description="People per module; a person may be in several.")


class FiguresOut(BaseModel):
    """Figures as of a business day, as known at `computed_at`."""

    programme: ProgrammeCode
    partner_id: UUID | None = Field(description="The partner whose trainers are counted; null: all.")
    as_of: date
    computed_at: datetime
    figures: list[FigureOut]
