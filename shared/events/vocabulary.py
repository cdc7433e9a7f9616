"""Value types that contracts of two or more services share."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

ProgrammeCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
"""A programme's short name, for example `bolivia`; part of every key, right and figure."""
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
"""A code of the programme's policy: module, region, sector, size class."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Count = Annotated[int, Field(ge=0, le=10_000_000)]


class Sex(StrEnum):
    """As a person states it."""

    FEMALE = "female"
    MALE = "male"
    NOT_STATED = "not-stated"


class Level(StrEnum):
    """A participant's place in the enterprise."""

    MANAGER = "manager"
    WORKER = "worker"


class PartnerKind(StrEnum):
    """National implementing partner, or a regional chamber under it."""

    NATIONAL = "national"
    REGIONAL_CHAMBER = "regional-chamber"


class Delivery(StrEnum):
    """Direct: under the programme's supervision. Indirect: the partner delivers independently."""

    DIRECT = "direct"
    INDIRECT = "indirect"


class LeadRole(StrEnum):
    """Whether a training is led by a certified trainer or by a candidate in a training-of-enterprises cycle."""

    CERTIFIED = "certified"
    CANDIDATE = "candidate"


class AssessmentKind(StrEnum):
    """Before the first module, in between, after a module."""

    BASELINE = "baseline"
    PROGRESS = "progress"
    ENDLINE = "endline"


class KpiStatus(StrEnum):
    """Why a KPI has a value or has none; the three absences mean different things and are never merged."""

    MEASURED = "measured"
    NOT_TRACKED = "not-tracked"
    REFUSED = "refused"
    NOT_APPLICABLE = "not-applicable"


class Direction(StrEnum):
    """Which way is better."""

    LOWER = "lower"
    HIGHER = "higher"


class PayerClass(StrEnum):
    """Who pays, by the letters of the cost-recovery formulas (domain/score.md 3.2)."""

    ENTERPRISE = "F"
    PARTNER = "P"
    GOVERNMENT = "G"
    LEAD_BUYER = "B"
    DONOR = "D"
    ILO = "I"
    IN_KIND = "K"


class Basis(StrEnum):
    """How far money has come: agreed, billed, in the bank."""

    CONTRACTED = "contracted"
    INVOICED = "invoiced"
    RECEIVED = "received"


class Value(BaseModel):
    """A value inside an event: frozen, tolerant of unknown fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")
