"""Factur-X: the PDF says of itself that the XML inside it is an invoice.

typst attaches the XML and makes PDF/A-3, but has no way to add to the metadata (XMP) what Factur-X asks for. It is
added as an incremental update (ISO 32000-1, 7.5.6): the metadata again, at the end, and a table that points to it. The
library for this, factur-x, would write the clock into four places and the file anew; it reads our files in the tests.
"""

import re
from typing import Final

_METADATA: Final = re.compile(rb"(\d+) 0 obj\n<</Length (\d+)/Type/Metadata/Subtype/XML>>\nstream\n")
_TRAILER: Final = re.compile(rb"trailer\n<<(.*)>>\nstartxref\n(\d+)\n%%EOF\s*$", re.DOTALL)
_SCHEMAS: Final = b"<pdfaExtension:schemas><rdf:Bag>"
_END: Final = b"</rdf:RDF>"
_URN: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES: Final = (
    ("DocumentType", "INVOICE", "The type of the document"),
    ("DocumentFileName", "factur-x.xml", "The name of the embedded XML document"),
    ("Version", "1.0", "The version of the standard of the embedded XML document"),
    ("ConformanceLevel", "EN 16931", "The profile of the embedded XML document"),
)


def with_facturx(pdf: bytes) -> bytes:
    """Return the PDF with the metadata of Factur-X, profile EN 16931; raises ValueError for a PDF not by typst."""
    metadata, trailer = _METADATA.search(pdf), _TRAILER.search(pdf)
    if metadata is None or trailer is None:
        raise ValueError("the PDF has no metadata or trailer of the form that typst writes")
    number, start = int(metadata[1]), metadata.end()
    xmp = pdf[start : start + int(metadata[2])]
    if xmp.count(_SCHEMAS) != 1 or xmp.count(_END) != 1:
        raise ValueError("the PDF's metadata is not of the form that typst writes")
    xmp = xmp.replace(_SCHEMAS, _SCHEMAS + _schema()).replace(_END, _values() + _END)
    body = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    at = len(body)
    body += b"%d 0 obj\n<</Length %d/Type/Metadata/Subtype/XML>>\nstream\n%s\nendstream\nendobj\n" % (
        number,
        len(xmp),
        xmp,
    )
    table = b"xref\n0 1\n0000000000 65535 f \n%d 1\n%010d 00000 n \n" % (number, at)
    end = b"trailer\n<<%s/Prev %s>>\nstartxref\n%d\n%%%%EOF\n" % (trailer[1], trailer[2], len(body))
    return body + table + end


def _schema() -> bytes:
    """Return the description of the schema, which PDF/A asks for where metadata goes beyond its own."""
    properties = "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{what}</pdfaProperty:description></rdf:li>"
        for name, _, what in _PROPERTIES
    )
    return (
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{_URN}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    ).encode()


def _values() -> bytes:
    said = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, value, _ in _PROPERTIES)
    return f'<rdf:Description rdf:about="" xmlns:fx="{_URN}">{said}</rdf:Description>'.encode()
