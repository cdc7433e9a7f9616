"""Trying to see one programme with another's token."""

from functools import partial
from itertools import permutations
from typing import Final

from pydantic import BaseModel

from deploy.cli.patience import patiently
from deploy.cli.target import Target
from deploy.local.http import http_client
from shared.auth.actor import PARTNER_ROLES, Actor, Role

_PATIENCE_SECONDS: Final = 60
_DOORS: Final = (
    ("enrollment", "/enterprises"),
    ("enrollment", "/figures"),
    ("assessment", "/assessments"),
    ("certification", "/trainers"),
    ("billing", "/invoices"),
    ("billing", "/cost-recovery?basis=received"),
)


class Isolation(BaseModel):
    """A door tried with a token of another programme; `refused` when it answered as if nothing were there."""

    token_of: str
    door: str
    status: int
    refused: bool


async def probe_isolation(target: Target, programmes: list[str]) -> list[Isolation]:
    """Try every door of each programme with the widest token of each other one."""
    probes = []
    async with http_client(timeout=30) as http:
        for holder, other in permutations(programmes, 2):
            # A partner's role would narrow it to that partner.
            token = target.token(Actor("demo-probe", frozenset(Role) - PARTNER_ROLES, holder))
            for service, path in _DOORS:
                url = f"{target.urls[service]}/v1/programmes/{other}{path}"
                ask = partial(http.get, url, headers={"authorization": f"Bearer {token}"})
                answer = await patiently(ask, _PATIENCE_SECONDS)
                probes.append(
                    Isolation(
                        token_of=holder,
                        door=f"{service} {other}{path}",
                        status=answer.status_code,
                        refused=answer.status_code == 404,
                    )
                )
    return probes
