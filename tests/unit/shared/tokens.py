"""Token keys, tokens good and bad, and an identity provider on the loopback address."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from shared.auth.tokens import TokenVerifier
from shared.clock import FixedClock
from shared.settings import ServiceSettings

NOW: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EPOCH: Final = int(NOW.timestamp())

Key = ECKey | OKPKey | RSAKey


def new_key(kid: str, alg: str = "ES256") -> Key:
    """Return a fresh private key for `alg`."""
    parameters: Any = {"use": "sig", "alg": alg, "kid": kid}
    if alg == "RS256":
        return RSAKey.generate_key(2048, parameters)
    if alg == "ES256":
        return ECKey.generate_key("P-256", parameters)
    return OKPKey.generate_key("Ed25519", parameters)


KEY: Final = new_key("first")
STRANGER: Final = new_key("first")
"""Another key that calls itself the same."""


def public(*keys: Key) -> dict[str, Any]:
    """Return the JWKS document of `keys`."""
    return dict(KeySet(list(keys)).as_dict(private=False))


def claims(**changed: object) -> dict[str, object]:
    """Return the claims of a good token with some changed; `...` leaves one out."""
    good: dict[str, object] = {
        "iss": "scorebook",
        "aud": "scorebook",
        "sub": "ana",
        "iat": EPOCH,
        "exp": EPOCH + 600,
        "roles": ["ops"],
        "programme": "bolivia",
    }
    return {name: value for name, value in (good | changed).items() if value is not ...}


def bearer(
    said: Mapping[str, object] | None = None, *, key: Key = KEY, header: Mapping[str, object] | None = None
) -> str:
    """Return an Authorization header with a token of `said`, signed by `key`; `header` adds to the token's own."""
    algorithm = str(key.as_dict(private=False)["alg"])
    wanted = {"alg": algorithm, "kid": key.kid, **(header or {})}
    kept = {name: value for name, value in wanted.items() if value is not ...}
    token = jwt.encode(kept, dict(claims() if said is None else said), key, algorithms=[algorithm])
    return f"Bearer {token}"


def b64(raw: bytes) -> str:
    """Return bytes as they stand in a token."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forged(header: object, secret: bytes | None = None, said: Mapping[str, object] | None = None) -> str:
    """Return a token made by hand: with an HMAC by `secret`, or with an empty signature."""
    text = header if isinstance(header, str) else json.dumps(header)
    signed = f"{b64(text.encode())}.{b64(json.dumps(claims() if said is None else said).encode())}"
    signature = b"" if secret is None else hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"Bearer {signed}.{b64(signature)}"


def verifier(jwks: str | Path, clock: FixedClock | None = None) -> TokenVerifier:
    """Return a verifier that takes its keys from `jwks`."""
    return TokenVerifier(ServiceSettings(jwks=str(jwks)), clock or FixedClock(NOW))


@dataclass
class Stopwatch:
    """The monotonic clock as the verifier sees it."""

    seconds: float = 1000.0

    def monotonic(self) -> float:
        """Return what it shows."""
        return self.seconds


@dataclass
class Provider:
    """An identity provider; answers with `document` (JSON) or `raw`, and counts how often it was asked."""

    address: str
    document: object = field(default_factory=dict)
    raw: bytes | None = None
    status: int = 200
    drip: bool = False
    asked: int = 0
    free: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Take questions and answer none of them until the end of the block."""
        self.free.clear()
        try:
            yield
        finally:
            self.free.set()


@contextmanager
def provider() -> Iterator[Provider]:
    """Serve a JWKS at a free port of the loopback address."""
    made = Provider("")
    made.free.set()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked += 1
            body = made.raw if made.raw is not None else json.dumps(made.document).encode()
            made.free.wait()
            self.send_response(made.status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            for part in (bytes([one]) for one in body) if made.drip else (body,):
                try:
                    self.wfile.write(part)
                    self.wfile.flush()
                except OSError:
                    return  # the verifier has lost patience
                if made.drip:
                    time.sleep(0.02)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    made.address = f"http://127.0.0.1:{server.server_port}/jwks.json"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def dead_address() -> str:
    """Return a URL at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{held.getsockname()[1]}/jwks.json"
