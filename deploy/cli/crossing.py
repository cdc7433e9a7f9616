"""What the services must say alike about the same thing."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from deploy.cli.target import Target

Row = dict[str, Any]


@dataclass(slots=True)
class Facts:
    """Reads lists of every service, all pages, over all programmes."""

    clients: dict[str, httpx.AsyncClient]

    @classmethod
    @asynccontextmanager
    async def open(cls, target: Target) -> AsyncIterator["Facts"]:
        """Connect to every service of `target`."""
        async with AsyncExitStack() as stack:
            yield cls({name: await stack.enter_async_context(target.ops(name)) for name in target.urls})

    async def one(self, service: str, path: str) -> Row:
        """Return one resource; raises httpx.HTTPError."""
        found: Row = (await self.clients[service].get(path)).raise_for_status().json()
        return found

    async def all(self, service: str, path: str, **filters: str) -> list[Row]:
        """Return every row of a list; raises httpx.HTTPError."""
        rows: list[Row] = []
        params: dict[str, str | int] = {"limit": 500, **filters}
        while True:
            page = (await self.clients[service].get(path, params=params)).raise_for_status().json()
            rows += page["items"]
            if page["next"] is None:
                return rows
            params["cursor"] = page["next"]

    async def everywhere(self, service: str, path: str, **filters: str) -> list[Row]:
        """Return every row of a list of each programme."""
        programmes = [row["programme"] for row in await self.all("enrollment", "/v1/programmes")]
        return [
            row for code in programmes for row in await self.all(service, f"/v1/programmes/{code}{path}", **filters)
        ]


def differences(
    noun: str, left: tuple[str, Mapping[str, object]], right: tuple[str, Mapping[str, object]]
) -> Iterable[str]:
    """Yield a sentence for every key whose value is not the same on both sides; a missing key has no value."""
    (left_name, left_rows), (right_name, right_rows) = left, right
    for key in sorted(left_rows.keys() | right_rows.keys()):
        here, there = left_rows.get(key), right_rows.get(key)
        if here != there:
            yield f"{noun} {key}: {left_name} says {here}, {right_name} says {there}"


async def _enrollments_billed(facts: Facts) -> list[str]:
    """Every enrollment is known to billing with the same end, and billed unless it was withdrawn."""
    enrolled = await facts.everywhere("enrollment", "/enrollments")
    billed = await facts.everywhere("billing", "/enrollments")
    ends = ("enterprise_id", "training_id", "partner_id", "size_class", "completed_on", "withdrawn_on")
    found = list(
        differences(
            "enrollment",
            ("enrollment", {row["id"]: [row[name] for name in ends] for row in enrolled}),
            ("billing", {row["id"]: [row[name] for name in ends] for row in billed}),
        )
    )
    expected = {
        True: {"cancelled", "credited", "not-due", "issued"},
        False: {"draft", "issued", "unpriced", "credited"},
    }
    found += [
        f"enrollment {row['id']}: withdrawn_on {row['withdrawn_on']}, but billing has it as {row['billing']}"
        for row in billed
        if row["billing"] not in expected[row["withdrawn_on"] is not None]
    ]
    return found


async def _endlines_earned(facts: Facts) -> list[str]:
    """Billing knows the same endlines as assessment."""
    assessed = await facts.everywhere("assessment", "/assessments", kind="endline")
    billed = await facts.everywhere("billing", "/enrollments")
    return list(
        differences(
            "endline of enrollment",
            ("assessment", {row["enrollment_id"]: row["assessed_on"] for row in assessed}),
            ("billing", {row["id"]: row["endline_on"] for row in billed if row["endline_on"] is not None}),
        )
    )


async def _baselines_known(facts: Facts) -> list[str]:
    """Enrollment knows the same baselines as assessment."""
    assessed = await facts.everywhere("assessment", "/assessments", kind="baseline")
    enterprises = await facts.everywhere("enrollment", "/enterprises")
    return list(
        differences(
            "baseline of enterprise",
            ("assessment", {row["enterprise_id"]: row["assessed_on"] for row in assessed}),
            ("enrollment", {row["id"]: row["baseline_on"] for row in enterprises if row["baseline_on"] is not None}),
        )
    )


async def _certificates_known(facts: Facts) -> list[str]:
    """Enrollment schedules by the same certificates that certification issued."""
    issued = await facts.everywhere("certification", "/certificates")
    known: dict[str, object] = {}
    for row in await facts.everywhere("enrollment", "/trainers"):
        trainer = await facts.one("enrollment", f"/v1/programmes/{row['programme']}/trainers/{row['id']}")
        known |= {held["number"]: (row["id"], held["module"]) for held in trainer["certificates"]}
    return list(
        differences(
            "certificate",
            ("certification", {row["number"]: (row["trainer_id"], row["module"]) for row in issued}),
            ("enrollment", known),
        )
    )


CROSS_CHECKS: Final[dict[str, Callable[[Facts], Awaitable[list[str]]]]] = {
    "enrollments-billed": _enrollments_billed,
    "endlines-earned": _endlines_earned,
    "baselines-known": _baselines_known,
    "certificates-known": _certificates_known,
}
"""By name; the docstring says what agrees."""
