"""The installation's own signing key: tokens for scripts where no identity provider is configured."""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from shared.auth.actor import Actor
from shared.clock import Clock


class SigningKey:
    """An ES256 key in a file only its owner may read, with its public JWKS beside it."""

    def __init__(self, key: ECKey) -> None:
        self._key = key

    @classmethod
    def load_or_create(cls, private: Path, jwks: Path) -> "SigningKey":
        """Return the key in `private`, made on first use; writes its public half to `jwks` when that is missing."""
        if not private.exists():
            made = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
            # Two processes may come to an empty home at once: one key is kept, and nobody reads half of one.
            text = json.dumps(made.as_dict(private=True))
            with _written(private, text) as whole, contextlib.suppress(FileExistsError):
                private.hardlink_to(whole)
        key = ECKey.import_key(json.loads(private.read_text("utf-8")))
        public = json.dumps(KeySet([key]).as_dict(private=False))
        if not jwks.exists() or jwks.read_text("utf-8") != public:
            with _written(jwks, public) as whole:
                whole.chmod(0o644)
                whole.replace(jwks)
        return cls(key)

    def issue(self, actor: Actor, *, clock: Clock, lifetime: timedelta, issuer: str, audience: str) -> str:
        """Return a token that says `actor`, valid from now for `lifetime`."""
        now = int(clock().timestamp())
        claims: dict[str, object] = {
            "iss": issuer,
            "aud": audience,
            "sub": actor.subject,
            "iat": now,
            "exp": now + int(lifetime.total_seconds()),
            "roles": sorted(actor.roles),
            "programme": actor.programme,
        }
        if actor.partner is not None:
            claims["partner"] = str(actor.partner)
        return jwt.encode({"alg": "ES256", "kid": self._key.kid}, claims, self._key)


@contextmanager
def _written(path: Path, text: str) -> Iterator[Path]:
    """Yield a whole file beside `path`, readable by its owner only; removed afterwards if it is still there."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    whole = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        yield whole
    finally:
        whole.unlink(missing_ok=True)
