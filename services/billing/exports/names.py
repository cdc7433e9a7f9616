"""What accounts and texts are called in plain-text journals, valid in Beancount and in hledger alike.

Both files use the same names, so that one can be compared with the other line by line.
"""

import re
from typing import Final
from uuid import UUID

ROOTS: Final = {
    "asset": "Assets",
    "liability": "Liabilities",
    "equity": "Equity",
    "income": "Income",
    "expense": "Expenses",
    # Beancount has five roots and no more. The memo accounts mirror each other and add up to nothing.
    "memo": "Equity:Memo",
}
_PARTIES: Final = {"enterprise": "E", "agreement": "A", "bank-account": "B"}

_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9]+")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


def text_name(kind: str, code: str, name: str, party_kind: str | None, party_id: UUID | None, currency: str) -> str:
    """Return an account's name: root, code with the chart's words, party by its id, currency.

    The currency comes last, so that no account that has postings is the parent of another: an assertion on a parent
    would count its children. Names of parties are no part of it, because they change.
    """
    words = _NOT_IN_NAMES.sub("-", name.replace("'", "")).strip("-")
    parts = [ROOTS[kind], f"{code}-{words}"]
    if party_kind is not None and party_id is not None:
        parts.append(f"{_PARTIES[party_kind]}-{party_id}")
    return ":".join([*parts, currency])


def quoted(text: str) -> str:
    """Return a text as a string of Beancount; control characters other than line breaks and tabs become spaces."""
    text = text.replace("\r\n", "\n")
    return '"' + _CONTROLS.sub(" ", "".join(_ESCAPES.get(each, each) for each in text)) + '"'


def tag_value(text: str) -> str:
    """Return a text as the value of a tag of hledger: one line, and no comma, where a value would end."""
    return _CONTROLS.sub(" ", text).replace(",", ";").strip()


def description(text: str) -> str:
    """Return a text as a description of hledger: one line, and no semicolon, where a comment would begin."""
    return _CONTROLS.sub(" ", text).replace(";", ",").strip()
