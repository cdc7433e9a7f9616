"""Reads a workbook as any program would: its parts are XML in a ZIP."""

import io
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from lxml import etree

_MAIN: Final = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
Value = str | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class Read:
    """A sheet: its rows, which are made of text, numbers and truth values, and its XML."""

    name: str
    rows: list[dict[str, Value]]
    xml: bytes

    def table(self) -> list[dict[str, Value]]:
        """Return the rows below the heading by the names in it."""
        heading = self.rows[0]
        return [{str(heading[place]): value for place, value in row.items()} for row in self.rows[1:]]


def read_workbook(content: bytes) -> list[Read]:
    """Return the sheets of a workbook in order."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert file.testzip() is None
        names = etree.fromstring(file.read("xl/workbook.xml")).xpath("//m:sheet/@name", namespaces=_MAIN)
        shared = _shared(file)
        sheets = [file.read(f"xl/worksheets/sheet{number}.xml") for number in range(1, len(names) + 1)]
    return [Read(str(name), _rows(xml, shared), xml) for name, xml in zip(names, sheets, strict=True)]


def _shared(file: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in file.namelist():
        return []
    root = etree.fromstring(file.read("xl/sharedStrings.xml"))
    return ["".join(item.itertext()) for item in root.iterfind("m:si", _MAIN)]


def _rows(xml: bytes, shared: list[str]) -> list[dict[str, Value]]:
    root = etree.fromstring(xml)
    return [
        {str(cell.get("r")).rstrip("0123456789"): _value(cell, shared) for cell in row.iterfind("m:c", _MAIN)}
        for row in root.iter(f"{{{_MAIN['m']}}}row")
    ]


def _value(cell: etree._Element, shared: list[str]) -> Value:
    kind = cell.get("t")
    if kind == "inlineStr":
        return "".join(cell.itertext())
    text = cell.findtext("m:v", None, _MAIN)
    if text is None:
        return None
    if kind == "s":
        return shared[int(text)]
    return text == "1" if kind == "b" else Decimal(text)
