"""Entering what happened in the classrooms and factories: trainings, sessions, visits, endlines, completions."""

import asyncio
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from deploy.demo.entry import Entry
from deploy.demo.money import draft_of
from deploy.demo.register import as_reading
from deploy.demo.roster import Row, in_order, items
from shared.auth.actor import Role

PAYMENT_TERM = timedelta(days=30)
_NOT_CERTIFIED_YET = ("trainer-not-certified", "candidate-without-tot", "expert-not-certified")


class Deliveries:
    """The trainings of one roster."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        roster = entry.roster
        self._enrolments = roster.grouped("enrolments", "training")
        self._attendance = roster.grouped("attendance", "training", "day")
        self._visits = roster.grouped("visits", "training", "enterprise")
        self._assessments = roster.grouped("assessments", "enterprise", "kind", "training")
        self._satisfaction = roster.grouped("satisfaction", "training")
        self._people = roster.by("participants", "person")

    async def enter_all(self) -> None:
        """Enter every training as soon as its trainer may lead it; invoices of a book are issued in order of dates."""
        before: dict[str, str] = {}
        async with asyncio.TaskGroup() as tasks:
            for row in in_order(self._entry.roster.rows("trainings"), "day1", "code"):
                tasks.create_task(self._training(row, before.get(row["partner"])))
                before[row["partner"]] = row["code"]

    async def _training(self, row: Row, before: str | None) -> None:
        entry, code = self._entry, row["code"]
        await self._leaders(row)
        made = await self._post(
            row,
            "enrollment",
            "/trainings",
            {
                "partner_id": await entry.partners.get(row["partner"]),
                "module": row["module"],
                "region": row["region"],
                "delivery": row["delivery"],
                "lead_role": row["role"],
                "lead_trainer_id": await entry.trainers.get(row["lead_trainer"]),
                "supervising_expert_id": await entry.trainers.get(row["supervising_expert"])
                if row["supervising_expert"]
                else None,
                "co_candidate_ids": [await entry.trainers.get(one) for one in items(row["co_candidates"])],
                "starts_on": row["day1"],
                "ends_on": row["day2"],
                "venue": row["venue"],
            },
            once=f"training/{code}",
            until_heard=_NOT_CERTIFIED_YET,
        )
        entry.trainings.set(code, made["id"])
        rows = self._enrolments[code,]
        async with asyncio.TaskGroup() as tasks:
            for enrolment in rows:
                tasks.create_task(self._enroll(row, enrolment))
        if before is not None:
            await entry.invoiced.get(before)
        for enrolment in in_order(rows, "enterprise"):
            if enrolment["outcome"] == "completed":
                await self._invoice(row, enrolment)
        entry.invoiced.mark(code)
        for day, held_on in (("1", row["day1"]), ("2", row["day2"])):
            await self._session(row, day, held_on)
        async with asyncio.TaskGroup() as tasks:
            for enrolment in rows:
                if enrolment["outcome"] == "completed":
                    tasks.create_task(self._finish(row, enrolment))
            for answers in self._satisfaction.get((code,), []):
                tasks.create_task(self._satisfied(row, answers))

    async def _post(
        self,
        training: Row,
        service: str,
        path: str,
        body: dict[str, Any],
        *,
        once: str,
        role: Role = Role.PARTNER_ADMIN,
        until_heard: Collection[str] = (),
    ) -> dict[str, Any]:
        """Write with the rights of the partner whose training it is."""
        partner = await self._entry.partners.get(training["partner"])
        return await self._entry.call.post(
            service, path, body, once=once, role=role, partner=partner, until_heard=until_heard
        )

    async def _leaders(self, row: Row) -> None:
        """Wait until those who lead are what the roster says they are."""
        known = self._entry.certified
        if row["role"] == "certified":
            await known.get(f"{row['lead_trainer']}/{row['module']}")
            return
        await known.get(f"{row['supervising_expert']}/{row['module']}")
        for candidate in (row["lead_trainer"], *items(row["co_candidates"])):
            await known.get(f"tot/{candidate}/{row['module']}")

    async def _enroll(self, training: Row, row: Row) -> None:
        entry, pair = self._entry, f"{row['training']}/{row['enterprise']}"
        if training["module"] != "WPC":
            await entry.completed.get(f"WPC/{row['enterprise']}")
        made = await self._post(
            training,
            "enrollment",
            "/enrollments",
            {
                "training_id": await entry.trainings.get(row["training"]),
                "enterprise_id": await entry.enterprises.get(row["enterprise"]),
                "enrolled_on": row["enrolled_on"],
            },
            once=f"enrollment/{pair}",
        )
        entry.enrollments.set(pair, made["id"])
        if row["outcome"] == "withdrawn":
            await self._post(
                training,
                "enrollment",
                f"/enrollments/{made['id']}/withdrawal",
                {"withdrawn_on": row["outcome_on"], "reason": row["reason"]},
                once=f"withdrawal/{pair}",
            )

    async def _invoice(self, training: Row, row: Row) -> None:
        entry, pair = self._entry, f"{row['training']}/{row['enterprise']}"
        enrollment = await entry.enrollments.get(pair)
        issued_on = date.fromisoformat(training["day1"])
        invoice = await self._post(
            training,
            "billing",
            f"/invoices/{await draft_of(entry, enrollment)}/issue",
            {"issued_on": issued_on.isoformat(), "due_on": (issued_on + PAYMENT_TERM).isoformat()},
            role=Role.PARTNER_FINANCE,
            once=f"issue/{pair}",
        )
        entry.issued.set(pair, invoice)

    async def _session(self, training: Row, day: str, held_on: str) -> None:
        entry, code = self._entry, training["code"]
        await self._post(
            training,
            "enrollment",
            f"/trainings/{await entry.trainings.get(code)}/sessions",
            {
                "day": int(day),
                "held_on": held_on,
                "attendances": [
                    {
                        "enterprise_id": await entry.enterprises.get(row["enterprise"]),
                        "participant": row["person"],
                        "sex": self._people[row["person"]]["sex"],
                        "level": self._people[row["person"]]["level"],
                    }
                    for row in self._attendance[code, day]
                ],
            },
            once=f"session/{code}/{day}",
            until_heard=("baseline-missing",),
        )

    async def _finish(self, training: Row, row: Row) -> None:
        entry, pair = self._entry, f"{row['training']}/{row['enterprise']}"
        enrollment = await entry.enrollments.get(pair)
        attempts = in_order(self._visits[row["training"], row["enterprise"]], "number", "held_on")
        for attempt, visit in enumerate(attempts, start=1):
            trainer = await entry.trainers.get(visit["trainer"])
            what = {"number": int(visit["number"]), "trainer_id": trainer}
            if visit["outcome"] == "done":
                path, body = "visits", {**what, "visited_on": visit["held_on"]}
            else:
                path, body = "aborted-visits", {**what, "attempted_on": visit["held_on"], "reason": visit["reason"]}
            await self._post(
                training,
                "enrollment",
                f"/enrollments/{enrollment}/{path}",
                body,
                once=f"visit/{pair}/{attempt}",
            )
        readings = self._assessments[row["enterprise"], "endline", row["training"]]
        await self._post(
            training,
            "assessment",
            "/assessments/endline",
            {
                "enrollment_id": enrollment,
                "assessed_on": readings[0]["assessed_on"],
                "readings": [as_reading(one) for one in readings],
            },
            once=f"endline/{pair}",
        )
        await self._post(
            training,
            "enrollment",
            f"/enrollments/{enrollment}/completion",
            {"completed_on": row["outcome_on"]},
            once=f"completion/{pair}",
        )
        entry.completed.set(f"{training['module']}/{row['enterprise']}", row["outcome_on"])
        entry.completed.set(f"pair/{pair}", row["outcome_on"])

    async def _satisfied(self, training: Row, row: Row) -> None:
        await self._post(
            training,
            "assessment",
            "/satisfaction",
            {
                "training_id": await self._entry.trainings.get(training["code"]),
                "recorded_on": row["recorded_on"],
                "respondents": int(row["respondents"]),
                "satisfied": int(row["satisfied"]),
            },
            once=f"satisfaction/{row['training']}/{row['recorded_on']}",
        )
