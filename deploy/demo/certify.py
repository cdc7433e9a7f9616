"""Entering trainers and the board's decisions about them."""

import asyncio
from itertools import zip_longest
from typing import Any

from deploy.demo.entry import Entry
from deploy.demo.register import experts_modules
from deploy.demo.roster import Row, in_order, items
from shared.auth.actor import Role


class Certifications:
    """The trainers of one roster, from the register to the certificate."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._first = next(row["code"] for row in entry.roster.rows("modules") if row["number"] == "1")
        self._decisions = entry.roster.grouped("certifications", "trainer", "module")
        self._enrolments = entry.roster.grouped("enrolments", "training")
        self._board = entry.roster.rows("board")
        self._members: dict[str, str] = {}

    async def enter_all(self) -> None:
        """Enter every trainer; recommendations follow the training-of-enterprises cycles they rest on."""
        await self._open_board()
        async with asyncio.TaskGroup() as tasks:
            for row in self._entry.roster.rows("trainers"):
                tasks.create_task(self._trainer(row))

    async def _open_board(self) -> None:
        async def register(row: Row) -> None:
            made = await self._entry.call.post(
                "certification",
                "/board-members",
                {
                    "name": row["name"],
                    "constituency": row["constituency"],
                    "mandate_from": row["mandate_from"],
                    "mandate_to": row["mandate_to"] or None,
                },
                role=Role.BOARD_SECRETARY,
                once=f"member/{row['code']}",
            )
            self._members[row["code"]] = made["id"]

        async with asyncio.TaskGroup() as tasks:
            for row in self._board:
                tasks.create_task(register(row))

    async def _trainer(self, row: Row) -> None:
        entry, code = self._entry, row["code"]
        registered_on = row["tot_wpc_on"] or entry.roster.settings["experts_recognised_on"]
        made = await entry.call.post(
            "certification",
            "/trainers",
            {
                "name": row["name"],
                "sex": row["sex"],
                "region": row["region"] or None,
                "partner_id": await entry.partners.get(row["partner"]) if row["partner"] else None,
                # Members of one employer stand aside from each other's cases; the self-employed have none.
                "employer": None if row["employer"] in ("", "Independent") else row["employer"],
                "registered_on": registered_on,
            },
            role=Role.BOARD_SECRETARY,
            once=f"trainer/{code}",
        )
        entry.trainers.set(code, made["id"])
        if row["expert"] == "yes":
            await self._recognise(code, made["id"])
            return
        await self._module(row, self._first, row["tot_wpc_on"], row["tot_wpc_score"])
        if row["tot_osh_on"]:
            await entry.certified.get(f"{code}/{self._first}")
            await self._module(row, "OSH", row["tot_osh_on"], row["tot_osh_score"])

    async def _recognise(self, code: str, trainer_id: str) -> None:
        entry = self._entry
        modules = experts_modules(entry)
        await entry.call.post(
            "certification",
            f"/trainers/{trainer_id}/recognitions",
            {
                "modules": modules,
                "valid_from": entry.roster.settings["experts_recognised_on"],
                "authority": "Expert trainer of the international programme, recognised by the committee (demo)",
            },
            role=Role.BOARD_SECRETARY,
            once=f"recognition/{code}",
        )
        for module in modules:
            entry.certified.mark(f"{code}/{module}")

    async def _module(self, row: Row, module: str, passed_on: str, score: str) -> None:
        """Take a candidate through one module: training of trainers, cycle, recommendations, decisions."""
        entry, code = self._entry, row["code"]
        trainer_id = await entry.trainers.get(code)
        await entry.call.post(
            "certification",
            f"/trainers/{trainer_id}/tot-results",
            {"module": module, "outcome": "passed", "taken_on": passed_on, "score": int(score)},
            role=Role.BOARD_SECRETARY,
            once=f"tot/{code}/{module}",
        )
        entry.certified.mark(f"tot/{code}/{module}")
        for number, decision in enumerate(in_order(self._decisions.get((code, module), []), "decided_on"), start=1):
            await self._cycles_before(code, module, decision["recommended_on"], trainer_id)
            case = await entry.call.post(
                "certification",
                f"/trainers/{trainer_id}/recommendations",
                {
                    "module": module,
                    "expert_id": await entry.trainers.get(decision["expert"]),
                    "recommended_on": decision["recommended_on"],
                },
                once=f"recommendation/{code}/{module}/{number}",
                until_heard=("evidence-missing",),
            )
            await self._decide(case, decision, f"{code}/{module}/{number}")
            if decision["outcome"] == "certified":
                entry.certified.mark(f"{code}/{module}")

    async def _cycles_before(self, code: str, module: str, day: str, trainer_id: str) -> None:
        """Wait until the cycles that the candidate led and that ended by `day` are entered, and known to the board.

        The dossier freezes what has arrived: recommending earlier would freeze half of it.
        """
        entry = self._entry
        expected: dict[str, int] = {}
        for row in entry.roster.rows("trainings"):
            candidates = (row["lead_trainer"], *items(row["co_candidates"]))
            if row["module"] == module and row["role"] == "candidate" and code in candidates:
                enrolments = self._enrolments[row["code"],]
                if max(one["outcome_on"] for one in enrolments) <= day:
                    for one in enrolments:
                        if one["outcome"] == "completed":
                            await entry.completed.get(f"pair/{one['training']}/{one['enterprise']}")
                    expected[await entry.trainings.get(row["code"])] = len(enrolments)
        while True:
            trainer = await entry.call.get("certification", f"/trainers/{trainer_id}")
            known = {
                cycle["training_id"]: cycle["completed"] + cycle["withdrawn"]
                for standing in trainer["modules"]
                for cycle in standing["cycles"]
            }
            if all(known.get(training) == count for training, count in expected.items()):
                return
            await asyncio.sleep(0.1)

    async def _decide(self, case: dict[str, Any], decision: Row, once: str) -> None:
        entry = self._entry
        decided_on = decision["decided_on"]
        votes = dict(zip(("for", "against", "abstain"), map(int, items(decision["votes"])), strict=True))
        choices = [choice for choice, count in votes.items() for _ in range(count)]
        for member, choice in zip(self._seated(decided_on), choices, strict=False):
            await entry.call.post(
                "certification",
                f"/cases/{case['id']}/votes",
                {
                    "choice": choice,
                    "voted_on": decided_on,
                    "dossier_hash": case["dossier_hash"],
                    "recorded_for": self._members[member],
                },
                role=Role.BOARD_SECRETARY,
                once=f"vote/{once}/{member}",
            )
        await entry.call.post(
            "certification",
            f"/cases/{case['id']}/decisions",
            {
                "decided_on": decided_on,
                "reason": None if decision["outcome"] == "certified" else "A further supervised cycle is needed (demo)",
            },
            role=Role.BOARD_SECRETARY,
            subject="demo-board-secretary",
            once=f"decision/{once}",
        )

    def _seated(self, day: str) -> list[str]:
        """Return members with a mandate on `day`, one of each constituency in turn: so all are present."""
        benches: dict[str, list[str]] = {}
        for row in self._board:
            if row["mandate_from"] <= day and (not row["mandate_to"] or day <= row["mandate_to"]):
                benches.setdefault(row["constituency"], []).append(row["code"])
        return [member for bench in zip_longest(*benches.values()) for member in bench if member is not None]
