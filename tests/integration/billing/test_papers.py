"""An issued invoice can be downloaded as a page, as an e-invoice and as it was frozen, and stays as it was."""

import hashlib
import io
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from facturx import get_facturx_xml_from_pdf
from pypdf import PdfReader

from services.billing.domain.document import fingerprint, thaw
from tests.integration.billing.facts import START, Json
from tests.integration.billing.world import World
from tests.support.schematron import Schematron

pytestmark = pytest.mark.integration

SELLER = {
    "legal_name": "Cámara de Industrias (demo)",
    "address": ["Calle 1"],
    "city": "La Paz",
    "country": "BO",
    "email": "a@example.org",
    "tax_id": "1020304050",
    "bank_account": "10000-0004",
    "bank_name": "Banco (demo)",
    "language": "es",
}
BUYER = {"address": ["Av. 2"], "city": "El Alto", "country": "BO", "language": "fr"}


@dataclass(slots=True)
class Papers:
    """Downloads from one world."""

    world: World

    async def get(
        self, what: str, document: Json, ending: str, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """GET one document of an invoice or a credit note."""
        token = self.world.client.token("auditor", self.world.programme, None)
        url = f"{self.world.path}/{what}/{document['id']}/document.{ending}"
        return await self.world.client.http.get(url, headers={"authorization": f"Bearer {token}", **(headers or {})})

    async def issued(self, *, profiles: bool = True) -> Json:
        """Issue an invoice of which a ministry pays a quarter."""
        world = self.world
        await world.price("1000.00")
        await world.agreement("MT-1", "G", {"medium": "25"})
        firm = await world.enterprise()
        if profiles:
            await world.done(f"/books/{world.partner}/profile", SELLER)
            await world.done(f"/enterprises/{firm}/billing-profile", BUYER)
        return await world.issue(await world.invoice_of(await world.enroll(firm, await world.training())))


def text_of(pdf: bytes) -> str:
    """Return what a reader of the PDF finds."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


async def test_two_downloads_are_the_same_bytes_with_the_invoice_inside(world: World) -> None:
    papers = Papers(world)
    invoice = await papers.issued()
    first, second = [await papers.get("invoices", invoice, "pdf") for _ in range(2)]
    assert first.status_code == 200, first.text
    assert first.content == second.content
    assert first.headers["content-type"] == "application/pdf"
    assert first.headers["content-disposition"] == f'attachment; filename="{invoice["number"]}.pdf"'
    assert first.headers["etag"] == f'W/"{invoice["document_sha256"]}"'
    read = text_of(first.content)
    # In the enterprise's language, not in the book's.
    assert f"Facture {invoice['number']}" in read
    assert "Cámara de Industrias (demo)" in read
    xml = await papers.get("invoices", invoice, "xml")
    assert xml.headers["content-type"] == "application/xml"
    assert get_facturx_xml_from_pdf(first.content, check_xsd=True) == ("factur-x.xml", xml.content)


async def test_what_was_issued_is_printed_the_same_after_names_changed(world: World) -> None:
    papers = Papers(world)
    invoice = await papers.issued()
    before = [(await papers.get("invoices", invoice, ending)).content for ending in ("pdf", "xml", "json")]
    await world.done(f"/books/{world.partner}/profile", {**SELLER, "legal_name": "Another name", "language": "en"})
    await world.done(f"/enterprises/{invoice['enterprise_id']}/billing-profile", {**BUYER, "language": "en"})
    after = [(await papers.get("invoices", invoice, ending)).content for ending in ("pdf", "xml", "json")]
    assert after == before


async def test_an_einvoice_of_either_syntax_is_valid(world: World) -> None:
    papers = Papers(world)
    invoice = await papers.issued()
    note = await world.done(
        f"/invoices/{invoice['id']}/credit-notes", {"issued_on": str(START + timedelta(days=1)), "reason": "cancelled"}
    )
    with Schematron() as schematron:
        for what, document in (("invoices", invoice), ("credit-notes", note)):
            for syntax in ("cii", "ubl"):
                got = await papers.get(what, document, f"xml?syntax={syntax}")
                assert got.status_code == 200, got.text
                broken = schematron.failed(syntax, got.text)
                assert [rule for rule in broken if not rule.startswith("?")] == []
                assert got.headers["content-disposition"].endswith(f'"{document["number"]}-{syntax}.xml"')


async def test_a_credit_note_mirrors_its_invoice(world: World) -> None:
    papers = Papers(world)
    invoice = await papers.issued()
    note = await world.done(
        f"/invoices/{invoice['id']}/credit-notes", {"issued_on": str(START + timedelta(days=1)), "reason": "cancelled"}
    )
    said = (await papers.get("credit-notes", note, "json")).json()
    billed = (await papers.get("invoices", invoice, "json")).json()
    assert said["totals"] == billed["totals"]
    assert said["preceding"] == {"number": invoice["number"], "issued_on": billed["issued_on"]}
    assert said["totals"]["payable"] == world.money("750.00")
    assert "payment_reference" not in said
    read = text_of((await papers.get("credit-notes", note, "pdf")).content)
    assert f"Avoir {note['number']}" in read


async def test_what_was_frozen_has_the_hash_that_the_invoice_names(world: World) -> None:
    papers = Papers(world)
    invoice = await papers.issued()
    got = await papers.get("invoices", invoice, "json")
    assert hashlib.sha256(got.content).hexdigest() == invoice["document_sha256"] == fingerprint(thaw(got.content))
    assert got.headers["etag"] == f'"{invoice["document_sha256"]}"'


async def test_a_copy_that_the_caller_has_is_not_sent_again(world: World) -> None:
    papers = Papers(world)
    invoice = await papers.issued()
    for ending in ("pdf", "json", "xml?syntax=cii", "xml?syntax=ubl"):
        tag = (await papers.get("invoices", invoice, ending)).headers["etag"]
        again = await papers.get("invoices", invoice, ending, {"if-none-match": f'"other", {tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert (await papers.get("invoices", invoice, ending, {"if-none-match": '"other"'})).status_code == 200


async def test_without_profiles_there_is_a_page_and_the_einvoice_says_what_is_missing(world: World) -> None:
    papers = Papers(world)
    invoice = await papers.issued(profiles=False)
    pdf = await papers.get("invoices", invoice, "pdf")
    assert pdf.status_code == 200
    assert "/Names" not in PdfReader(io.BytesIO(pdf.content)).root_object
    refused = await papers.get("invoices", invoice, "xml")
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    problem = refused.json()
    assert problem["type"].endswith("einvoice-impossible")
    assert {(each["field"], each["rule"]) for each in problem["errors"]} == {
        ("seller.country", "BR-09"),
        ("buyer.country", "BR-11"),
        ("seller.tax_id", "BR-CO-26"),
    }


async def test_a_draft_and_a_document_of_another_kind_are_not_found(world: World) -> None:
    papers = Papers(world)
    invoice = await papers.issued()
    draft = await world.invoice_of(await world.enroll(await world.enterprise(), await world.training()))
    assert (await papers.get("invoices", draft, "pdf")).status_code == 404
    assert (await papers.get("credit-notes", invoice, "pdf")).status_code == 404
    assert (await papers.get("invoices", invoice, "xml?syntax=edifact")).status_code == 422


async def test_another_partner_finds_nothing(world: World) -> None:
    papers = Papers(world)
    invoice = await papers.issued()
    other = await world.join()
    for ending in ("pdf", "xml", "json"):
        path = f"/invoices/{invoice['id']}/document.{ending}"
        assert (await world.get(path, role="partner-finance", partner=other)).status_code == 404
        assert (await world.get(path, role="partner-finance", partner=world.partner)).status_code == 200
