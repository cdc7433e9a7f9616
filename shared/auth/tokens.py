"""Bearer tokens: JWTs of any OIDC provider, or of the installation's own key."""

import contextlib
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
            return Actor(
                subject=_subject(claims["sub"]),
                roles=_roles(claims["roles"]),
                programme=str(claims["programme"]),
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
                self._keys = _key_set(answer.json())
            else:
                raise Unavailable("no token keys are configured (setting jwks)")
        except (OSError, httpx.HTTPError, ValueError) as error:
            if not self._keys.keys:
                raise Unavailable(f"the token keys cannot be read: {error}") from None
        self._fetched = time.monotonic()


def read_jwks(path: Path) -> KeySet:
    """Return the public keys of a JWKS file; raises OSError or ValueError."""
    return _key_set(json.loads(path.read_text("utf-8")))


def _key_set(document: object) -> KeySet:
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise ValueError("that is not a JSON Web Key Set")  # noqa: TRY004 - what came is wrong, not the call
    readable = []
    for key in keys:
        # A provider may also publish keys of kinds we do not use; they must not cost us the others.
        with contextlib.suppress(JoseError, ValueError, KeyError, TypeError):
            readable += KeySet.import_key_set({"keys": [key]}).keys
    return KeySet(readable)


def _subject(claim: object) -> str:
    # It goes into headers of events: what cannot be printed there would be refused by every consumer. It is never cut
    # short, which could make two people one. OIDC core, section 2: at most 255 characters.
    if not isinstance(claim, str) or not claim.isprintable() or not 0 < len(claim) <= 255:
        raise ValueError("sub is not 1 to 255 printable characters")
    return claim


def _roles(claim: object) -> frozenset[Role]:
    # An identity provider also names roles of other programs; they mean nothing here.
    if not isinstance(claim, list):
        raise TypeError("roles is not a list")
    known = set(Role)
    return frozenset(Role(role) for role in claim if role in known)
