"""Text that people type into requests: bounded, trimmed, and nothing in it that acts on a reader unseen.

Refused are control characters (C0 and C1; NUL cannot even be stored), the bidirectional controls, which make a text
read as another one (Unicode UAX #9, property Bidi_Control), and halves of surrogate pairs, which no encoding carries.
Joiners, non-breaking spaces and every script stay: names are kept as written. This is checked where a request comes in;
facts of other services were checked where they came in, and are taken as they are.
"""

import re
from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

_IN_NO_TEXT: Final = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_LINE_BREAKS: Final = r"\t\n\u2028\u2029"
_SURROGATES: Final = r"\ud800-\udfff"


class WithoutControls:
    """Annotation of a string: refuses with the rule `no-control-characters`; its pattern stands in the JSON Schema."""

    def __init__(self, unwanted: str) -> None:
        self._shown = f"^[^{unwanted}]*$"
        self._unwanted = re.compile(f"[{unwanted}{_SURROGATES}]")

    def _check(self, text: str) -> str:
        # Windows and web forms end a line with two characters.
        text = text.replace("\r\n", "\n")
        found = self._unwanted.search(text)
        if found is not None:
            raise PydanticCustomError(
                "no-control-characters", "the character U+{code} is not allowed here", {"code": f"{ord(found[0]):04X}"}
            )
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:  # noqa: ANN401 - pydantic's protocol
        """Check after what stands before this in the annotation."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Show the rule as a pattern."""
        return {**handler(schema), "pattern": self._shown}


ONE_LINE: Final = WithoutControls(_IN_NO_TEXT + _LINE_BREAKS)
SEVERAL_LINES: Final = WithoutControls(_IN_NO_TEXT)

Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), ONE_LINE]
"""A name, a title or a place: 1 to 200 characters on one line."""
Paragraph = Annotated[str, StringConstraints(min_length=3, max_length=2000, strip_whitespace=True), SEVERAL_LINES]
"""A decision or a statement: 3 to 2000 characters; line breaks and tabs are allowed."""
Reason = Annotated[str, StringConstraints(min_length=3, max_length=500, strip_whitespace=True), SEVERAL_LINES]
"""Why somebody did something: 3 to 500 characters; line breaks and tabs are allowed."""
