"""What is no HTTP never reaches the application; it is answered with a problem document all the same."""

import sys
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from shared.errors import FieldError
from shared.ids import new_id
from shared.logs import logger
from shared.web.problem import problem

log = logger(__name__)

_TOO_LONG: Final = 431


class HttpProtocol(H11Protocol):
    """The HTTP server's side of one connection."""

    def send_400_response(self, msg: str) -> None:
        """Answer a request that cannot be read, and close; called where the error is handled."""
        error = sys.exc_info()[1]
        # What comes after a colon is what was sent, and may be somebody's token.
        said = str(error).partition(":")[0].strip().lower() or msg
        log.info("request_unreadable", reason=said)
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            # An answer is already on its way; this connection cannot carry another one.
            self.transport.close()
            return
        if getattr(error, "error_status_hint", 400) == _TOO_LONG:
            code, status, title = "headers-too-large", _TOO_LONG, "The address or the headers are too large"
        else:
            code, status, title = "malformed-http", 400, "The request is not HTTP"
        answer = problem(code=code, status=status, title=title, detail=said, errors=[FieldError("request", code, said)])
        headers = [*answer.raw_headers, (b"x-correlation-id", str(new_id()).encode()), (b"connection", b"close")]
        for event in (
            h11.Response(status_code=status, headers=headers),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
