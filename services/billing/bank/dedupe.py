"""Telling a movement that is known already from a second one that looks the same.

Two equal bookings on one day are genuine, so a key alone does not tell: its occurrence does. The n-th booking of a key
in a file is the n-th booking of that key on the account; a file that overlaps an earlier one adds nothing, in whatever
order its rows come.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from services.billing.bank.model import Line

_SEPARATOR: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class Key:
    """What identifies a movement on its account: the key of the text, and the how-manieth of it."""

    text: str
    occurrence: int


def key_text(line: Line) -> str:
    """Return the key: the bank's own reference where it gives one, else day, amount and reference.

    The amount is part of both: the transactions of one batch share the reference of their entry.
    """
    if line.bank_reference:
        by, parts = "bank", [line.bank_reference, str(line.amount.minor)]
    else:
        said = [line.reference, line.end_to_end, line.party_account or line.party_name.casefold()]
        by, parts = "said", [line.booked_on.isoformat(), str(line.amount.minor), *said]
    return f"{by}:{sha256(_SEPARATOR.join(parts).encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Counted:
    """A line with its key; `is_known`: it was imported before."""

    line: Line
    key: Key
    is_known: bool


def count(lines: Sequence[Line], known: Mapping[str, int]) -> tuple[Counted, ...]:
    """Return every line with its occurrence in this file; `known` says how often each key was imported before."""
    seen: Counter[str] = Counter()
    counted = []
    for line in lines:
        text = key_text(line)
        seen[text] += 1
        counted.append(Counted(line, Key(text, seen[text]), seen[text] <= known.get(text, 0)))
    return tuple(counted)


def count_on(lines: Sequence[Line], known: Mapping[str, int]) -> tuple[Counted, ...]:
    """Return every line as a new one: occurrences go on after those known."""
    seen: Counter[str] = Counter(known)
    counted = []
    for line in lines:
        text = key_text(line)
        seen[text] += 1
        counted.append(Counted(line, Key(text, seen[text]), is_known=False))
    return tuple(counted)
