"""Entering whole programmes and waiting until every service knows of them."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from deploy.cli.status import measure
from deploy.cli.target import Target
from deploy.demo.arrival import wait_until_arrived, where_events_are
from deploy.demo.caller import Caller
from deploy.demo.certify import Certifications
from deploy.demo.deliver import Deliveries
from deploy.demo.entry import Entry
from deploy.demo.isolation import Isolation, probe_isolation
from deploy.demo.money import Receipts, enter_costs, enter_terms
from deploy.demo.register import define_programme, register_enterprises, register_partners
from deploy.demo.report import ProgrammeReport, make_report
from deploy.demo.roster import Roster, items
from deploy.local.errors import LocalError

FOLDER: Final = Path(__file__).parent
PROGRAMMES: Final = ("bolivia", "peru")

Written = Callable[[str], None]


class DemoReport(BaseModel):
    """What the demo found: the same to the last digit however often it runs and whatever breaks on the way."""

    programmes: list[ProgrammeReport]
    isolation: list[Isolation]

    @property
    def agrees(self) -> bool:
        """Whether everything is as published and nothing leaks."""
        return all(one.agrees for one in self.programmes) and all(probe.refused for probe in self.isolation)


def rosters() -> list[Roster]:
    """Return the rosters of the demo."""
    return [Roster(FOLDER / name) for name in PROGRAMMES]


def planned_writes(roster: Roster) -> int:
    """Return how many requests entering `roster` takes, for the progress bar."""
    count = {
        name: len(roster.rows(name))
        for name in (
            "partners", "enterprises", "trainers", "board", "certifications", "trainings", "enrolments",
            "visits", "satisfaction", "price_list", "subsidies", "costs", "payments",
        )
    }  # fmt: skip
    completed = sum(1 for row in roster.rows("enrolments") if row["outcome"] == "completed")
    votes = sum(sum(map(int, items(row["votes"]))) for row in roster.rows("certifications"))
    tots = sum(1 for row in roster.rows("trainers") for name in ("tot_wpc_on", "tot_osh_on") if row[name])
    experts = sum(1 for row in roster.rows("trainers") if row["expert"] == "yes")
    claims = roster.rows("claims")
    once = 1 + sum(count.values())
    # A baseline for each enterprise, a decision for each recommendation, two sessions for each training, invoice,
    # endline and completion for each completed enrolment or its withdrawal, an allocation for each payment whose
    # reference names something.
    again = count["enterprises"] + count["certifications"] + 2 * count["trainings"] + 3 * completed
    known = {f"{row['training']}/{row['enterprise']}" for row in roster.rows("enrolments")}
    claimed = {row["claimed_on"][:7] for row in roster.rows("claims")}
    again += count["enrolments"] - completed
    again += sum(1 for row in roster.rows("payments") if row["reference"] in known | claimed)
    return once + again + votes + tots + experts + len(claims) + sum(1 for row in claims if row["approved_on"])


async def enter(target: Target, roster: Roster, on_written: Written = lambda _: None) -> None:
    """Enter one programme through the public HTTP APIs, as its people would; repeating it changes nothing."""
    async with Caller(target, roster.code, lambda: on_written(roster.code)) as call:
        entry = Entry(roster, call)
        await define_programme(entry)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(register_partners(entry))
            terms = tasks.create_task(enter_terms(entry))
            tasks.create_task(register_enterprises(entry))
            tasks.create_task(Certifications(entry).enter_all())
            tasks.create_task(enter_costs(entry))

            async def deliver() -> None:
                # Prices and agreements hold before anybody enrolls, as they would.
                await terms
                await Deliveries(entry).enter_all()
                await Receipts(entry).enter_all()

            tasks.create_task(deliver())


async def run_demo(target: Target, chosen: Sequence[Roster], on_written: Written, say: Callable[[str], None]) -> None:
    """Enter every chosen programme at the same time and wait until every event has arrived everywhere."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for roster in chosen:
                tasks.create_task(enter(target, roster, on_written))
    except BaseExceptionGroup as failures:
        # One sentence about the first cause beats a tree of tracebacks.
        first: BaseException = failures
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        if isinstance(first, LocalError):
            # Mostly something has not arrived, and when the servers are gone nobody can see any more what.
            say(f"events when the demo gave up: {where_events_are(await measure(target))}")
        raise first from None
    say("waiting until every event has arrived in every service ...")
    await wait_until_arrived(target)


async def report_of(target: Target, chosen: Sequence[Roster]) -> DemoReport:
    """Ask for every figure of the chosen programmes, and try to see one with the other's token."""
    reports = []
    for roster in chosen:
        async with Caller(target, roster.code) as call:
            reports.append(await make_report(call, roster))
    return DemoReport(programmes=reports, isolation=await probe_isolation(target, [r.code for r in chosen]))
