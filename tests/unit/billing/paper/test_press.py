"""A document is printed the same every time, in its language, and nothing it says is read as markup."""

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from facturx import get_facturx_xml_from_pdf
from pypdf import PdfReader

from services.billing.domain.document import Bill, Language, frozen
from services.billing.errors import EInvoiceImpossible
from services.billing.paper.editions import Syntax, einvoice, print_run, printed
from services.billing.paper.einvoice.cii import cii
from services.billing.paper.einvoice.embed import with_facturx
from services.billing.paper.letters import printable
from services.billing.paper.press import press
from tests.unit.billing.paper.samples import BUYER, SELLER, bill, claim, credit_note, every_kind, statement

GOLDEN = Path(__file__).with_name("golden")
KINDS = [(language, kind) for language in Language for kind in every_kind(language)]


def text_of(pdf: bytes) -> str:
    """Return what a reader of the PDF finds, page by page."""
    # A zero-width space marks where a very long word may be broken.
    return "\f".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).replace("\u200b", "")


def sha(pdf: bytes) -> str:
    return hashlib.sha256(pdf).hexdigest()


@pytest.mark.parametrize(("language", "kind"), KINDS)
def test_a_page_says_what_it_said_before(language: Language, kind: str) -> None:
    """The text beside the code is what a person compares; `python -m tests.unit.billing.paper.golden` writes both."""
    pdf = printed(every_kind(language)[kind])
    assert text_of(pdf) == (GOLDEN / f"{language.value}-{kind}.txt").read_text()
    pressed = json.loads((GOLDEN / "pdf.json").read_text())
    # Another release of typst lays out other bytes: then the text alone is compared, and the codes are written anew.
    if pressed["typst"] == version("typst"):
        assert sha(pdf) == pressed["sha256"][f"{language.value}-{kind}"]


def test_the_golden_codes_are_those_of_the_installed_typst() -> None:
    assert json.loads((GOLDEN / "pdf.json").read_text())["typst"] == version("typst")


def test_printing_twice_gives_the_same_bytes_in_any_thread_and_process() -> None:
    document = every_kind(Language.FRENCH)["invoice"]
    first = printed(document)
    with ThreadPoolExecutor(2) as threads:
        assert set(threads.map(printed, [document] * 4)) == {first}
    program = (
        "import sys; from services.billing.domain.document import thaw; "
        "from services.billing.paper.editions import printed; sys.stdout.buffer.write(printed(thaw(sys.stdin.read())))"
    )
    fresh = subprocess.run(
        [sys.executable, "-c", program], input=frozen(document).encode(), stdout=subprocess.PIPE, check=True
    )
    assert fresh.stdout == first


def test_the_clock_is_not_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    pdf = printed(bill())
    metadata = PdfReader(io.BytesIO(pdf)).metadata
    assert metadata is not None
    assert str(metadata["/CreationDate"]) == str(metadata["/ModDate"]) == "D:20160404000000Z"
    assert pdf == printed(bill())


HOSTILE = [
    '#panic("x")',
    "$x^2$",
    "*bold* _it_ `raw` // no comment /* nor this */",
    "@label",
    "<label>",
    "= Heading",
    '#sys.inputs #read("/etc/passwd")',
    "\\ \\u{41} ~ -- --- ...",
    "https://example.org/?a=b&c=d",
    "שלום עולם",
    "مرحبا بالعالم",
    "Công ty Trách nhiệm hữu hạn Đặng",
    "Ελληνικά и Русский",
    "</x:xmpmeta><?xpacket end",
    "]]> %PDF-1.4 endobj",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_whatever_it_looks_like(name: str) -> None:
    made = bill(buyer=BUYER.model_copy(update={"name": name}), seller=SELLER.model_copy(update={"name": name}))
    read = "".join(text_of(printed(made)).split())
    # Which way a right-to-left word runs is the reader's matter: each of its letters is there.
    letters = "".join(name.split())
    assert letters in read or (not letters.isascii() and set(letters) <= set(read))


def test_a_character_without_a_glyph_is_printed_as_its_code() -> None:
    made = bill(buyer=BUYER.model_copy(update={"name": "Fábrica 😀 中 S.A."}))
    assert "Fábrica[U+1F600][U+4E2D]S.A." in "".join(text_of(printed(made)).split())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a[U+202E]b"),
        ("a\x00b\x1b", "a[U+0000]b[U+001B]"),
        ("a\tb\r\nc\u2028d", "a b\nc\nd"),
        ("Señor Żółć Đặng שלום", "Señor Żółć Đặng שלום"),
        ("x\ue000y", "x[U+E000]y"),
    ],
)
def test_what_acts_unseen_is_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("name", ["x" * 300, "Ñandú " * 50, "ab-" * 100], ids=["one word", "words", "hyphens"])
def test_three_hundred_characters_stay_on_the_page(name: str) -> None:
    made = bill(buyer=BUYER.model_copy(update={"name": name}), seller=SELLER.model_copy(update={"name": name}))
    pdf = printed(made)
    read = "".join(text_of(pdf).split())
    assert "".join(name.split()) in read
    assert len(PdfReader(io.BytesIO(pdf)).pages) <= 2


def test_a_long_table_repeats_its_heading_and_numbers_its_pages() -> None:
    pages = text_of(printed(claim(Language.ENGLISH, items=80))).split("\f")
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
    assert all("Enterprise" in page for page in pages[:2])
    assert "Subsidy claim CL-2016-00001" in pages[1]


@pytest.mark.parametrize(("size", "box"), [("a4", (595, 842)), ("us-letter", (612, 792))])
def test_paper_is_a4_or_letter(size: str, box: tuple[int, int]) -> None:
    page = PdfReader(io.BytesIO(press(bill(), size))).pages[0]  # type: ignore[arg-type]
    assert (round(page.mediabox.width), round(page.mediabox.height)) == box


def test_the_pdf_says_what_it_is_and_in_which_language() -> None:
    reader = PdfReader(io.BytesIO(printed(bill(language=Language.FRENCH))))
    assert reader.metadata is not None
    assert reader.metadata.title == "Facture INV-2016-00012"
    assert reader.metadata.author == SELLER.name
    root: Any = reader.root_object
    assert root["/Lang"].startswith("fr")
    assert root["/MarkInfo"]["/Marked"]
    xmp = reader.xmp_metadata
    assert xmp is not None
    said = xmp.stream.get_data().decode()
    for claim_ in ("<pdfaid:part>3<", "<pdfaid:conformance>B<", "<pdfuaid:part>1<", "<fx:ConformanceLevel>EN 16931<"):
        assert claim_ in said


def test_fonts_are_embedded_and_none_is_the_systems() -> None:
    fonts = set()
    for page in PdfReader(io.BytesIO(printed(bill()))).pages:
        resources: Any = page["/Resources"]
        for font in resources["/Font"].values():
            fonts.add(str(font.get_object()["/BaseFont"]).partition("+")[2])
    assert {name.partition("-")[0] for name in fonts} == {"LibertinusSerif"}


@pytest.mark.parametrize("make", [bill, credit_note])
def test_what_is_embedded_is_the_einvoice(make: Callable[[], Bill]) -> None:
    made = make()
    name, xml = get_facturx_xml_from_pdf(printed(made), check_xsd=True)
    assert (name, xml.decode()) == ("factur-x.xml", cii(made))


def test_a_document_that_cannot_be_an_einvoice_is_printed_without() -> None:
    made = bill(net="1000.125", currency="TND", rate="19")
    pdf = printed(made)
    assert "/EmbeddedFiles" not in PdfReader(io.BytesIO(pdf)).root_object.get("/Names", {})
    # With a comma or a point, by the recipient's locale.
    assert "190,149" in text_of(pdf).replace("1.190,149", "").replace(" ", "") or "190,024" in text_of(pdf)
    with pytest.raises(EInvoiceImpossible) as refused:
        einvoice(made, Syntax.UBL)
    assert {each.rule for each in refused.value.errors} >= {"BR-DEC-23", "BR-DEC-18"}


def test_a_character_that_cannot_be_printed_does_not_change_what_comes_after_it() -> None:
    assert [printable(each) for each in ("\u202f", "\U0001f601", "\u202f", "Ж")] == [
        "\u202f",
        "[U+1F601]",
        "\u202f",
        "Ж",
    ]


def test_metadata_is_only_added_to_a_pdf_of_the_press() -> None:
    for other in (b"", b"%PDF-1.7\n", press(bill()).replace(b"/Subtype/XML>>", b"/Subtype/XMX>>")):
        with pytest.raises(ValueError, match="typst"):
            with_facturx(other)


def test_an_empty_statement_is_a_page_too() -> None:
    made = statement(Language.ENGLISH, months=0, ageing=(), payment=None)
    assert "Balance brought forward" in text_of(printed(made))


def test_a_run_in_processes_prints_each_document_in_its_place() -> None:
    documents = [bill(number=f"INV-2016-{serial:05d}") for serial in range(5)]
    assert list(print_run([frozen(each) for each in documents], processes=2)) == [printed(each) for each in documents]
