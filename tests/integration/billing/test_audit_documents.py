"""The audit file has the document behind every entry, of whatever kind, and no table is forgotten."""

import csv
import io
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from services.billing.app import SERVICE
from services.billing.exports.audit_file import DOCUMENTS
from services.billing.tables import METADATA
from shared.auth.actor import Role
from shared.auth.signing import SigningKey
from tests.integration.billing.facts import START
from tests.integration.rights.sceneries import of_billing
from tests.support.accountants import bean_check, hledger_check, no_hledger
from tests.support.client import service_in_process
from tests.support.databases import Databases

pytestmark = pytest.mark.integration

BEHIND: Final = {
    "invoice": ("invoices", "invoice_id"),
    "credit-note": ("credit-notes", "note_id"),
    "credit-use": ("credit-uses", "use_id"),
    "write-off": ("write-offs", "write_off_id"),
    "allowance": ("allowances", "allowance_id"),
    "claim": ("claims", "claim_id"),
    "payment": ("payments", "payment_id"),
    "allocation": ("allocations", "allocation_id"),
    "cost": ("costs", "cost_id"),
    "cost-payment": ("cost-payments", "payment_id"),
    "prepayment": ("prepayments", "prepayment_id"),
    "refund": ("refunds", "refund_id"),
    "payment-reversal": ("payment-reversals", "reversal_id"),
    "bank-account": ("bank-accounts", "bank_account_id"),
    "bank-line": ("bank-lines", "line_id"),
    "bank-match": ("bank-matches", "match_id"),
    "voucher": ("vouchers", "voucher_id"),
}
"""Where the document of each source type of an entry is, and its id."""

NOT_EXPORTED: Final = {
    # what others said, or how documents come to be; what came of it stands on the documents
    *("programme", "training", "training_participant", "delivery", "price", "price_instalment", "tax_rule", "discount"),
    *("rate_card", "agreement_share", "tolerance", "reminder_schedule", "book_profile", "enterprise_profile"),
    # the document itself, by its digest
    "frozen_document",
    # how the files of a bank are read; the files themselves are kept by it, and named by their digests
    "bank_profile",
    # what was not done
    *("reminder_run", "reminder_skip", "reminder_pause", "invoice_reopening"),
    # computed from the above
    *(
        "cost_recovery_measurement",
        "self_sufficiency",
        "recovery_document",
        "bank_entry",
        "share_position",
        "receivable_movement",
    ),
}


@pytest_asyncio.fixture(scope="module")
async def archive(
    databases: Databases, token_keys: tuple[SigningKey, Path], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Path]:
    """The audit file, unpacked, of a book with documents of every kind."""
    key, jwks = token_keys
    place = tmp_path_factory.mktemp("audit")
    async with (
        databases.fresh(SERVICE.name, SERVICE.migrations) as database,
        service_in_process(SERVICE, database, key, str(jwks)) as client,
    ):
        scenery = await of_billing(client, database)
        approval = {"amount": {"amount": "9.00", "currency": "BOB"}, "approved_on": str(START + timedelta(days=2))}
        approved = await client.post(f"/v1/programmes/bolivia/claims/{scenery.parts['claim_id']}/approve", approval)
        assert approved.status_code == 201, approved.text
        path = f"/v1/programmes/bolivia/books/{scenery.partner}/exports/audit-file"
        answer = await client.get(path, role=Role.AUDITOR)
        assert answer.status_code == 200, answer.text
        with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
            file.extractall(place)
        yield place


def rows_of(archive: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with (archive / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_entry_has_its_document_in_the_archive(archive: Path) -> None:
    lines = rows_of(archive, "journal")
    found = {line["source_type"] for line in lines}
    assert found >= {"invoice", "credit-note", "write-off", "claim", "payment", "allocation", "cost", "voucher"}
    assert found <= BEHIND.keys()
    for kind in found:
        name, identity = BEHIND[kind]
        documents = {row[identity] for row in rows_of(archive, f"documents/{name}")}
        assert {line["source_id"] for line in lines if line["source_type"] == kind} <= documents, kind


@no_hledger
def test_a_book_of_every_kind_is_accepted(archive: Path) -> None:
    assert hledger_check(archive / "book.journal").ok


def test_beancount_accepts_a_book_of_every_kind(archive: Path) -> None:
    said = bean_check(archive / "book.beancount")
    assert said.ok, said.text


def test_parts_make_their_documents(archive: Path) -> None:
    for whole, identity, amount, parts in (
        ("invoices", "invoice_id", "total", "invoice-shares"),
        ("credit-notes", "note_id", "total", "credit-note-parts"),
        ("write-offs", "write_off_id", "amount", "write-off-parts"),
        ("allocations", "allocation_id", "amount", "allocation-parts"),
    ):
        sums: dict[str, Decimal] = {}
        for part in rows_of(archive, f"documents/{parts}"):
            sums[part[identity]] = sums.get(part[identity], Decimal(0)) + Decimal(part["amount"])
        documents = {row[identity]: Decimal(row[amount]) for row in rows_of(archive, f"documents/{whole}")}
        assert documents == sums, whole
    assert {row["statement"] for row in rows_of(archive, "documents/number-series")} == {"complete"}


def test_every_table_of_documents_is_in_the_audit_file_or_left_out_for_a_reason() -> None:
    read = {name for one in DOCUMENTS for name in re.findall(r"\b(?:FROM|JOIN) ([a-z_]+)", one.query)}
    tables = {table.name for table in METADATA.tables.values()}
    assert tables <= read | NOT_EXPORTED, "say in the audit file what these hold, or here why not"
    assert not NOT_EXPORTED & {table for one in DOCUMENTS for table in re.findall(r"\bFROM ([a-z_]+)", one.query)}
