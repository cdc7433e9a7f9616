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
    _columns(Id, "id partner_id lead_trainer_id"),
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
    _columns(Text, "programme module currency delivery tax_code"),
    _columns(Date, "valid_from valid_to"),
    _columns(BigInteger, "price_minor"),
)
price_instalment: Final = _table(
    "price_instalment",
    _columns(Id, "price_id"),
    _columns(SmallInteger, "number"),
    _columns(Text, "programme waits_for"),
    _columns(Integer, "share_bp"),
)
tax_rule: Final = _table(
    "tax_rule",
    _columns(Id, "id"),
    _columns(Text, "programme code category exemption_reason source_note"),
    _columns(Integer, "rate_bp"),
    _columns(Boolean, "is_included"),
    _columns(Date, "valid_from valid_to"),
)
discount: Final = _table(
    "discount",
    _columns(Id, "id partner_id enterprise_id enrollment_id"),
    _columns(Text, "programme module kind currency reason granted_by withdrawn_by withdraw_reason"),
    _columns(Integer, "rate_bp"),
    _columns(BigInteger, "amount_minor"),
    _columns(Date, "granted_on withdrawn_on"),
)
book_profile: Final = _table(
    "book_profile",
    _columns(Id, "partner_id"),
    _columns(
        Text, "programme legal_name city postal_code country tax_id email bank_name bank_account iban bic language"
    ),
    [Column("address", ARRAY(Text))],
    _columns(Integer, "terms_days discount_limit_bp"),
)
enterprise_profile: Final = _table(
    "enterprise_profile",
    _columns(Id, "enterprise_id partner_id"),
    _columns(Text, "programme city postal_code country email language buyer_reference"),
    [Column("address", ARRAY(Text))],
)
frozen_document: Final = _table(
    "frozen_document",
    _columns(Id, "id partner_id"),
    _columns(Text, "programme kind body sha256"),
    [Column("missing", ARRAY(Text))],
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
    _columns(Id, "id partner_id enterprise_id enrollment_id price_id discount_id"),
    _columns(Text, "programme currency state end_reason number enterprise_name enterprise_tax_id waits_for"),
    _columns(Text, "tax_code tax_category tax_reason document_sha256 contracted_phase issued_phase"),
    _columns(BigInteger, "total_minor price_minor discount_minor tax_minor"),
    _columns(SmallInteger, "instalment instalments"),
    _columns(Integer, "fiscal_year serial tax_rate_bp"),
    _columns(Date, "contracted_on contract_ended_on issued_on due_on earned_on settled_on voided_on"),
)
invoice_share: Final = _table(
    "invoice_share",
    _columns(Id, "id invoice_id agreement_id"),
    _columns(Text, "programme payer_class"),
    _columns(BigInteger, "amount_minor tax_minor"),
)
credit_note: Final = _table(
    "credit_note",
    _columns(Id, "id partner_id invoice_id"),
    _columns(Text, "programme number reason kind state end_reason phase"),
    _columns(Integer, "fiscal_year serial"),
    _columns(Date, "issued_on ended_on"),
    _columns(BigInteger, "total_minor"),
)
credit_note_part: Final = _table(
    "credit_note_part",
    _columns(Id, "credit_note_id share_id"),
    _columns(Text, "programme"),
    _columns(BigInteger, "amount_minor tax_minor released_minor released_tax_minor discount_minor"),
    _columns(Boolean, "is_earned"),
)
credit_use: Final = _table(
    "credit_use",
    _columns(Id, "id credit_note_id agreement_id bank_account_id invoice_id claim_id"),
    _columns(Text, "programme kind method reference phase"),
    _columns(Date, "used_on"),
    _columns(BigInteger, "amount_minor"),
)
credit_use_part: Final = _table(
    "credit_use_part",
    _columns(Id, "credit_use_id share_id cost_id"),
    _columns(Text, "programme"),
    _columns(BigInteger, "amount_minor tax_minor"),
)
tolerance: Final = _table(
    "tolerance",
    _columns(Id, "id partner_id"),
    _columns(Text, "programme currency set_by"),
    _columns(BigInteger, "amount_minor"),
    _columns(Integer, "share_bp"),
    _columns(Date, "set_on"),
)
write_off: Final = _table(
    "write_off",
    _columns(Id, "id partner_id invoice_id claim_id allocation_id"),
    _columns(Text, "programme cause currency reason written_by phase"),
    _columns(BigInteger, "amount_minor"),
    _columns(Date, "written_on"),
)
write_off_part: Final = _table(
    "write_off_part",
    _columns(Id, "write_off_id share_id cost_id"),
    _columns(Text, "programme"),
    _columns(BigInteger, "amount_minor tax_minor"),
)
write_off_reversal: Final = _table(
    "write_off_reversal",
    _columns(Id, "id write_off_id"),
    _columns(Text, "programme reason reversed_by"),
    _columns(Date, "reversed_on"),
)
invoice_reopening: Final = _table(
    "invoice_reopening", _columns(Id, "id invoice_id"), _columns(Text, "programme"), _columns(Date, "reopened_on")
)
reminder_schedule: Final = _table(
    "reminder_schedule",
    _columns(Id, "id partner_id"),
    _columns(Text, "programme currency"),
    _columns(Date, "valid_from"),
    [Column("days_after_due", ARRAY(Integer))],
    _columns(BigInteger, "minimum_minor"),
)
reminder_run: Final = _table(
    "reminder_run",
    _columns(Id, "id partner_id schedule_id"),
    _columns(Text, "programme run_by"),
    _columns(Date, "run_on"),
)
reminder: Final = _table(
    "reminder",
    _columns(Id, "id run_id partner_id enterprise_id"),
    _columns(Text, "programme currency"),
    _columns(Integer, "level"),
    _columns(Date, "reminded_on"),
    _columns(BigInteger, "total_minor"),
)
reminder_item: Final = _table(
    "reminder_item",
    _columns(Id, "reminder_id invoice_id"),
    _columns(Text, "programme"),
    _columns(Date, "due_on"),
    _columns(Integer, "level"),
    _columns(BigInteger, "open_minor"),
)
reminder_skip: Final = _table(
    "reminder_skip",
    _columns(Id, "run_id invoice_id"),
    _columns(Text, "programme cause reason"),
    _columns(Date, "due_on"),
    _columns(Integer, "level"),
)
reminder_pause: Final = _table(
    "reminder_pause",
    _columns(Id, "id invoice_id"),
    _columns(Text, "programme cause reason made_by"),
    _columns(Date, "until_on made_on"),
)
allowance: Final = _table(
    "allowance",
    _columns(Id, "id partner_id"),
    _columns(Text, "programme currency reason made_by"),
    _columns(Date, "as_of"),
    _columns(BigInteger, "target_minor booked_minor"),
    _columns(JSONB, "buckets"),
)
claim: Final = _table(
    "claim",
    _columns(Id, "id partner_id agreement_id"),
    _columns(Text, "programme number state decision_reason decided_phase"),
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
    _columns(Text, "programme step reason actor phase"),
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
    _columns(Id, "id partner_id enterprise_id agreement_id bank_account_id bank_line_id"),
    _columns(Text, "programme payer_class currency reference method"),
    _columns(Date, "received_on identified_on"),
    _columns(BigInteger, "amount_minor"),
    _columns(Boolean, "identified_late"),
)
payment_refund: Final = _table(
    "payment_refund",
    _columns(Id, "id payment_id bank_account_id bank_line_id reverses_id"),
    _columns(Text, "programme method reason"),
    _columns(BigInteger, "amount_minor"),
    _columns(Date, "refunded_on"),
)
payment_reversal: Final = _table(
    "payment_reversal",
    _columns(Id, "id payment_id bank_line_id"),
    _columns(Text, "programme reason"),
    _columns(Date, "reversed_on undone_on"),
)
allocation: Final = _table(
    "allocation",
    _columns(Id, "id payment_id invoice_id claim_id reverses_id"),
    _columns(Text, "programme reason phase"),
    _columns(BigInteger, "amount_minor"),
    _columns(Date, "allocated_on"),
)
allocation_part: Final = _table(
    "allocation_part",
    _columns(Id, "allocation_id share_id cost_id"),
    _columns(Text, "programme"),
    _columns(BigInteger, "amount_minor tax_minor"),
)
rate_card: Final = _table(
    "rate_card",
    _columns(Id, "id partner_id trainer_id"),
    _columns(Text, "programme item module delivery currency cost_kind recorded_by"),
    _columns(Date, "valid_from valid_to"),
    _columns(BigInteger, "amount_minor"),
    _columns(Integer, "version"),
    [Column("recorded_at", DateTime(timezone=True))],
)
cost_bill: Final = _table(
    "cost_bill",
    _columns(Id, "id partner_id"),
    _columns(Text, "programme kind currency description supplier document_reference split_by duplicate_reason"),
    _columns(Date, "incurred_on document_on"),
    _columns(BigInteger, "amount_minor"),
)
bank_account: Final = _table(
    "bank_account",
    _columns(Id, "id partner_id"),
    _columns(Text, "programme name number country currency close_reason"),
    _columns(Boolean, "is_iban takes_over"),
    _columns(Date, "opened_on closed_on"),
    _columns(BigInteger, "opening_minor"),
)
bank_profile: Final = _table(
    "bank_profile",
    _columns(Id, "id bank_account_id"),
    _columns(Text, "programme"),
    _columns(Integer, "version"),
    _columns(JSONB, "profile"),
)
bank_import: Final = _table(
    "bank_import",
    _columns(Id, "id partner_id bank_account_id profile_id"),
    _columns(Text, "programme format file_name gap_reason"),
    _columns(LargeBinary, "content"),
    _columns(BigInteger, "opening_minor closing_minor"),
    [Column(name, DateTime(timezone=True)) for name in ("previewed_at", "confirmed_at")],
)
bank_statement: Final = _table(
    "bank_statement",
    _columns(Id, "id bank_account_id import_id"),
    _columns(Text, "programme identifier"),
    _columns(Integer, "serial"),
    _columns(Date, "from_on to_on"),
    _columns(BigInteger, "opening_minor closing_minor"),
)
bank_line: Final = _table(
    "bank_line",
    _columns(Id, "id partner_id bank_account_id statement_id"),
    _columns(Text, "programme currency bank_reference end_to_end reference party_name party_account said key_text"),
    _columns(Text, "state ignore_reason"),
    _columns(Integer, "row_number occurrence booked_version"),
    _columns(Date, "booked_on value_on"),
    _columns(BigInteger, "amount_minor"),
    _columns(Boolean, "is_reversal is_gap"),
    _columns(JSONB, "suggestions"),
)
bank_match: Final = _table(
    "bank_match",
    _columns(Id, "id line_id payment_id entry_uid counter_line_id"),
    _columns(Text, "programme kind state undo_reason"),
    _columns(JSONB, "wish"),
    _columns(Date, "posted_on undone_on"),
)
cost: Final = _table(
    "cost",
    _columns(Id, "id partner_id training_id source_event_id bill_id corrects card_id"),
    _columns(Text, "programme kind currency description supplier document_reference given_by valuation"),
    _columns(Text, "duplicate_reason item phase"),
    _columns(Boolean, "is_direct is_in_kind by_ilo"),
    _columns(Date, "incurred_on posted_on document_on"),
    _columns(BigInteger, "amount_minor"),
    _columns(Integer, "quantity"),
    _columns(JSONB, "attachments"),
)
cost_reversal: Final = _table(
    "cost_reversal", _columns(Id, "cost_id"), _columns(Text, "programme reason"), _columns(Date, "reversed_on")
)
training_participant: Final = _table(
    "training_participant", _columns(Id, "training_id enterprise_id"), _columns(Text, "programme participant")
)
delivery: Final = _table(
    "delivery",
    _columns(Id, "id partner_id training_id source_event_id trainer_id card_id cost_id"),
    _columns(Text, "programme kind item rated_by"),
    _columns(Date, "happened_on"),
    _columns(Integer, "number quantity"),
    [Column("received_at", DateTime(timezone=True))],
)
prepayment: Final = _table(
    "prepayment",
    _columns(Id, "id partner_id training_id"),
    _columns(Text, "programme supplier currency method reference"),
    _columns(Date, "paid_on"),
    _columns(BigInteger, "amount_minor"),
)
prepayment_reversal: Final = _table(
    "prepayment_reversal",
    _columns(Id, "prepayment_id"),
    _columns(Text, "programme reason"),
    _columns(Date, "reversed_on"),
)
cost_payment: Final = _table(
    "cost_payment",
    _columns(Id, "id partner_id prepayment_id"),
    _columns(Text, "programme currency method reference"),
    _columns(Date, "paid_on"),
    _columns(BigInteger, "amount_minor"),
)
cost_payment_part: Final = _table(
    "cost_payment_part",
    _columns(Id, "payment_id cost_id"),
    _columns(Text, "programme"),
    _columns(BigInteger, "amount_minor"),
)
cost_payment_reversal: Final = _table(
    "cost_payment_reversal",
    _columns(Id, "payment_id"),
    _columns(Text, "programme reason"),
    _columns(Date, "reversed_on"),
)
measurement: Final = _table(
    "cost_recovery_measurement",
    _columns(Id, "id measurement_id"),
    _columns(Text, "basis programme currency window_kind window_text snapshot"),
    _columns(Date, "as_of since until"),
    [Column("measured_at", DateTime(timezone=True))],
    _columns(JSONB, "components scope"),
    [Column("first_modules", ARRAY(Text))],
    _columns(BigInteger, "last_entry_id"),
)
self_sufficiency: Final = _table(
    "self_sufficiency", _columns(Text, "programme"), _columns(Id, "measurement_id"), _columns(Date, "as_of")
)

recovery_target: Final = _table(
    "recovery_target",
    _columns(Id, "id"),
    _columns(Text, "programme phase formula basis module_group delivery source source_note actor"),
    [Column("percent", Numeric), Column("recorded_at", DateTime(timezone=True))],
    _columns(Integer, "policy_version version"),
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
    _columns(Text, "programme basis component currency module region delivery phase"),
    _columns(Id, "partner_id training_id agreement_id"),
    _columns(BigInteger, "amount_minor"),
    _columns(Date, "on_day"),
)
bank_entry: Final = _table(
    "bank_entry",
    _columns(Text, "programme currency kind source_type"),
    _columns(Id, "uid partner_id bank_account_id source_id reverses_uid line_id original_line_id"),
    _columns(BigInteger, "amount_minor entry_id"),
    _columns(Date, "effective_on reversed_on"),
)

# Views: where each share of an issued invoice stands, and every movement of what a payer owes or has to its credit.
share_position: Final = _table(
    "share_position",
    _columns(Id, "share_id invoice_id partner_id enterprise_id agreement_id claim_id"),
    _columns(Text, "payer_class"),
    _columns(BigInteger, "amount_minor approved_minor reduced_minor credited_minor written_off_minor paid_minor"),
    _columns(BigInteger, "open_minor payable_minor tax_open_minor tax_paid_minor"),
    _columns(BigInteger, "credited_net_minor credited_discount_minor"),
)
cost_position: Final = _table(
    "cost_position",
    _columns(Id, "claim_id cost_id partner_id agreement_id"),
    _columns(BigInteger, "claimed_minor approved_minor paid_minor written_off_minor open_minor"),
)
receivable_movement: Final = _table(
    "receivable_movement",
    _columns(Id, "partner_id enterprise_id agreement_id share_id invoice_id document_id claim_id"),
    _columns(Text, "programme currency side document document_number reference"),
    _columns(Date, "on_day"),
    _columns(BigInteger, "amount_minor"),
)
