"""Text in requests: what a person may type, and what is refused with the field and the rule."""

import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from services.assessment.app import SERVICE as ASSESSMENT
from services.billing.app import SERVICE as BILLING
from services.certification.app import SERVICE as CERTIFICATION
from services.enrollment.app import SERVICE as ENROLLMENT
from shared.runtime import Service
from shared.text import Line, Paragraph, Reason
from shared.web.app import create_app

LINE, PARAGRAPH, REASON = TypeAdapter[str](Line), TypeAdapter[str](Paragraph), TypeAdapter[str](Reason)
EVERY = (LINE, PARAGRAPH, REASON)
NO_TEXT = {"tax_id", "value", "content", "csv"}
"""Read as something else at once: letters and digits after noise is taken out, a decimal number, a file of a bank in
base64, rows of exchange rates."""
BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def rule_broken(adapter: TypeAdapter[str], text: str) -> str | None:
    """Return the rule that `text` breaks, or None."""
    try:
        adapter.validate_python(text)
    except ValidationError as error:
        return error.errors()[0]["type"]
    return None


def test_control_characters_are_refused_in_every_text_and_line_breaks_on_a_line() -> None:
    controls = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cc"]
    assert len(controls) == 65
    for sign in controls:
        kept = sign in "\n\t"
        assert rule_broken(LINE, f"one{sign}two") == "no-control-characters"
        for adapter in (PARAGRAPH, REASON):
            assert rule_broken(adapter, f"one{sign}two") == (None if kept else "no-control-characters"), repr(sign)


@pytest.mark.parametrize("sign", BIDI_CONTROLS)
def test_what_turns_the_direction_of_reading_is_refused(sign: str) -> None:
    for adapter in EVERY:
        assert rule_broken(adapter, f"paid {sign}0001") == "no-control-characters"


def test_the_refusal_names_the_character() -> None:
    with pytest.raises(ValidationError, match=r"the character U\+202E is not allowed here"):
        LINE.validate_python("a\u202eb")


@pytest.mark.parametrize("half", range(0xD800, 0xE000, 0x155))
def test_half_a_surrogate_pair_is_refused(half: int) -> None:
    for adapter in EVERY:
        assert rule_broken(adapter, f"one{chr(half)}two") == "string_unicode"


@pytest.mark.parametrize("sign", ["\u2028", "\u2029"])
def test_unicodes_own_line_breaks_are_none_of_a_line(sign: str) -> None:
    assert rule_broken(LINE, f"one{sign}two") == "no-control-characters"
    assert rule_broken(PARAGRAPH, f"one{sign}two") is None


@pytest.mark.parametrize(
    "name",
    [
        "Cámara de Peñas & Ñuñoa, łódź",
        "Société «\u202f10\u00a0000\u202f»",  # French spaces
        "Ñusta Qhispi-O'Neill 李",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian: a joiner that the spelling needs
        "ශ්\u200dරී",
        "👩\u200d🏭 workshop",
        "e\u0301",  # not composed
        "co\u00adoperation",
    ],
)
def test_names_in_any_script_are_kept_as_written(name: str) -> None:
    for adapter in EVERY[:1] if len(name) < 3 else EVERY:
        assert adapter.validate_python(f" \t{name}\n") == name


def test_lines_from_windows_and_from_forms_are_kept_as_lines() -> None:
    assert PARAGRAPH.validate_python("first line\r\n\tsecond line\r\n") == "first line\n\tsecond line"
    assert rule_broken(REASON, "first line\rsecond line") == "no-control-characters"


@pytest.mark.parametrize(
    ("adapter", "shortest", "longest"), [(LINE, 1, 200), (PARAGRAPH, 3, 2000), (REASON, 3, 500)], ids=["1", "2", "3"]
)
def test_texts_are_bounded(adapter: TypeAdapter[str], shortest: int, longest: int) -> None:
    assert rule_broken(adapter, " " + "x" * shortest) is None
    assert rule_broken(adapter, "  " + "x" * (shortest - 1)) == "string_too_short"
    assert rule_broken(adapter, "x" * longest) is None
    assert rule_broken(adapter, "x" * (longest + 1)) == "string_too_long"


def strings(schema: Any, schemas: dict[str, Any], path: str, seen: frozenset[str] = frozenset()) -> Iterator[Any]:  # noqa: ANN401 - JSON Schema
    """Yield path and schema of every string in a request."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        if name not in seen:
            yield from strings(schemas[name], schemas, path, seen | {name})
        return
    if schema.get("type") == "string":
        yield path, schema
    for part in (*schema.get("anyOf", ()), *schema.get("allOf", ()), *schema.get("prefixItems", ())):
        yield from strings(part, schemas, path, seen)
    if "items" in schema:
        yield from strings(schema["items"], schemas, f"{path}[]", seen)
    for key, part in schema.get("properties", {}).items():
        yield from strings(part, schemas, f"{path}.{key}", seen)


@pytest.mark.parametrize("service", [ENROLLMENT, ASSESSMENT, CERTIFICATION, BILLING], ids=lambda one: one.name)
def test_no_request_takes_a_text_that_is_not_checked(service: Service) -> None:
    document = create_app(service).openapi()
    schemas = document["components"]["schemas"]
    found: dict[str, Any] = {}
    for path, methods in document["paths"].items():
        for operation in methods.values():
            for body in operation.get("requestBody", {}).get("content", {}).values():
                found.update(strings(body["schema"], schemas, path))
    free = {path for path, schema in found.items() if not {"pattern", "format", "enum", "const"} & schema.keys()}
    assert len(found) > 20
    assert {path.rpartition(".")[2] for path in free} <= NO_TEXT
