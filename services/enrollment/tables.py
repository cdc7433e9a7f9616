"""The tables of enrollment, as queries name them; keys and constraints live in the migrations."""

from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, MetaData, Numeric, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import DATEMULTIRANGE, JSONB
from sqlalchemy.types import TypeEngine

metadata: Final = MetaData()
Moment: Final = DateTime(timezone=True)


def _table(name: str, /, **columns: type[TypeEngine[Any]] | TypeEngine[Any]) -> Table:
    return Table(name, metadata, *(Column(column, kind) for column, kind in columns.items()))


programme: Final = _table(
    "programme", id=Uuid, programme=Text, name=Text, country=Text, currency=Text, recorded_at=Moment
)

policy_version: Final = _table(
    "policy_version",
    id=Uuid,
    programme=Text,
    version=Integer,
    valid_from=Date,
    decision=Text,
    headcount_minimum=Integer,
    headcount_maximum=Integer,
    recorded_at=Moment,
)

policy_size_class: Final = _table(
    "policy_size_class", programme=Text, version=Integer, position=Integer, code=Text, minimum=Integer, maximum=Integer
)

policy_sector: Final = _table("policy_sector", programme=Text, version=Integer, position=Integer, code=Text)

policy_region: Final = _table("policy_region", programme=Text, version=Integer, position=Integer, code=Text, name=Text)

policy_module: Final = _table(
    "policy_module",
    programme=Text,
    version=Integer,
    position=Integer,
    code=Text,
    number=Integer,
    name=Text,
    is_first=Boolean,
    classroom_days=Integer,
    visits=Integer,
    max_enterprises=Integer,
    seats_managers=Integer,
    seats_workers=Integer,
)

policy_phase: Final = _table(
    "policy_phase",
    programme=Text,
    version=Integer,
    position=Integer,
    code=Text,
    name=Text,
    starts_on=Date,
    ends_on=Date,
)

policy_target: Final = _table(
    "policy_target", programme=Text, version=Integer, position=Integer, phase=Text, indicator=Text, value=Numeric(12, 2)
)

policy_in_full: Final = _table(
    "policy_in_full",
    id=Uuid,
    programme=Text,
    version=Integer,
    valid_from=Date,
    decision=Text,
    headcount_minimum=Integer,
    headcount_maximum=Integer,
    size_classes=JSONB,
    sectors=JSONB,
    regions=JSONB,
    modules=JSONB,
    phases=JSONB,
)

partner: Final = _table(
    "partner",
    id=Uuid,
    programme=Text,
    name=Text,
    kind=Text,
    region=Text,
    parent_id=Uuid,
    registered_on=Date,
    policy_version=Integer,
    recorded_at=Moment,
)

enterprise: Final = _table(
    "enterprise",
    id=Uuid,
    programme=Text,
    partner_id=Uuid,
    name=Text,
    tax_id=Text,
    region=Text,
    sector=Text,
    city=Text,
    women=Integer,
    men=Integer,
    headcount=Integer,
    size_class=Text,
    registered_on=Date,
    policy_version=Integer,
    recorded_at=Moment,
)

trainer: Final = _table("trainer", id=Uuid, programme=Text, name=Text, partner_id=Uuid, registered_on=Date)

trainer_tot: Final = _table("trainer_tot", programme=Text, trainer_id=Uuid, module=Text, passed_on=Date)

trainer_certificate: Final = _table(
    "trainer_certificate",
    programme=Text,
    trainer_id=Uuid,
    module=Text,
    number=Text,
    is_expert=Boolean,
    valid=DATEMULTIRANGE,
    suspended=DATEMULTIRANGE,
    active=DATEMULTIRANGE,
)

baseline: Final = _table("baseline", assessment_id=Uuid, programme=Text, enterprise_id=Uuid, assessed_on=Date)

training: Final = _table(
    "training",
    id=Uuid,
    programme=Text,
    partner_id=Uuid,
    region=Text,
    module=Text,
    is_first=Boolean,
    delivery=Text,
    lead_role=Text,
    lead_trainer_id=Uuid,
    supervising_expert_id=Uuid,
    starts_on=Date,
    ends_on=Date,
    venue=Text,
    classroom_days=Integer,
    planned_visits=Integer,
    max_enterprises=Integer,
    seats_managers=Integer,
    seats_workers=Integer,
    policy_version=Integer,
    recorded_at=Moment,
)

training_co_candidate: Final = _table(
    "training_co_candidate", programme=Text, training_id=Uuid, position=Integer, trainer_id=Uuid
)

enrollment: Final = _table(
    "enrollment",
    id=Uuid,
    programme=Text,
    training_id=Uuid,
    enterprise_id=Uuid,
    partner_id=Uuid,
    module=Text,
    size_class=Text,
    headcount=Integer,
    policy_version=Integer,
    enrolled_on=Date,
    status=Text,
    completed_on=Date,
    withdrawn_on=Date,
    withdrawal_reason=Text,
    recorded_at=Moment,
)

participant: Final = _table("participant", programme=Text, enterprise_id=Uuid, code=Text, sex=Text, level=Text)

session: Final = _table(
    "session", id=Uuid, programme=Text, training_id=Uuid, day=Integer, held_on=Date, recorded_at=Moment
)

attendance: Final = _table(
    "attendance",
    programme=Text,
    training_id=Uuid,
    session_id=Uuid,
    enterprise_id=Uuid,
    participant=Text,
    position=Integer,
)

visit: Final = _table(
    "visit",
    id=Uuid,
    programme=Text,
    enrollment_id=Uuid,
    number=Integer,
    outcome=Text,
    visited_on=Date,
    trainer_id=Uuid,
    reason=Text,
    cost_minor=BigInteger,
    cost_currency=Text,
    recorded_at=Moment,
)
