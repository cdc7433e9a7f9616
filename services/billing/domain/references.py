"""The reference a payer writes, so that its payment finds its invoice: ISO 11649, RF and two check digits."""

import base64
import hashlib
from typing import Final
from uuid import UUID

_LONGEST: Final = 21
_TAG: Final = 5


def payment_reference(book_id: UUID, number: str) -> str:
    """Return the creditor reference of a document `number` of a book, for example `RF42K7Q2MINV201600012`.

    Five characters of the book's hash keep the books of one bank account apart; the rest is the number without its
    hyphens, so that a person can read it. Numbers of a book differ in letters and digits, so references do too.
    Raises ValueError for a number that has other characters or does not fit into ISO 11649's 21.
    """
    plain = number.replace("-", "").upper()
    if not (plain.isascii() and plain.isalnum() and len(plain) <= _LONGEST - _TAG):
        raise ValueError(f"{number!r} makes no creditor reference: at most {_LONGEST - _TAG} letters and digits")
    tag = base64.b32encode(hashlib.sha256(book_id.bytes).digest()).decode()[:_TAG]
    return creditor_reference(tag + plain)


def creditor_reference(text: str) -> str:
    """Return `text` (1 to 21 capital letters and digits) with the check digits of ISO 11649 (mod 97-10 of ISO 7064)."""
    digits = "".join(str(int(character, 36)) for character in text + "RF00")
    return f"RF{98 - int(digits) % 97:02d}{text}"
