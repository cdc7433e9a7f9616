"""A programme made for measuring: everything an enrollment needs, entered through the public HTTP APIs."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from deploy.cli.target import Target
from deploy.demo.arrival import wait_until_arrived
from deploy.demo.caller import Caller
from shared.auth.actor import Role

PROGRAMME: Final = "bench"
ENROLLED_ON: Final = "2025-02-03"
_MODULE: Final = "WPC"
_PLACES: Final = 100


@dataclass(frozen=True, slots=True)
class Places:
    """Pairs of a training and an enterprise of `partner`, each good for one enrollment; neighbours are in different
    trainings.
    """

    partner: str
    pairs: list[tuple[str, str]]

    def body(self, index: int) -> dict[str, Any]:
        """Return the request that takes place `index`."""
        training, enterprise = self.pairs[index]
        return {"training_id": training, "enterprise_id": enterprise, "enrolled_on": ENROLLED_ON}


async def prepare(target: Target, places: int) -> Places:
    """Enter programme, partner, price, expert, trainings and enterprises for `places` enrollments, and wait until every
    service knows of them.
    """
    async with Caller(target, PROGRAMME) as call:
        await call.post("enrollment", "", _PROGRAMME, once="programme")
        partner = await call.post(
            "enrollment",
            "/partners",
            {"name": "Employers' federation", "kind": "national", "registered_on": "2025-01-01"},
            once="partner",
        )
        trainer = await _expert(call)
        await call.post(
            "billing",
            "/prices",
            {
                "partner_id": partner["id"],
                "module": _MODULE,
                "valid_from": "2025-01-01",
                "price": {"amount": "4200.00", "currency": "BOB"},
            },
            role=Role.PARTNER_FINANCE,
            partner=partner["id"],
            once="price",
        )
        trainings, enterprises = await asyncio.gather(
            asyncio.gather(*(_training(call, partner["id"], trainer, n) for n in range(-(-places // _PLACES)))),
            asyncio.gather(*(_enterprise(call, partner["id"], n) for n in range(places))),
        )
    await wait_until_arrived(target)
    return Places(
        partner["id"], [(trainings[n % len(trainings)], enterprise) for n, enterprise in enumerate(enterprises)]
    )


async def _expert(call: Caller) -> str:
    made = await call.post(
        "certification",
        "/trainers",
        {"name": "Recognised expert", "sex": "female", "registered_on": "2025-01-01"},
        role=Role.BOARD_SECRETARY,
        once="trainer",
    )
    await call.post(
        "certification",
        f"/trainers/{made['id']}/recognitions",
        {"modules": [_MODULE], "valid_from": "2025-01-01", "authority": "Recognised for measuring"},
        role=Role.BOARD_SECRETARY,
        once="recognition",
    )
    return str(made["id"])


async def _training(call: Caller, partner: str, trainer: str, number: int) -> str:
    made = await call.post(
        "enrollment",
        "/trainings",
        {
            "partner_id": partner,
            "module": _MODULE,
            "region": "LP",
            "delivery": "direct",
            "lead_role": "certified",
            "lead_trainer_id": trainer,
            "starts_on": "2025-03-03",
            "ends_on": "2025-03-04",
            "venue": f"Room {number}",
        },
        role=Role.PARTNER_ADMIN,
        partner=partner,
        once=f"training/{number}",
        until_heard=("trainer-not-certified",),
    )
    return str(made["id"])


async def _enterprise(call: Caller, partner: str, number: int) -> str:
    made = await call.post(
        "enrollment",
        "/enterprises",
        {
            "partner_id": partner,
            "name": f"Enterprise {number}",
            "tax_id": f"99{number:07d}",
            "region": "LP",
            "sector": "wood-furniture",
            "women": 20,
            "men": 30,
            "registered_on": "2025-01-10",
        },
        role=Role.PARTNER_ADMIN,
        partner=partner,
        once=f"enterprise/{number}",
    )
    return str(made["id"])


_PROGRAMME: Final[dict[str, Any]] = {
    "name": "A programme for measuring",
    "country": "BO",
    "currency": "BOB",
    "valid_from": "2025-01-01",
    "decision": "Made for measuring",
    "headcount_minimum": 10,
    "headcount_maximum": 500,
    "size_classes": [{"code": "SME", "minimum": 10, "maximum": 500}],
    "sectors": ["wood-furniture"],
    "regions": [{"code": "LP", "name": "La Paz"}],
    "modules": [
        {
            "code": _MODULE,
            "number": 1,
            "name": "Workplace cooperation",
            "is_first": True,
            "classroom_days": 2,
            "visits": 3,
            "max_enterprises": _PLACES,
            "seats_managers": 2,
            "seats_workers": 2,
        }
    ],
    "phases": [],
}
