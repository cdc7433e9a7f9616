"""The tables of the certification service, as the migrations make them; a test compares the two."""

from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Identity,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.types import TypeEngine

metadata: Final = MetaData()


def _columns(kind: TypeEngine[Any], names: str, *, key: bool = False) -> list[Column[Any]]:
    # A name with a question mark may be null.
    return [
        Column(name.rstrip("?"), kind, primary_key=key, nullable=not key and name.endswith("?"))
        for name in names.split()
    ]


def _id(names: str = "id") -> list[Column[Any]]:
    return _columns(Uuid(), names, key=True)


def _key(names: str) -> list[Column[Any]]:
    return _columns(Text(), names, key=True)


def _uuid(names: str) -> list[Column[Any]]:
    return _columns(Uuid(), names)


def _text(names: str) -> list[Column[Any]]:
    return _columns(Text(), names)


def _int(names: str) -> list[Column[Any]]:
    return _columns(Integer(), names)


def _date(names: str) -> list[Column[Any]]:
    return _columns(Date(), names)


def _flag(names: str) -> list[Column[Any]]:
    return _columns(Boolean(), names)


def _at(names: str) -> list[Column[Any]]:
    return _columns(DateTime(timezone=True), names)


programme: Final = Table(
    "programme", metadata, *_key("programme"), *_uuid("programme_id"), *_text("name"), *_int("policy_version")
)
region: Final = Table("region", metadata, *_key("programme code"), *_text("name"))
module: Final = Table(
    "module", metadata, *_key("programme code"), *_text("name"), *_int("number"), *_flag("is_first is_offered")
)
partner: Final = Table("partner", metadata, *_id(), *_uuid("parent_id?"), *_text("programme name kind region?"))
training: Final = Table(
    "training",
    metadata,
    *_id(),
    *_uuid("partner_id lead_trainer_id supervising_expert_id? event_id"),
    *_text("programme module lead_role"),
    *_date("starts_on ends_on"),
)
training_candidate: Final = Table(
    "training_candidate", metadata, *_id("training_id trainer_id"), *_text("programme"), *_flag("is_lead")
)
enrollment: Final = Table(
    "enrollment",
    metadata,
    *_id(),
    *_uuid("training_id enterprise_id enrolled_event_id closed_event_id?"),
    *_text("programme outcome?"),
    *_date("enrolled_on closed_on?"),
)
scheme_version: Final = Table(
    "scheme_version",
    metadata,
    *_id(),
    *_text("programme decision recorded_by"),
    *_int("version validity_months minimum_tot_score minimum_completed_enterprises quorum_more_than_percent"),
    *_date("valid_from?"),
    *_flag("tot_score_required is_default"),
    *_at("recorded_at"),
    Column("constituencies", ARRAY(Text), nullable=True),
)
trainer: Final = Table(
    "trainer",
    metadata,
    *_id(),
    *_uuid("partner_id?"),
    *_text("programme name sex employer? region? subject?"),
    *_date("registered_on"),
    *_at("recorded_at"),
)
standing: Final = Table(
    "standing",
    metadata,
    *_id(),
    *_uuid("trainer_id"),
    *_text("programme module state"),
    *_int("position"),
    *_at("changed_at"),
)
standing_step: Final = Table(
    "standing_step",
    metadata,
    *_id("standing_id"),
    *_columns(Integer(), "position", key=True),
    *_uuid("reference_id?"),
    *_text("programme step reached actor"),
    *_date("happened_on"),
    *_at("recorded_at"),
)
tot_result: Final = Table(
    "tot_result",
    metadata,
    *_id(),
    *_uuid("trainer_id facilitator_id?"),
    *_text("programme module outcome recorded_by"),
    *_int("score? scheme_version"),
    *_date("taken_on"),
    *_at("recorded_at"),
)
board_member: Final = Table(
    "board_member",
    metadata,
    *_id(),
    *_uuid("trainer_id? partner_id?"),
    *_text("programme name constituency subject? employer?"),
    *_date("mandate_from mandate_to?"),
    *_at("recorded_at"),
)
dossier: Final = Table(
    "dossier",
    metadata,
    *_id(),
    *_uuid("trainer_id"),
    *_text("programme module manifest hash"),
    *_int("version scheme_version"),
    *_at("frozen_at"),
)
board_case: Final = Table(
    "board_case",
    metadata,
    *_id(),
    *_uuid("trainer_id expert_id dossier_id"),
    *_text("programme module recommended_by dossier_hash state"),
    *_int("scheme_version round"),
    *_date("recommended_on"),
    *_at("opened_at closed_at?"),
)
recusal: Final = Table(
    "recusal",
    metadata,
    *_id(),
    *_uuid("case_id member_id"),
    *_text("programme kind ground recorded_by"),
    *_at("recorded_at"),
)
vote: Final = Table(
    "vote",
    metadata,
    *_id(),
    *_uuid("case_id member_id"),
    *_text("programme choice dossier_hash cast_by"),
    *_int("round"),
    *_date("voted_on"),
    *_flag("is_recorded"),
    *_at("cast_at"),
    Column("position", BigInteger, Identity(always=True), nullable=False),
)
decision: Final = Table(
    "decision",
    metadata,
    *_id(),
    *_uuid("case_id"),
    *_text("programme outcome reason? dossier_hash decided_by"),
    *_int("round votes_for votes_against abstentions eligible scheme_version"),
    *_date("decided_on"),
    *_at("decided_at"),
    Column("required", ARRAY(Text), nullable=False),
)
roll_call: Final = Table(
    "roll_call",
    metadata,
    *_id("decision_id member_id"),
    *_uuid("vote_id?"),
    *_text("programme constituency"),
    *_flag("is_recused"),
)
certificate_counter: Final = Table(
    "certificate_counter", metadata, *_key("programme series"), *_columns(Integer(), "year", key=True), *_int("last")
)
certificate: Final = Table(
    "certificate",
    metadata,
    *_id(),
    *_uuid("trainer_id case_id? decision_id?"),
    *_text("programme number series module dossier_hash? authority? withdrawal_ground?"),
    *_int("year ordinal"),
    *_date("valid_from valid_until? expert_from? withdrawn_on?"),
    *_at("issued_at"),
    Column("decision_outcome", Text, Computed("(see the migration)"), nullable=True),
)
suspension: Final = Table(
    "suspension",
    metadata,
    *_id(),
    *_uuid("certificate_id"),
    *_text("programme ground reinstatement_ground?"),
    *_date("suspended_on reinstated_on?"),
    *_at("recorded_at"),
)
