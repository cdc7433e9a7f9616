"""Billing's tables as queries see them; their constraints and triggers are in `migrations/versions/*.sql`.

A test compares these columns with the migrated database.
"""

from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy import Uuid as Id
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

METADATA: Final = MetaData()
LEDGER: Final = MetaData(schema="ledger")


def _columns(kind: type[TypeEngine[Any]], names: str) -> list[Column[Any]]:
    return [Column(name, kind) for name in names.split()]


def _table(name: str, *columns: list[Column[Any]], metadata: MetaData = METADATA) -> Table:
    return Table(name, metadata, *(column for group in columns for column in group))


programme: Final = _table(
    "programme",
    _columns(Text, "programme name currency"),
    _columns(Id, "id"),
    _columns(Integer, "policy_version"),
    _columns(JSONB, "modules phases"),
    [Column("size_classes", ARRAY(Text)), Column("regions", ARRAY(Text))],
)
partner: Final = _table("partner", _columns(Id, "id"), _columns(Text, "programme name kind region"))
enterprise: Final = _table("enterprise", _columns(Id, "id partner_id"), _columns(Text, "programme name tax_id"))
training: Final = _table(
    "training",
    _columns(Id, "id partner_id"),
    _columns(Text, "programme module region delivery"),
    _columns(Date, "starts_on ends_on"),
)
enrollment: Final = _table(
    "enrollment",
    _columns(Id, "id partner_id enterprise_id training_id"),
    _columns(Text, "programme module region delivery size_class"),
    _columns(Date, "enrolled_on completed_on endline_on withdrawn_on"),
)
price: Final = _table(
    "price",
    _columns(Id, "id partner_id"),
    _columns(Text, "programme module currency"),
    _columns(Date, "valid_from valid_to"),
    _columns(BigInteger, "price_minor"),
    _columns(Integer, "tax_rate_bp"),
)
agreement: Final = _table(
    "agreement",
    _columns(Id, "id partner_id"),
    _columns(Text, "programme code payer_class payer_name currency state close_reason funds document_reference"),
    _columns(BigInteger, "ceiling_minor committed_minor"),
    _columns(Date, "valid_from valid_to closed_on activated_on"),
    [Column("cost_kinds", ARRAY(Text)), Column("requires_evidence", ARRAY(Text))],
    [Column("reporting_dates", ARRAY(Date))],
)
agreement_step: Final = _table(
    "agreement_step",
    _columns(Id, "agreement_id"),
    _columns(Integer, "serial"),
    _columns(Text, "programme step reason actor"),
    _columns(Date, "on_day valid_to_before valid_to_after"),
    _columns(BigInteger, "ceiling_before_minor ceiling_after_minor"),
    [Column("recorded_at", DateTime(timezone=True))],
)
agreement_share: Final = _table(
    "agreement_share",
    _columns(Id, "agreement_id"),
    _columns(Text, "programme size_class"),
    _columns(Integer, "share_bp"),
    _columns(BigInteger, "fixed_minor"),
)
number_series: Final = _table(
    "number_series", _columns(Text, "programme kind"), _columns(Id, "partner_id"), _columns(Integer, "fiscal_year last")
)
invoice: Final = _table(
    "invoice",
    _columns(Id, "id partner_id enterprise_id enrollment_id price_id"),
    _columns(Text, "programme currency state end_reason number enterprise_name enterprise_tax_id"),
    _columns(BigInteger, "total_minor"),
    _columns(Integer, "fiscal_year serial"),
    _columns(Date, "contracted_on contract_ended_on issued_on due_on earned_on settled_on"),
)
invoice_share: Final = _table(
    "invoice_share",
    _columns(Id, "id invoice_id agreement_id"),
    _columns(Text, "programme payer_class"),
    _columns(BigInteger, "amount_minor"),
)
credit_note: Final = _table(
    "credit_note",
    _columns(Id, "id partner_id invoice_id"),
    _columns(Text, "programme number reason"),
    _columns(Integer, "fiscal_year serial"),
    _columns(Date, "issued_on"),
    _columns(BigInteger, "total_minor"),
)
claim: Final = _table(
    "claim",
    _columns(Id, "id partner_id agreement_id"),
    _columns(Text, "programme number state decision_reason"),
    _columns(Integer, "fiscal_year serial revision item_set"),
    _columns(Date, "submitted_on decided_on closed_on"),
    _columns(BigInteger, "submitted_minor approved_minor reduced_minor"),
)
claim_item: Final = _table(
    "claim_item",
    _columns(Id, "claim_id share_id cost_id"),
    _columns(Text, "programme"),
    _columns(Integer, "item_set"),
    _columns(BigInteger, "claimed_minor approved_minor reduced_minor"),
    _columns(Boolean, "is_live"),
)
claim_step: Final = _table(
    "claim_step",
    _columns(Id, "claim_id"),
    _columns(Integer, "serial"),
    _columns(Text, "programme step reason actor"),
    _columns(Date, "on_day"),
    _columns(BigInteger, "amount_minor"),
    [Column("recorded_at", DateTime(timezone=True))],
)
claim_reduction: Final = _table(
    "claim_reduction",
    _columns(Id, "claim_id share_id cost_id"),
    _columns(Integer, "serial"),
    _columns(Text, "programme"),
    _columns(BigInteger, "amount_minor"),
)
claim_submission: Final = _table(
    "claim_submission",
    _columns(Id, "claim_id"),
    _columns(Integer, "revision item_set"),
    _columns(Text, "programme manifest sha256"),
    _columns(Date, "submitted_on"),
    _columns(BigInteger, "submitted_minor"),
)
session_evidence: Final = _table(
    "session_evidence",
    _columns(Id, "event_id partner_id training_id"),
    _columns(Text, "programme"),
    _columns(Integer, "day"),
    _columns(Date, "held_on"),
)
attendance_evidence: Final = _table(
    "attendance_evidence",
    _columns(Id, "event_id enterprise_id"),
    _columns(Text, "programme sex level"),
    _columns(Integer, "people"),
)
visit_evidence: Final = _table(
    "visit_evidence",
    _columns(Id, "event_id partner_id training_id enrollment_id enterprise_id"),
    _columns(Text, "programme outcome"),
    _columns(Integer, "number"),
    _columns(Date, "on_day"),
)
pledge: Final = _table(
    "pledge",
    _columns(Id, "id partner_id"),
    _columns(Text, "programme funder payer_class currency source_document end_kind end_reason"),
    _columns(BigInteger, "amount_minor"),
    _columns(Date, "pledged_on expected_by ended_on"),
)
pledge_contract: Final = _table(
    "pledge_contract",
    _columns(Id, "id pledge_id agreement_id"),
    _columns(Text, "programme"),
    _columns(BigInteger, "amount_minor"),
    _columns(Date, "contracted_on"),
)
payment: Final = _table(
    "payment",
    _columns(Id, "id partner_id enterprise_id agreement_id"),
    _columns(Text, "programme payer_class currency reference method"),
    _columns(Date, "received_on"),
    _columns(BigInteger, "amount_minor"),
)
allocation: Final = _table(
    "allocation",
    _columns(Id, "id payment_id invoice_id claim_id"),
    _columns(Text, "programme"),
    _columns(BigInteger, "amount_minor"),
    _columns(Date, "allocated_on"),
)
allocation_part: Final = _table(
    "allocation_part",
    _columns(Id, "allocation_id share_id cost_id"),
    _columns(Text, "programme"),
    _columns(BigInteger, "amount_minor"),
)
cost: Final = _table(
    "cost",
    _columns(Id, "id partner_id training_id source_event_id"),
    _columns(Text, "programme kind currency description"),
    _columns(Boolean, "is_direct is_in_kind"),
    _columns(Date, "incurred_on posted_on"),
    _columns(BigInteger, "amount_minor"),
)
measurement: Final = _table(
    "cost_recovery_measurement",
    _columns(Id, "id measurement_id"),
    _columns(Text, "basis programme currency"),
    _columns(Date, "as_of"),
    [Column("measured_at", DateTime(timezone=True))],
    _columns(JSONB, "components"),
)
self_sufficiency: Final = _table(
    "self_sufficiency", _columns(Text, "programme"), _columns(Id, "measurement_id"), _columns(Date, "as_of")
)

voucher: Final = _table(
    "voucher",
    _columns(Id, "id partner_id"),
    _columns(Text, "programme kind reason written_by reverse_reason"),
    _columns(Date, "effective_on reversed_on"),
    _columns(Integer, "fiscal_year"),
)

# The ledger is read here and written only through `services/billing/ledger.py`.
book: Final = _table(
    "book",
    _columns(Id, "id"),
    _columns(Text, "programme currency period_length"),
    [Column("opened_at", DateTime(timezone=True))],
    metadata=LEDGER,
)
chart: Final = _table(
    "chart", _columns(Text, "code name type normal_side party"), _columns(Boolean, "may_be_negative"), metadata=LEDGER
)
account: Final = _table(
    "account",
    _columns(BigInteger, "id"),
    _columns(Id, "uid book_id enterprise_id agreement_id bank_account_id party_id"),
    _columns(Text, "programme code currency"),
    _columns(Boolean, "may_be_negative"),
    [Column("opened_at", DateTime(timezone=True))],
    metadata=LEDGER,
)
period: Final = _table(
    "period",
    _columns(Id, "id book_id"),
    _columns(Text, "programme state closed_by"),
    _columns(Date, "starts_on ends_on"),
    [Column("closed_at", DateTime(timezone=True))],
    metadata=LEDGER,
)
entry: Final = _table(
    "entry",
    _columns(BigInteger, "id reverses_entry_id"),
    _columns(Id, "uid book_id period_id source_id"),
    _columns(Text, "programme kind source_type idem_scope idem_key actor reason"),
    _columns(Integer, "source_version"),
    _columns(Date, "effective_on fact_on"),
    [Column("recorded_at", DateTime(timezone=True))],
    metadata=LEDGER,
)
posting: Final = _table(
    "posting",
    _columns(BigInteger, "entry_id account_id amount_minor base_minor"),
    _columns(SmallInteger, "line"),
    _columns(Text, "programme currency phase module region delivery payer_class cost_kind"),
    _columns(Id, "training_id agreement_id fx_rate_id"),
    _columns(Date, "effective_on"),
    _columns(Boolean, "is_in_kind"),
    metadata=LEDGER,
)
fx_rate: Final = _table(
    "fx_rate",
    _columns(Id, "id"),
    _columns(Text, "programme base quote source source_note actor"),
    [Column("rate", Numeric(20, 10))],
    _columns(Date, "on_date"),
    [Column("captured_at", DateTime(timezone=True))],
    metadata=LEDGER,
)

period_step: Final = _table(
    "period_step",
    _columns(BigInteger, "id"),
    _columns(Id, "period_id"),
    _columns(Text, "programme action actor subject reason"),
    [Column("at", DateTime(timezone=True))],
    metadata=LEDGER,
)
seal: Final = _table(
    "seal",
    _columns(Id, "id book_id"),
    _columns(Integer, "seq entries"),
    _columns(Text, "programme"),
    _columns(LargeBinary, "prev_hash hash"),
    [Column("sealed_at", DateTime(timezone=True))],
    metadata=LEDGER,
)

# Views: what makes each component of cost recovery, from the ledger and, independently, from documents.
recovery_posting: Final = _table(
    "recovery_posting",
    _columns(Text, "programme basis component currency phase module region delivery payer_class cost_kind"),
    _columns(Text, "account_code kind source_type"),
    _columns(Id, "book_id training_id agreement_id account_uid enterprise_id entry_uid source_id reverses_uid"),
    _columns(BigInteger, "amount_minor posted_minor"),
    _columns(SmallInteger, "line"),
    _columns(Date, "effective_on"),
    _columns(Boolean, "is_in_kind"),
    metadata=LEDGER,
)
recovery_document: Final = _table(
    "recovery_document",
    _columns(Text, "programme basis component currency module region delivery"),
    _columns(Id, "partner_id training_id"),
    _columns(BigInteger, "amount_minor"),
    _columns(Date, "on_day"),
)
