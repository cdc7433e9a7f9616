"""The installation's own signing key: tokens for scripts where no identity provider is configured."""

import json
import os
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
        if private.exists():
            key = ECKey.import_key(json.loads(private.read_text("utf-8")))
        else:
            key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
            descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(key.as_dict(private=True), file)
        public = json.dumps(KeySet([key]).as_dict(private=False))
        if not jwks.exists() or jwks.read_text("utf-8") != public:
            jwks.write_text(public, "utf-8")
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
