"""What a document says, frozen: the one source of its PDF, its e-invoice and its hash.

Everything that is printed or sent stands here as a value: names and addresses as they were, texts in the recipient's
language, amounts in whole minor units of one currency. Nothing is looked up when a document is made again, so that it
comes out the same after a name, a tax rule or a price list changed. Business terms (BT) and groups (BG) are those of
EN 16931-1; rules (BR) are named as in its schematron.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field, TypeAdapter

from services.billing.domain.bill import Allowance, Bill, Line, PayerShare, Preceding, TaxLine, Totals
from services.billing.domain.papers import (
    Aged,
    AppliedTo,
    Bucket,
    Claim,
    Claimed,
    Evidence,
    EvidenceKind,
    OpenDocument,
    PaymentMethod,
    Receipt,
    Reminder,
    Statement,
    StatementEntry,
    StatementLine,
)
from services.billing.domain.parts import (
    Country,
    Exact,
    Head,
    Kind,
    Label,
    Language,
    Part,
    Party,
    PaymentMeans,
    Period,
    Prose,
    TaxCategory,
    TaxId,
)

__all__ = [
    "Aged",
    "Allowance",
    "AppliedTo",
    "Bill",
    "Bucket",
    "Claim",
    "Claimed",
    "Country",
    "Document",
    "Evidence",
    "EvidenceKind",
    "Exact",
    "Head",
    "Kind",
    "Label",
    "Language",
    "Line",
    "OpenDocument",
    "Part",
    "Party",
    "PayerShare",
    "PaymentMeans",
    "PaymentMethod",
    "Period",
    "Preceding",
    "Prose",
    "Receipt",
    "Reminder",
    "Statement",
    "StatementEntry",
    "StatementLine",
    "TaxCategory",
    "TaxId",
    "TaxLine",
    "Totals",
    "fingerprint",
    "frozen",
    "thaw",
]

Document = Bill | Statement | Reminder | Receipt | Claim
"""Any of them, told apart by `kind`."""
_ANY: Final[TypeAdapter[Document]] = TypeAdapter(Annotated[Document, Field(discriminator="kind")])


def frozen(document: Document) -> str:
    """Return the document as canonical JSON: the text that is stored and hashed.

    Names sorted, no blanks, UTF-8, amounts and quantities as decimal strings. A field that has its default is left
    out, so that a field added later does not change the hash of what was frozen before it; no default ever changes.
    """
    plain = document.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def thaw(stored: str | bytes | Mapping[str, object]) -> Document:
    """Return the document of its JSON, read as text or already parsed; raises pydantic's ValidationError."""
    if not isinstance(stored, str | bytes):
        stored = json.dumps(stored)
    return _ANY.validate_json(stored)


def fingerprint(document: Document) -> str:
    """Return the SHA-256 of the canonical JSON in UTF-8, 64 hexadecimal digits."""
    return hashlib.sha256(frozen(document).encode()).hexdigest()
