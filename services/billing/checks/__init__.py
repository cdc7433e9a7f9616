"""What `scorebook verify` re-derives of billing: the ledger's own rules, and documents against the ledger."""

from typing import Final

from services.billing.checks.bank import BANK_CHECKS
from services.billing.checks.costs import COST_CHECKS
from services.billing.checks.documents import DOCUMENT_CHECKS
from services.billing.checks.issuing import ISSUING_CHECKS
from services.billing.checks.ledger import LEDGER_CHECKS
from services.billing.checks.outbox import OUTBOX_CHECKS
from services.billing.checks.receivables import RECEIVABLE_CHECKS
from services.billing.checks.recovery import RECOVERY_CHECKS
from services.billing.checks.subsidies import SUBSIDY_CHECKS
from shared.runtime import Check

CHECKS: Final[tuple[Check, ...]] = (
    *LEDGER_CHECKS,
    *DOCUMENT_CHECKS,
    *ISSUING_CHECKS,
    *RECEIVABLE_CHECKS,
    *BANK_CHECKS,
    *COST_CHECKS,
    *SUBSIDY_CHECKS,
    *RECOVERY_CHECKS,
    *OUTBOX_CHECKS,
)
