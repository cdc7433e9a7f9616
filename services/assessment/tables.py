"""The tables, as the migrations make them."""

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
    and_,
)

metadata = MetaData()


def _text(*names: str) -> list[Column[str]]:
    return [Column(name, Text) for name in names]


def _uuid(*names: str) -> list[Column[object]]:
    return [Column(name, Uuid) for name in names]


def _date(*names: str) -> list[Column[object]]:
    return [Column(name, Date) for name in names]


def _integer(*names: str) -> list[Column[int]]:
    return [Column(name, Integer) for name in names]


def _recorded() -> list[Column[object]]:
    return [Column("recorded_at", DateTime(timezone=True)), Column("recorded_by", Text)]


def _id() -> Column[object]:
    return Column("id", Uuid, primary_key=True)


known_programme = Table(
    "known_programme",
    metadata,
    Column("code", Text, primary_key=True),
    *_uuid("id"),
    *_text("name", "currency"),
    *_integer("policy_version"),
)
known_module = Table(
    "known_module",
    metadata,
    Column("programme", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("policy_version", Integer, primary_key=True),
    *_date("valid_from"),
    *_text("name"),
    *_integer("classroom_days"),
)
known_partner = Table("known_partner", metadata, _id(), *_text("programme", "name", "kind", "region"))
known_enterprise = Table(
    "known_enterprise",
    metadata,
    _id(),
    *_uuid("partner_id"),
    *_text("programme", "name", "region", "sector", "size_class"),
    *_date("registered_on"),
)
known_trainer = Table("known_trainer", metadata, _id(), *_text("programme", "name"))
known_training = Table(
    "known_training",
    metadata,
    _id(),
    *_text("programme", "module", "region"),
    *_uuid("partner_id", "lead_trainer_id"),
    *_date("starts_on", "ends_on"),
)
known_enrollment = Table(
    "known_enrollment",
    metadata,
    _id(),
    *_text("programme", "state"),
    *_uuid("training_id", "enterprise_id", "partner_id"),
    *_date("enrolled_on", "completed_on", "withdrawn_on"),
)
known_session = Table(
    "known_session",
    metadata,
    Column("training_id", Uuid, primary_key=True),
    Column("day", Integer, primary_key=True),
    *_text("programme"),
    *_date("held_on"),
)
known_participant = Table(
    "known_participant",
    metadata,
    Column("training_id", Uuid, primary_key=True),
    Column("enterprise_id", Uuid, primary_key=True),
    Column("participant", Text, primary_key=True),
    *_text("programme"),
    *_date("first_seen_on"),
)

kpi = Table("kpi", metadata, _id(), *_text("programme", "code"))
kpi_version = Table(
    "kpi_version",
    metadata,
    _id(),
    *_uuid("kpi_id"),
    *_text("programme", "code", "name", "unit", "direction", "means_of_verification"),
    *_text("numerator_label", "denominator_label", "origin", "reason"),
    *_integer("version", "scale"),
    *_date("valid_from"),
    Column("whole_numbers", Boolean),
    Column("is_share", Boolean),
    *_recorded(),
)
assessment = Table(
    "assessment",
    metadata,
    _id(),
    *_text("programme", "kind"),
    *_uuid("enterprise_id", "partner_id", "training_id", "enrollment_id", "baseline_id", "assessor_id"),
    *_date("assessed_on"),
    *_recorded(),
)
reading = Table(
    "reading",
    metadata,
    Column("assessment_id", Uuid, primary_key=True),
    Column("kpi", Text, primary_key=True),
    *_text("programme", "status"),
    *_uuid("kpi_version_id"),
    Column("position", SmallInteger),
    Column("numerator", Numeric(16, 4)),
    Column("denominator", Numeric(16, 4)),
)
satisfaction = Table(
    "satisfaction",
    metadata,
    _id(),
    *_text("programme"),
    *_uuid("training_id", "partner_id"),
    *_date("recorded_on"),
    *_integer("participants", "respondents", "satisfied"),
    *_recorded(),
)
improvement = Table(
    "improvement",
    metadata,
    _id(),
    *_text("programme", "title"),
    *_uuid("enterprise_id", "partner_id", "training_id"),
    *_date("completed_on"),
    *_recorded(),
)
case_study = Table(
    "case_study",
    metadata,
    _id(),
    *_text("programme", "title", "summary", "state", "consent_statement"),
    *_uuid("enterprise_id", "partner_id"),
    *_date("consent_given_on", "published_on"),
    *_recorded(),
)


def identified(table: Table, programme: str, identifier: object) -> ColumnElement[bool]:
    """Return the condition for one row of a programme."""
    return and_(table.c.id == identifier, table.c.programme == programme)
