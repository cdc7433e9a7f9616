"""What a request may be, before anybody looks into it."""

from typing import Any, Final

from fastapi.responses import JSONResponse

from shared.errors import FieldError
from shared.web.problem import problem

_LARGEST_BODY: Final = 2 * 1024 * 1024
_LONGEST_URL: Final = 8 * 1024
_LARGEST_HEADERS: Final = 32 * 1024


def refusal(scope: Any) -> JSONResponse | None:  # noqa: ANN401 - ASGI
    """Return why a request is refused for its head alone, or None.

    The HTTP server has a bound of its own, but only for a head that comes in pieces.
    """
    url = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    if url > _LONGEST_URL:
        return _refused("address-too-long", 414, "The address is too long", "url", "8 KiB at most")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > _LARGEST_HEADERS:
        return _refused("headers-too-large", 431, "The headers are too large", "headers", "32 KiB at most")
    if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
        # No database text can hold it, so no route has to think of it.
        return _refused(
            "invalid-request",
            400,
            "The request is not valid",
            "url",
            "path and query may not contain the character U+0000",
            rule="storable",
        )
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    if lengths and any(name == b"transfer-encoding" for name, _ in scope["headers"]):
        # Whoever stands before us may have believed the other one, and see another request in the rest.
        return _refused(
            "malformed-http",
            400,
            "The request is not HTTP",
            "Content-Length",
            "Content-Length and Transfer-Encoding exclude each other",
        )
    if any(not length.isdigit() or int(length) > _LARGEST_BODY for length in lengths):
        return too_large()
    return None


def too_large() -> JSONResponse:
    """Return the refusal of a body that is too large."""
    return _refused("request-too-large", 413, "The request is too large", "body", "2 MiB at most")


class Bounded:
    """A request body that ends in a disconnect past the bound: a chunked one names no length beforehand."""

    def __init__(self, receive: Any) -> None:  # noqa: ANN401 - ASGI
        self._receive = receive
        self._seen = 0

    @property
    def exceeded(self) -> bool:
        """Whether more came than may."""
        return self._seen > _LARGEST_BODY

    async def receive(self) -> Any:  # noqa: ANN401 - ASGI
        """Pass on what comes, up to the bound."""
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.exceeded else message


def _refused(code: str, status: int, title: str, field: str, said: str, *, rule: str = "") -> JSONResponse:
    errors = [FieldError(field, rule or code, said)]
    return problem(code=code, status=status, title=title, detail=said, errors=errors)
