"""Certificate numbers: gapless per programme, series and year, with an unguessable end."""

from collections.abc import Callable
from typing import Final

from services.certification.domain.certificate import Series

SUFFIX_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without 0 O 1 I L U: read aloud and typed from paper without doubt."""
SUFFIX_LENGTH: Final = 6

SuffixSource = Callable[[], str]
"""Returns SUFFIX_LENGTH fresh characters of SUFFIX_ALPHABET that nobody can foresee."""


def certificate_number(programme: str, series: Series, year: int, ordinal: int, suffix: str) -> str:
    """Return for example `BOLIVIA-2014-0007-K3QX9M`; recognitions carry an R after the programme.

    `ordinal` counts from 1 within programme, series and year. Raises ValueError for a bad ordinal or suffix.
    """
    if ordinal < 1:
        raise ValueError(f"ordinal {ordinal} is not counted from 1")
    if len(suffix) != SUFFIX_LENGTH or not set(suffix) <= set(SUFFIX_ALPHABET):
        raise ValueError(f"{suffix!r} is not {SUFFIX_LENGTH} characters of the suffix alphabet")
    issuer = programme.upper() if series is Series.BOARD else f"{programme.upper()}-R"
    return f"{issuer}-{year:04d}-{ordinal:04d}-{suffix}"
