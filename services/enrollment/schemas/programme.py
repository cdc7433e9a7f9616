"""Programmes and policy versions."""

from datetime import date
from typing import Annotated, Final

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from services.enrollment.domain.policy import Module, Phase, Policy, Region, SizeClass
from shared.events.vocabulary import CurrencyCode
from shared.money import MoneyError, minor_digits
from shared.text import Line
from shared.web.access import Resource


def _known_currency(code: str) -> str:
    try:
        minor_digits(code)
    except MoneyError as error:
        raise PydanticCustomError(error.rule, "{sentence}", {"sentence": str(error)}) from None
    return code


_POLICY_EXAMPLE: Final[JsonDict] = {
    "valid_from": "2014-03-01",
    "decision": "Tripartite committee decision 1/2014",
    "headcount_minimum": 30,
    "headcount_maximum": 250,
    "size_classes": [
        {"code": "small", "minimum": 30, "maximum": 50},
        {"code": "medium", "minimum": 51, "maximum": 250},
    ],
    "sectors": ["food", "leather"],
    "regions": [{"code": "LP", "name": "La Paz"}],
    "modules": [
        {
            "code": "WPC",
            "number": 1,
            "name": "Workplace Cooperation",
            "is_first": True,
            "classroom_days": 2,
            "visits": 3,
            "max_enterprises": 5,
            "seats_managers": 2,
            "seats_workers": 2,
        },
    ],
    "phases": [
        {
            "code": "III",
            "name": "Phase III",
            "starts_on": "2017-10-01",
            "ends_on": "2021-12-31",
            "targets": [{"indicator": "cost_recovery_pct", "value": "100"}],
        }
    ],
}


class AddPolicyVersion(Policy):
    """What the committee decided anew; comes into force after the version before it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_POLICY_EXAMPLE]})

    @property
    def policy(self) -> Policy:
        """The decided terms alone."""
        return Policy(**{name: getattr(self, name) for name in Policy.model_fields})


class DefineProgramme(AddPolicyVersion):
    """A programme with the first version of its policy; country (ISO 3166) and currency (ISO 4217) stay."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "SCORE Training Bolivia", "country": "BO", "currency": "BOB", **_POLICY_EXAMPLE},
            ]
        }
    )

    name: Line
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    currency: Annotated[CurrencyCode, AfterValidator(_known_currency)]


class PolicyVersionOut(Resource):
    """A version of the policy; its `id` is its own."""

    version: int
    valid_from: date
    decision: str
    headcount_minimum: int
    headcount_maximum: int
    size_classes: tuple[SizeClass, ...]
    sectors: tuple[str, ...]
    regions: tuple[Region, ...]
    modules: tuple[Module, ...]
    phases: tuple[Phase, ...]


class ProgrammeRowOut(Resource):
    """A programme as a list shows it."""

    name: str
    country: str
    currency: str


class ProgrammeOut(ProgrammeRowOut):
    """A programme and the policy in force on `on`, or none if that day lies before the first."""

    on: date = Field(description="The day the policy was asked for.")
    policy: PolicyVersionOut | None
