"""The accounts that billing posts to, and which income and cost accounts belong to which payer and kind.

The chart itself, with every account's name, side and sub-accounts, is in `migrations/versions/ledger_chart.sql`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from shared.events.vocabulary import PayerClass


class Code(StrEnum):
    """Account codes of the chart that billing's own rules post to."""

    BANK = "1010"
    CASH = "1020"
    ENTERPRISE_RECEIVABLE = "1110"
    SUBSIDY_RECEIVABLE = "1120"
    ALLOWANCE = "1190"
    PREPAID = "1210"
    PAYABLE = "2010"
    UNAPPLIED = "2110"
    SUSPENSE = "2120"
    DEFERRED_INCOME = "2130"
    DEFERRED_SUBSIDY = "2140"
    TAXES = "2210"
    ACCUMULATED_RESULT = "3020"
    FEES_FIRST_MODULE = "4010"
    FEES_FURTHER_MODULES = "4011"
    DISCOUNTS = "4090"
    SUBSIDY_GOVERNMENT = "4110"
    SUBSIDY_DONOR = "4120"
    IN_KIND = "4130"
    PARTNER_FUNDS = "4140"
    ILO_CONTRIBUTION = "4190"
    TRADING = "7940"
    BAD_DEBT = "7110"
    BANK_CHARGES = "7210"
    CONTRACTED = "9110"
    CONTRACTED_CONTRA = "9910"


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a book; kept per enterprise, agreement or bank account where the chart says so."""

    code: str
    enterprise_id: UUID | None = None
    agreement_id: UUID | None = None
    bank_account_id: UUID | None = None


SUBSIDY_INCOME: Final[dict[PayerClass, Code]] = {
    PayerClass.GOVERNMENT: Code.SUBSIDY_GOVERNMENT,
    PayerClass.LEAD_BUYER: Code.SUBSIDY_DONOR,
    PayerClass.DONOR: Code.SUBSIDY_DONOR,
    PayerClass.PARTNER: Code.PARTNER_FUNDS,
    PayerClass.ILO: Code.ILO_CONTRIBUTION,
}
"""Where an approved subsidy becomes income. The ILO's money is apart because no formula counts it as recovery; the
partner's own funds are apart because they are no income from outside."""


def payer_account(code: Code, *, enterprise_id: UUID | None, agreement_id: UUID | None) -> Account:
    """Return a payer's sub-account of `code`: the agreement's where there is one, else the enterprise's."""
    if agreement_id is not None:
        return Account(code, agreement_id=agreement_id)
    return Account(code, enterprise_id=enterprise_id)
