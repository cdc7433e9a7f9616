"""The QR code can be read by another program, and says where to pay what."""

import re
import struct
import zlib

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.domain.document import PaymentMeans
from services.billing.paper import press
from services.billing.paper.code import payload, picture
from shared.money import Money
from tests.unit.billing.paper.samples import ACCOUNT, SELLER, SEPA, bill

REFERENCE = "RF18539007547034"


def read(width: int, height: int, grey: bytes) -> list[str]:
    """Return the texts of the codes in a picture of one byte a pixel."""
    found = zxingcpp.read_barcodes(memoryview(grey).cast("B", shape=[height, width]))
    return [code.text for code in found]


def drawn(svg: str, scale: int = 4) -> tuple[int, int, bytes]:
    """Return the picture that the paths of our SVG draw."""
    size = re.search(r'viewBox="0 0 (\d+) \1"', svg)
    assert size is not None
    side = int(size[1])
    rows = [bytearray(b"\xff" * side) for _ in range(side)]
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg):
        rows[int(y)][int(x) : int(x) + int(run)] = b"\x00" * int(run)
    wide = (bytes(value for value in row for _ in range(scale)) for row in rows)
    return side * scale, side * scale, b"".join(row * scale for row in wide)


def test_euro_to_an_iban_is_the_code_that_european_banks_read() -> None:
    text = payload(SEPA, SELLER.name, Money.parse("1130.00", "EUR"), REFERENCE, "INV-2016-00012")
    assert text.split("\n") == [
        "BCD",
        "002",
        "1",
        "SCT",
        "COBADEFFXXX",
        "Chamber (demo)",
        "DE89370400440532013000",
        "EUR1130.00",
        "",
        REFERENCE,
        "",
    ]
    assert read(*drawn(picture(text))) == [text]


@pytest.mark.parametrize(
    ("means", "amount"),
    [
        (ACCOUNT, Money.parse("847.50", "BOB")),
        (SEPA, Money.parse("847.50", "BOB")),
        (SEPA, Money.parse("1000000000.00", "EUR")),
        (ACCOUNT, Money.parse("847.50", "EUR")),
        (PaymentMeans(account="نقدا 12"), Money(1, "JPY")),
    ],
)
def test_any_other_payment_is_plain_lines(means: PaymentMeans, amount: Money) -> None:
    text = payload(means, SELLER.name, amount, REFERENCE, "INV-2016-00012")
    lines = dict(line.split(": ", 1) for line in text.split("\n"))
    assert lines["REF"] == REFERENCE
    assert lines["AMT"] == f"{amount.currency} {amount.amount}"
    assert lines["ACC"] == (means.iban or means.account)
    assert read(*drawn(picture(text))) == [text]


names = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=400)


@settings(max_examples=20)
@given(names, st.sampled_from([SEPA, ACCOUNT]), st.integers(1, 10**11), st.sampled_from(["EUR", "BOB"]))
def test_a_code_can_be_made_and_read_whatever_the_name(
    name: str, means: PaymentMeans, minor: int, currency: str
) -> None:
    text = payload(means.model_copy(update={"holder": name}), "x", Money(minor, currency), REFERENCE, "INV-1")
    assert text.count("\n") == (10 if text.startswith("BCD") else 5)
    assert not text.startswith("BCD") or len(text.encode()) <= 331
    assert read(*drawn(picture(text))) == [text]


def test_a_name_with_a_line_break_adds_no_line() -> None:
    means = ACCOUNT.model_copy(update={"holder": "A\nACC: 666", "bank": "B\rREF: RF00"})
    lines = payload(means, "x", Money(1, "BOB"), REFERENCE, "INV-1").split("\n")
    assert [line.split(":")[0] for line in lines] == ["REF", "DOC", "AMT", "ACC", "BANK", "TO"]


def test_the_code_on_the_printed_page_is_read() -> None:
    document = bill(shares=(("Ministry (demo)", "282.50"),))
    said = payload(ACCOUNT, SELLER.name, document.totals.payable, document.payment_reference, document.number)
    assert "AMT: BOB 847.50" in said
    assert read(*_grey(press.pictured(document, ppi=110))) == [said]


def _grey(png: bytes) -> tuple[int, int, bytes]:
    """Return the green channel of an 8-bit RGBA picture."""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert (depth, kind) == (8, 6)
    at, packed = 8, b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            packed += png[at + 8 : at + 8 + length]
        at += length + 12
    raw, stride = zlib.decompress(packed), width * 4 + 1
    above, grey = bytearray(width), bytearray()
    for start in range(0, height * stride, stride):
        # A filter looks at the same channel only, so the others need not be undone.
        above = _unfiltered(raw[start], bytearray(raw[start + 2 : start + stride : 4]), above)
        grey += above
    return width, height, bytes(grey)


def _unfiltered(kind: int, row: bytearray, above: bytearray) -> bytearray:
    """Undo the filter of a line (PNG specification, 9.2), for one channel."""
    left = corner = 0
    for at, up in enumerate(above):
        guess = (0, left, up, (left + up) // 2, _paeth(left, up, corner) if kind == 4 else 0)[kind]
        row[at] = left = (row[at] + guess) & 255
        corner = up
    return row


def _paeth(left: int, up: int, corner: int) -> int:
    near = left + up - corner
    return min((left, up, corner), key=lambda value: abs(near - value))
