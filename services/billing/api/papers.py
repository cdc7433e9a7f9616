"""Documents to download: the page, the e-invoice in both syntaxes, and what was frozen."""

import re
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.billing.api.access import Programme, Reads
from services.billing.domain.document import Bill, Kind, thaw
from services.billing.paper.editions import Syntax, einvoice, in_press, printed
from services.billing.queries.documents import read_frozen
from services.billing.schemas.documents import FrozenOut
from shared.web.access import Reading

router = APIRouter(prefix="/v1/programmes/{programme}", tags=["documents"])

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
_PDF: Final = "application/pdf"
_XML: Final = "application/xml"
_JSON: Final = "application/json"


def _content(media: str, what: str) -> dict[int | str, dict[str, object]]:
    return {
        200: {"description": what, "content": {media: {"schema": {"type": "string", "format": "binary"}}}},
        304: {"description": "The caller has it already (If-None-Match)."},
    }


@router.get(
    "/invoices/{invoice_id}/document.pdf", response_class=Response, responses=_content(_PDF, "PDF/A-3, Factur-X")
)
async def get_invoice_pdf(programme: Programme, invoice_id: UUID, read: Reads, request: Request) -> Response:
    """Print an issued invoice: the same bytes every time; with the e-invoice inside where EN 16931 can say it."""
    return await _pdf(read, programme, invoice_id, Kind.INVOICE, request)


@router.get("/invoices/{invoice_id}/document.xml", response_class=Response, responses=_content(_XML, "EN 16931"))
async def get_invoice_xml(
    programme: Programme, invoice_id: UUID, read: Reads, request: Request, syntax: Syntax = Syntax.CII
) -> Response:
    """Write an issued invoice as an e-invoice; 409 names each field that is missing, with its rule."""
    return await _xml(read, programme, invoice_id, Kind.INVOICE, syntax, request)


@router.get("/invoices/{invoice_id}/document.json", response_class=Response, responses=_content(_JSON, "Canonical"))
async def get_invoice_json(programme: Programme, invoice_id: UUID, read: Reads, request: Request) -> Response:
    """Show what an issued invoice says, byte for byte as it was hashed."""
    return await _json(read, programme, invoice_id, Kind.INVOICE, request)


@router.get(
    "/credit-notes/{note_id}/document.pdf", response_class=Response, responses=_content(_PDF, "PDF/A-3, Factur-X")
)
async def get_note_pdf(programme: Programme, note_id: UUID, read: Reads, request: Request) -> Response:
    """Print a credit note."""
    return await _pdf(read, programme, note_id, Kind.CREDIT_NOTE, request)


@router.get("/credit-notes/{note_id}/document.xml", response_class=Response, responses=_content(_XML, "EN 16931"))
async def get_note_xml(
    programme: Programme, note_id: UUID, read: Reads, request: Request, syntax: Syntax = Syntax.CII
) -> Response:
    """Write a credit note as an e-invoice."""
    return await _xml(read, programme, note_id, Kind.CREDIT_NOTE, syntax, request)


@router.get("/credit-notes/{note_id}/document.json", response_class=Response, responses=_content(_JSON, "Canonical"))
async def get_note_json(programme: Programme, note_id: UUID, read: Reads, request: Request) -> Response:
    """Show what a credit note says, byte for byte as it was hashed."""
    return await _json(read, programme, note_id, Kind.CREDIT_NOTE, request)


async def _pdf(read: Reading, programme: str, document_id: UUID, kind: Kind, request: Request) -> Response:
    stored, bill = await _bill(read, programme, document_id, kind)
    tag = f'W/"{stored.sha256}"'
    if _has(request, stored.sha256):
        return Response(status_code=304, headers={"etag": tag})
    return _file(await in_press(printed, bill), _PDF, tag, bill.number, "pdf")


async def _xml(
    read: Reading, programme: str, document_id: UUID, kind: Kind, syntax: Syntax, request: Request
) -> Response:
    stored, bill = await _bill(read, programme, document_id, kind)
    tag = f'W/"{stored.sha256}-{syntax.value}"'
    if _has(request, f"{stored.sha256}-{syntax.value}"):
        return Response(status_code=304, headers={"etag": tag})
    xml = await in_press(einvoice, bill, syntax)
    return _file(xml.encode(), _XML, tag, f"{bill.number}-{syntax.value}", "xml")


async def _json(read: Reading, programme: str, document_id: UUID, kind: Kind, request: Request) -> Response:
    stored, bill = await _bill(read, programme, document_id, kind)
    tag = f'"{stored.sha256}"'
    if _has(request, stored.sha256):
        return Response(status_code=304, headers={"etag": tag})
    return _file(stored.body.encode(), _JSON, tag, bill.number, "json")


async def _bill(read: Reading, programme: str, document_id: UUID, kind: Kind) -> tuple[FrozenOut, Bill]:
    stored = await read_frozen(read.connection, read.actor, programme, document_id, kind)
    bill = thaw(stored.body)
    if not isinstance(bill, Bill):
        raise TypeError(f"{document_id} was frozen as {bill.kind}")
    return stored, bill


def _has(request: Request, sha256: str) -> bool:
    """Tell whether the caller's copy is of this document; compared weakly, as RFC 9110 13.1.2 asks for GET."""
    given = request.headers.get("if-none-match", "")
    return sha256 in {each.strip().removeprefix("W/").strip('"') for each in given.split(",")}


def _file(content: bytes, media: str, tag: str, name: str, ending: str) -> Response:
    # The tag is weak for what is made from the document: another release of the press may lay it out otherwise.
    return Response(
        content,
        media_type=media,
        headers={
            "etag": tag,
            "cache-control": "private, no-cache",
            "content-disposition": f'attachment; filename="{_UNSAFE.sub("_", name)}.{ending}"',
        },
    )
