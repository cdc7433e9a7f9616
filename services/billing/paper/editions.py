"""Editions of a frozen document: PDF (with the e-invoice inside where there can be one), CII, UBL.

Layout takes some milliseconds of a processor; the event loop must not wait for it. typst lets go of the interpreter
while it works, so threads are enough for a server; a run of thousands takes processes.
"""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from enum import StrEnum
from multiprocessing import get_context
from typing import Final, ParamSpec, TypeVar

from services.billing.domain.document import Bill, Document, thaw
from services.billing.errors import EInvoiceImpossible
from services.billing.paper.einvoice.cii import cii
from services.billing.paper.einvoice.embed import with_facturx
from services.billing.paper.einvoice.needs import missing
from services.billing.paper.einvoice.ubl import ubl
from services.billing.paper.press import Size, press
from services.billing.settings import billing_settings
from shared.errors import FieldError

P = ParamSpec("P")
T = TypeVar("T")
_PRESSES: Final = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="press")


class Syntax(StrEnum):
    """The two syntaxes of EN 16931."""

    CII = "cii"
    UBL = "ubl"


def printed(document: Document, size: Size | None = None) -> bytes:
    """Return the PDF: Factur-X where EN 16931 can say the document, and the page alone where it cannot."""
    paper = size or billing_settings().paper_size
    if not isinstance(document, Bill) or missing(document):
        return press(document, paper)
    return with_facturx(press(document, paper, xml=cii(document)))


def einvoice(bill: Bill, syntax: Syntax) -> str:
    """Return the XML of an invoice or a credit note; raises EInvoiceImpossible naming what is missing."""
    found = missing(bill)
    if found:
        raise EInvoiceImpossible(
            bill.number, [FieldError(each.field, each.rule, f"{each.rule}: {each.sentence}") for each in found]
        )
    return cii(bill) if syntax is Syntax.CII else ubl(bill)


async def in_press(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what `work` returns, done in a thread of the press."""
    return await asyncio.get_running_loop().run_in_executor(_PRESSES, lambda: work(*args, **kwargs))


def print_run(stored: Sequence[str], processes: int | None = None) -> Iterator[bytes]:
    """Yield the PDF of every frozen document of `stored`, in order, made in several processes."""
    count = processes or os.cpu_count() or 1
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_print_stored, stored, chunksize=max(1, min(50, len(stored) // (4 * count) or 1)))


def _print_stored(stored: str) -> bytes:
    return printed(thaw(stored))
