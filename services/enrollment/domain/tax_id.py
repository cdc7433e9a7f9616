"""Tax ids: what makes two ways of writing one the same."""

import re
from typing import Final

from services.enrollment.errors.register import TaxIdMalformed

_NOISE: Final = re.compile(r"[\s.\-\u2010-\u2015]")
_SHAPE: Final = re.compile(r"[A-Z0-9]{3,32}")


def normalise_tax_id(written: str) -> str:
    """Return `written` without spaces, dots and dashes, in upper case; raises TaxIdMalformed.

    Check digits differ by country and are not looked at here.
    """
    bare = bare_tax_id(written)
    if not _SHAPE.fullmatch(bare):
        raise TaxIdMalformed
    return bare


def bare_tax_id(written: str) -> str:
    """Return `written` without spaces, dots and dashes, in upper case; refuses nothing, since it serves looking up."""
    return _NOISE.sub("", written).upper()
