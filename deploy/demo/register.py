"""Entering the programme, its partners, its enterprises and their baselines."""

import asyncio
from typing import Any

from deploy.demo.entry import Entry
from deploy.demo.roster import Row, items
from shared.auth.actor import Role


async def define_programme(entry: Entry) -> None:
    """Enter the programme with its policy and phases."""
    roster, settings = entry.roster, entry.roster.settings
    await entry.call.post(
        "enrollment",
        "",
        {
            "name": settings["name"],
            "country": settings["country"],
            "currency": settings["currency"],
            "valid_from": settings["policy_from"],
            "decision": settings["policy_decision"],
            "headcount_minimum": int(settings["headcount_min"]),
            "headcount_maximum": int(settings["headcount_max"]),
            "size_classes": [
                {"code": row["code"], "minimum": int(row["min"]), "maximum": int(row["max"])}
                for row in roster.rows("size_classes")
            ],
            "sectors": [row["code"] for row in roster.rows("sectors")],
            "regions": [{"code": row["code"], "name": row["name"]} for row in roster.rows("regions")],
            "modules": [_module(row) for row in roster.rows("modules")],
            "phases": _phases(entry),
        },
        once="programme",
    )


def _module(row: Row) -> dict[str, Any]:
    return {
        "code": row["code"],
        "name": row["name"],
        "is_first": row["number"] == "1",
        **{
            name: int(row[name])
            for name in ("number", "classroom_days", "visits", "max_enterprises", "seats_managers", "seats_workers")
        },
    }


def _phases(entry: Entry) -> list[dict[str, Any]]:
    targets = [{"indicator": row["indicator"], "value": row["target"]} for row in entry.roster.rows("phase3_targets")]
    if not targets:
        return []
    # The source: Phase III, October 2017 to December 2021.
    return [
        {"code": "III", "name": "Phase III", "starts_on": "2017-10-01", "ends_on": "2021-12-31", "targets": targets}
    ]


async def register_partners(entry: Entry) -> None:
    """Enter the national partner, then the regional chambers under it."""

    async def register(row: Row) -> None:
        body: dict[str, Any] = {
            "name": row["name"],
            "kind": row["kind"],
            "registered_on": entry.roster.settings["policy_from"],
        }
        if row["parent"]:
            body |= {"region": row["region"], "parent_id": await entry.partners.get(row["parent"])}
        made = await entry.call.post("enrollment", "/partners", body, once=f"partner/{row['code']}")
        entry.partners.set(row["code"], made["id"])

    async with asyncio.TaskGroup() as tasks:
        for row in entry.roster.rows("partners"):
            tasks.create_task(register(row))


async def register_enterprises(entry: Entry) -> None:
    """Enter every enterprise, then its baseline."""
    readings = entry.roster.grouped("assessments", "enterprise", "kind", "training")

    async def register(row: Row) -> None:
        partner = await entry.partners.get(row["partner"])
        made = await entry.call.post(
            "enrollment",
            "/enterprises",
            {
                "partner_id": partner,
                "name": row["name"],
                "tax_id": row["tax_id"],
                "region": row["region"],
                "sector": row["sector"],
                "city": row["city"] or None,
                "women": int(row["women"]),
                "men": int(row["men"]),
                "registered_on": row["registered_on"],
            },
            role=Role.PARTNER_ADMIN,
            partner=partner,
            once=f"enterprise/{row['code']}",
        )
        entry.enterprises.set(row["code"], made["id"])
        await entry.call.post(
            "assessment",
            "/assessments/baseline",
            {
                "enterprise_id": made["id"],
                "assessed_on": row["baseline_on"],
                "readings": [as_reading(one) for one in readings[row["code"], "baseline", ""]],
            },
            role=Role.PARTNER_ADMIN,
            partner=partner,
            once=f"baseline/{row['code']}",
        )

    async with asyncio.TaskGroup() as tasks:
        for row in entry.roster.rows("enterprises"):
            tasks.create_task(register(row))


def as_reading(row: Row) -> dict[str, Any]:
    """Return a KPI reading as the assessment service takes it: raw numbers, or why there are none."""
    reading: dict[str, Any] = {"kpi": row["kpi"], "status": row["status"]}
    if row["status"] == "measured":
        reading |= {"numerator": row["numerator"], "denominator": row["denominator"]}
    return reading


def experts_modules(entry: Entry) -> list[str]:
    """Return the modules for which the recognised experts are certified."""
    return items(entry.roster.settings["experts_recognised_modules"])
