"""Bearer tokens: JWTs of any OIDC provider, or of the installation's own key."""

import json
import time
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.auth.actor import Actor, Role
from shared.clock import Clock
from shared.errors import NotAuthenticated, Unavailable
from shared.settings import ServiceSettings

ALGORITHMS: Final = ["RS256", "ES256", "EdDSA", "Ed25519"]
_CACHE_SECONDS: Final = 300
_COOLDOWN_SECONDS: Final = 10
_LEEWAY_SECONDS: Final = 30


class TokenVerifier:
    """Checks signature, issuer, audience and times of a token and reads roles and scope from it.

    Claims: `sub`, `roles` (list), `programme` (code or `*`), `partner` (id, optional).
    """

    def __init__(self, settings: ServiceSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._keys = KeySet([])
        self._fetched = float("-inf")

    async def actor(self, authorization: str | None) -> Actor:
        """Return who the `Authorization` header stands for; raises NotAuthenticated, or Unavailable without keys."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotAuthenticated("a bearer token is needed", field="authorization", rule="bearer-token")
        await self._refresh(older_than=_CACHE_SECONDS)
        try:
            claims = self._decode(token)
        except ValueError:
            # A key the cache does not have yet: look once more, but not more often than the cooldown allows.
            await self._refresh(older_than=_COOLDOWN_SECONDS)
            try:
                claims = self._decode(token)
            except ValueError as error:
                raise NotAuthenticated(
                    f"the token is not valid: {error}", field="authorization", rule="valid-signature"
                ) from None
        return self._actor(claims)

    def _decode(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ValueError(str(error)[:200] or "it cannot be read") from None

    def _actor(self, claims: dict[str, Any]) -> Actor:
        now = int(self._clock().timestamp())
        registry = jwt.JWTClaimsRegistry(
            now=now,
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._settings.token_issuer},
            aud={"essential": True, "value": self._settings.token_audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            registry.validate(claims)
            partner = claims.get("partner")
            programme = claims["programme"]
            roles = claims["roles"]
            return Actor(
                subject=str(claims["sub"])[:200],
                roles=frozenset(Role(role) for role in roles),
                programme=str(programme),
                partner=None if partner is None else UUID(str(partner)),
            )
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise NotAuthenticated(
                f"the token is not valid: {error}", field="authorization", rule="valid-claims"
            ) from None

    async def _refresh(self, *, older_than: float) -> None:
        if time.monotonic() - self._fetched < older_than:
            return
        path = self._settings.jwks_path
        try:
            if path is not None:
                self._keys = read_jwks(path)
            elif self._settings.jwks:
                async with httpx.AsyncClient(timeout=5) as client:
                    answer = (await client.get(self._settings.jwks)).raise_for_status()
                self._keys = KeySet.import_key_set(answer.json())
            else:
                raise Unavailable("no token keys are configured (setting jwks)")
        except (OSError, httpx.HTTPError, ValueError) as error:
            if not self._keys.keys:
                raise Unavailable(f"the token keys cannot be read: {error}") from None
        self._fetched = time.monotonic()


def read_jwks(path: Path) -> KeySet:
    """Return the public keys of a JWKS file; raises OSError or ValueError."""
    return KeySet.import_key_set(json.loads(path.read_text("utf-8")))
