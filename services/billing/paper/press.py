"""The press: a frozen document becomes a PDF, the same bytes every time.

There is no clock (the dates inside are the day of issue), no system font, no network, and no value that is read as
markup: everything goes in as JSON. PDF/A-3b for archives and PDF/UA-1 for screen readers, both by typst.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Final, Literal

import typst

from services.billing.domain.document import (
    Bill,
    Claim,
    Document,
    Receipt,
    Reminder,
    Statement,
    fingerprint,
)
from services.billing.paper.accounts import receipt_page, reminder_page, statement_page
from services.billing.paper.bills import bill_page
from services.billing.paper.claims import claim_page
from services.billing.paper.fonts import FONTS
from services.billing.paper.letters import printable
from services.billing.paper.page import Page, Writer, writer_for
from services.billing.paper.words import Words

Size = Literal["a4", "us-letter"]
Json = Mapping[str, "Json"] | list["Json"] | tuple["Json", ...] | str | int | None
_TEMPLATES: Final = Path(__file__).with_name("templates")
_OWN: Final = threading.local()


def press(document: Document, size: Size = "a4", *, xml: str | None = None, say: Words | None = None) -> bytes:
    """Return the PDF; `xml` is attached as factur-x.xml. Blocks for some milliseconds: call it in a thread.

    `say` replaces the catalogue of the document's language.
    """
    inputs = _inputs(document, size, say)
    if xml is not None:
        inputs["xml"] = xml
    made = _compiler().compile(
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=["a-3b", "ua-1"],
        timestamp=datetime.combine(document.issued_on, time(), UTC),
    )
    return _one(made)


def pictured(document: Document, size: Size = "a4", *, ppi: int = 110) -> bytes:
    """Return the first page as PNG, `ppi` dots an inch: the same layout, to look at on a screen."""
    made = _compiler().compile(format="png", ppi=ppi, sys_inputs=_inputs(document, size, None))
    return made[0] if isinstance(made, list) else _one(made)


def _inputs(document: Document, size: Size, say: Words | None) -> dict[str, str]:
    return {"paper": json.dumps(_clean(laid_out(document, size, say)), ensure_ascii=False)}


def _one(made: bytes | list[bytes] | None) -> bytes:
    if not isinstance(made, bytes):
        raise TypeError("the press made no single file")
    return made


def _compiler() -> typst.Compiler:
    # One for each thread: it keeps what it has read and laid out before.
    compiler: typst.Compiler | None = getattr(_OWN, "compiler", None)
    if compiler is None:
        compiler = _OWN.compiler = typst.Compiler(
            _TEMPLATES / "paper.typ", root=_TEMPLATES, font_paths=FONTS, ignore_system_fonts=True
        )
    return compiler


def laid_out(document: Document, size: Size = "a4", say: Words | None = None) -> dict[str, Json]:
    """Return what the template gets: every text as it will be read."""
    writer = writer_for(document, say)
    page = page_of(document, writer)
    seller, buyer = document.seller, document.buyer
    contacts = [line for line in (seller.phone, seller.email) if line]
    return {
        **asdict(page),
        "size": size,
        "language": document.language.value,
        "subject": f"{page.title}, {buyer.name}",
        "date": [document.issued_on.year, document.issued_on.month, document.issued_on.day],
        "page-of": writer.say("Page {page} of {pages}"),
        "mark": f"SHA-256 {fingerprint(document)[:16]}",
        "sender": {"name": seller.name, "ids": writer.ids(seller), "lines": [*writer.address(seller), *contacts]},
        "recipient": {
            "heading": writer.say("To"),
            "name": buyer.name,
            "ids": writer.ids(buyer),
            "lines": writer.address(buyer),
        },
    }


def page_of(document: Document, writer: Writer) -> Page:
    """Return the page of a document of any kind."""
    match document:
        case Bill():
            return bill_page(document, writer)
        case Statement():
            return statement_page(document, writer)
        case Reminder():
            return reminder_page(document, writer)
        case Receipt():
            return receipt_page(document, writer)
        case Claim():
            return claim_page(document, writer)


def _clean(value: Json) -> Json:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        # A picture is no text, and what it says is for a machine to read out.
        return {name: each if name in ("svg", "says") else _clean(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value]
    return value
