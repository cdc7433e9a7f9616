"""Certificates and what becomes of them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.certification.domain.certificate import Series
from shared.days import Day
from shared.events.vocabulary import Code
from shared.text import Paragraph
from shared.web.access import Resource
from shared.web.body import RequestBody


class Recognise(RequestBody):
    """An expert certified elsewhere is recognised here, module by module."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "modules": ["WPC", "OSH"],
                    "valid_from": "2014-01-15",
                    "authority": "International expert pool, register entry of 2013",
                }
            ]
        }
    )

    modules: Annotated[tuple[Code, ...], Field(min_length=1, max_length=20)]
    valid_from: Day
    valid_until: Day | None = Field(default=None, description="Left out: until it is withdrawn.")
    authority: Paragraph = Field(description="Who certified the expert, and how it was checked.")


class AppointExpert(RequestBody):
    """A certified trainer may from now on supervise candidates and recommend."""

    module: Code
    appointed_on: Day


class StatusChange(RequestBody):
    """Something happens to a trainer's certificate in a module, from a day on, on a ground that is kept."""

    module: Code
    effective_on: Day
    ground: Paragraph

    @property
    def reason(self) -> str:
        """The ground, as the audit trail keeps it."""
        return self.ground


class Suspend(StatusChange):
    """The certificate has no effect from the day named."""


class Reinstate(StatusChange):
    """A suspension ends; the certificate has effect again from the day named."""


class Withdraw(StatusChange):
    """A certificate ends for good."""


class CertificateOut(Resource):
    """A certificate; `is_active` and `is_expert` are as of the day asked for."""

    number: str
    series: Series
    trainer_id: UUID
    trainer_name: str
    module: str
    valid_from: date
    valid_until: date | None
    expert_from: date | None
    withdrawn_on: date | None
    is_recognised: bool
    is_active: bool
    is_expert: bool
    case_id: UUID | None
    dossier_hash: str | None
    authority: str | None
    as_of: date


class RecognitionOut(Resource):
    """The certificates of one recognition; `id` is the trainer's."""

    certificates: list[CertificateOut]
