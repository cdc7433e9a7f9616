"""Bearer tokens: JWTs of any OIDC provider, or of the installation's own key."""

import asyncio
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
from pydantic import TypeAdapter, ValidationError

from shared.auth.actor import EVERY_PROGRAMME, PARTNER_ROLES, Actor, Role
from shared.clock import Clock
from shared.errors import NotAuthenticated, Unavailable
from shared.events.vocabulary import ProgrammeCode
from shared.logs import logger
from shared.settings import ServiceSettings

log = logger(__name__)

ALGORITHMS: Final = ["RS256", "ES256", "EdDSA", "Ed25519"]
_CACHE_SECONDS: Final = 300
_COOLDOWN_SECONDS: Final = 10
_LEEWAY_SECONDS: Final = 30
_ANSWER_SECONDS: Final = 5
_CODE: Final = TypeAdapter[str](ProgrammeCode)


class TokenVerifier:
    """Checks signature, issuer, audience and times of a token and reads roles and scope from it.

    Claims: `sub`, `roles` (list), `programme` (code or `*`), `partner` (id; a partner's roles need it).
    """

    def __init__(self, settings: ServiceSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._keys = KeySet([])
        self._fetched = float("-inf")
        self._reading: asyncio.Task[bool] | None = None

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
        except (JoseError, ValueError, KeyError, TypeError, RecursionError) as error:
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
            roles = _roles(claims.get("roles"))
            return Actor(
                subject=_subject(claims["sub"]),
                roles=roles,
                programme=_programme(claims.get("programme")),
                partner=_partner(claims.get("partner"), roles),
            )
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise NotAuthenticated(
                f"the token is not valid: {error}", field="authorization", rule="valid-claims"
            ) from None

    async def _refresh(self, *, older_than: float) -> None:
        if time.monotonic() - self._fetched < older_than:
            return
        if not self._settings.jwks:
            raise Unavailable("no token keys are configured (setting jwks)")
        # One asks and all wait for that answer: a rush of requests is no rush on the identity provider.
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        if not await asyncio.shield(self._reading):
            raise Unavailable("the token keys cannot be read now")

    async def _read(self) -> bool:
        """Read the keys and return whether there are any to go by; the old ones serve while none can be read."""
        try:
            path = self._settings.jwks_path
            self._keys = await _download(self._settings.jwks) if path is None else read_jwks(path)
        except (OSError, httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            # Paths and addresses are for the log, not for a caller whom nobody knows yet.
            log.warning("token_keys_unreadable", error=str(error)[:300] or type(error).__name__)
            if not self._keys.keys:
                return False
        self._fetched = time.monotonic()
        return True


async def _download(address: str) -> KeySet:
    # The client's own timeout is for each read; an endpoint that drips would hold up everybody for ever.
    async with asyncio.timeout(_ANSWER_SECONDS), httpx.AsyncClient(timeout=_ANSWER_SECONDS) as client:
        return _key_set((await client.get(address)).raise_for_status().json())


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


def _partner(claim: object, roles: frozenset[Role]) -> UUID | None:
    # An identity provider that forgets the claim would show a chamber the enterprises and books of every other one.
    if claim is None and roles & PARTNER_ROLES:
        raise ValueError(f"{min(roles & PARTNER_ROLES)} needs a partner")
    return None if claim is None else UUID(str(claim))


def _programme(claim: object) -> str:
    # With the subject it names the owner of an Idempotency-Key, so it may hold no separator either.
    if claim == EVERY_PROGRAMME:
        return EVERY_PROGRAMME
    try:
        return _CODE.validate_python(claim, strict=True)
    except ValidationError:
        raise ValueError("programme is neither a programme's code nor *") from None
