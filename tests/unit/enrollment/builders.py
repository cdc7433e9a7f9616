"""Ready-made values for the rules of enrollment; each takes what a test wants different."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

import pytest

from services.enrollment.domain.classroom import Classroom, Person
from services.enrollment.domain.enrollment import Enrollment, EnrollmentStatus, Progress, Standing
from services.enrollment.domain.leadership import Leadership
from services.enrollment.domain.policy import Module, Policy, PolicyVersion
from services.enrollment.domain.training import Template, Training
from shared.errors import ScorebookError
from shared.events.vocabulary import Delivery, LeadRole, Level, Sex

TODAY: Final = date(2026, 3, 2)
LEAD, EXPERT, CANDIDATE = UUID(int=1), UUID(int=2), UUID(int=3)
ENTERPRISE, OTHER_ENTERPRISE = UUID(int=11), UUID(int=12)
PARTNER, OTHER_PARTNER = UUID(int=21), UUID(int=22)
TRAINING, ENROLLMENT = UUID(int=31), UUID(int=41)


def broken(error: pytest.ExceptionInfo[ScorebookError]) -> list[tuple[str, str]]:
    """Return (field, rule) of everything an error names."""
    return [(one.field, one.rule) for one in error.value.errors]


def policy_terms(**different: Any) -> dict[str, Any]:  # noqa: ANN401 - any field of a policy
    """Return a policy as a request would say it."""
    return {
        "valid_from": "2014-03-01",
        "decision": "Committee decision 1/2014",
        "headcount_minimum": 30,
        "headcount_maximum": 250,
        "size_classes": [
            {"code": "small", "minimum": 30, "maximum": 50},
            {"code": "medium", "minimum": 51, "maximum": 250},
        ],
        "sectors": ["food", "leather"],
        "regions": [{"code": "LP", "name": "La Paz"}, {"code": "SC", "name": "Santa Cruz"}],
        "modules": [
            {"code": "WPC", "number": 1, "name": "Workplace Cooperation", "is_first": True},
            {"code": "OSH", "number": 5, "name": "Safety and Health"},
        ],
        "phases": [],
        **different,
    }


def policy(**different: Any) -> Policy:  # noqa: ANN401 - any field of a policy
    """Return a policy."""
    return Policy.model_validate(policy_terms(**different))


def version(number: int = 1, **different: Any) -> PolicyVersion:  # noqa: ANN401 - any field of a policy
    """Return a policy version of Bolivia."""
    return PolicyVersion("bolivia", number, policy(**different))


def training(**different: Any) -> Training:  # noqa: ANN401 - any field of a training
    """Return a first-module training of two days in April 2014, two places, two plus two seats, three visits."""
    template = Template.of(Module(code="WPC", number=1, name="Workplace Cooperation", max_enterprises=2))
    made = Training(
        id=TRAINING,
        programme="bolivia",
        partner_id=PARTNER,
        region="LP",
        module="WPC",
        is_first=True,
        delivery=Delivery.DIRECT,
        leadership=Leadership(LeadRole.CERTIFIED, LEAD, None, ()),
        starts_on=date(2014, 4, 23),
        ends_on=date(2014, 4, 25),
        venue="Chamber hall",
        template=template,
        policy_version=1,
    )
    return replace(made, **different)


def standing(**different: Any) -> Standing:  # noqa: ANN401 - any field of a standing
    """Return an enterprise that has done nothing yet."""
    made = Standing(
        enterprise_id=ENTERPRISE,
        partner_id=PARTNER,
        registered_on=date(2014, 3, 14),
        in_training=None,
        in_module=None,
        first_completed_on=None,
    )
    return replace(made, **different)


def enrollment(status: EnrollmentStatus = EnrollmentStatus.ACTIVE) -> Enrollment:
    """Return an enrollment of 7 April 2014."""
    return Enrollment(ENROLLMENT, "bolivia", TRAINING, ENTERPRISE, PARTNER, "WPC", date(2014, 4, 7), status)


def progress(**different: Any) -> Progress:  # noqa: ANN401 - any field of a progress
    """Return both days held and attended and all three visits done."""
    days = {1: date(2014, 4, 23), 2: date(2014, 4, 24)}
    visits = {1: date(2014, 5, 12), 2: date(2014, 6, 4), 3: date(2014, 6, 24)}
    return replace(Progress(held=days, attended=days, visits_done=visits), **different)


def person(code: str, level: Level = Level.WORKER, sex: Sex = Sex.FEMALE, enterprise: UUID = ENTERPRISE) -> Person:
    """Return a participant."""
    return Person(enterprise, code, sex, level)


def classroom(
    *,
    held: Mapping[int, date] | None = None,
    before: tuple[Person, ...] = (),
    **different: Any,  # noqa: ANN401 - any field
) -> Classroom:
    """Return a classroom with one enterprise enrolled and its baseline done; `before` were present on other days."""
    made = Classroom(
        training=training(),
        held=held or {},
        enrolled={ENTERPRISE},
        baselines={ENTERPRISE: date(2014, 4, 4)},
        known={one.identity: one for one in before},
        seated={one.identity for one in before},
    )
    return replace(made, **different)
