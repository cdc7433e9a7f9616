"""Sessions, visits and ends that cannot be: refused with field and rule, nothing stored, nothing said."""

from datetime import date

import pytest

from services.enrollment.app import SERVICE
from shared.ids import new_id
from tests.integration.conftest import ServiceClient
from tests.integration.enrollment.builders import FIRST_DAY, Body, Country, present, session
from tests.integration.enrollment.wrong import all_refused, rule, shape

pytestmark = pytest.mark.integration


async def test_wrong_sessions(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise, other = await country.enterprise(), await country.enterprise()
        unmeasured = await country.enterprise(baseline=False)
        training = await country.training(ends_on="2014-04-25")
        await country.enroll(training, enterprise)
        enrollment = await country.enroll(training, unmeasured)
        path = f"/trainings/{training}/sessions"
        people = [present(enterprise, code) for code in ("P-1", "P-2", "P-3")]
        no_one = session(1, FIRST_DAY)
        await all_refused(
            country,
            {
                "no baseline": rule(
                    path,
                    session(1, FIRST_DAY, people[0], present(unmeasured)),
                    "baseline-missing",
                    "attendances.1.enterprise_id",
                ),
                "not enrolled": rule(
                    path, session(1, FIRST_DAY, present(other)), "not-enrolled", "attendances.0.enterprise_id"
                ),
                "enterprise from nowhere": rule(
                    path, session(1, FIRST_DAY, present(str(new_id()))), "not-enrolled", "attendances.0.enterprise_id"
                ),
                "too many workers": rule(path, session(1, FIRST_DAY, *people), "seats-exceeded", "attendances"),
                "a person twice": rule(
                    path, session(1, FIRST_DAY, people[0], people[0]), "same-person-twice", "attendances.1.participant"
                ),
                "no such day of the template": rule(
                    path, session(3, FIRST_DAY, people[0]), "day-outside-template", "day"
                ),
                "before the training": rule(path, session(1, "2014-04-22", people[0]), "too-early", "held_on"),
                "after the training": rule(path, session(1, "2014-04-26", people[0]), "too-late", "held_on"),
                "nobody there": shape(path, no_one, "attendances", "too-short"),
                "no such sex": shape(
                    path, session(1, FIRST_DAY, people[0] | {"sex": "x"}), "attendances.0.sex", "enum"
                ),
                "a name for a code": shape(
                    path,
                    session(1, FIRST_DAY, people[0] | {"participant": "María Pérez"}),
                    "attendances.0.participant",
                    "string-pattern-mismatch",
                ),
            },
        )
        await country.post(path, session(1, "2014-04-24", people[0]))
        await country.post(
            f"/enrollments/{enrollment}/withdrawal", {"withdrawn_on": "2014-04-10", "reason": "change of owner"}
        )
        await country.assess(unmeasured)
        await all_refused(
            country,
            {
                "held twice": rule(
                    path, session(1, "2014-04-25", people[0]), "session-already-held", "day", status=409
                ),
                "second day on the first": rule(path, session(2, "2014-04-24", people[0]), "too-early", "held_on"),
                "sex contradicted": rule(
                    path,
                    session(2, "2014-04-25", people[0] | {"sex": "male"}),
                    "participant-contradicted",
                    "attendances.0.sex",
                    status=409,
                ),
                "level contradicted": rule(
                    path,
                    session(2, "2014-04-25", people[0] | {"level": "manager"}),
                    "participant-contradicted",
                    "attendances.0.level",
                    status=409,
                ),
                "too many workers over both days": rule(
                    path, session(2, "2014-04-25", people[1], people[2]), "seats-exceeded", "attendances"
                ),
                "withdrawn": rule(
                    path, session(2, "2014-04-25", present(unmeasured)), "not-enrolled", "attendances.0.enterprise_id"
                ),
            },
        )


async def test_a_first_module_waits_for_a_baseline_up_to_the_day(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise = await country.enterprise(baseline=False)
        training = await country.training()
        await country.enroll(training, enterprise)
        path = f"/trainings/{training}/sessions"
        await country.assess(enterprise, on=date(2014, 4, 24))
        body = session(1, FIRST_DAY, present(enterprise))
        await all_refused(
            country, {"late baseline": rule(path, body, "baseline-missing", "attendances.0.enterprise_id")}
        )
        await country.assess(enterprise)
        assert (await country.post(path, body)).status_code == 201


async def test_wrong_visits_and_ends(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise, absent = await country.enterprise(), await country.enterprise()
        training = await country.training()
        enrollment = await country.enroll(training, enterprise)
        never_there = await country.enroll(training, absent)
        path = f"/enrollments/{enrollment}"
        stranger, plain = new_id(), new_id()
        await country.register_trainer(plain)
        visit: Body = {"number": 1, "visited_on": "2014-05-12", "trainer_id": str(country.lead)}
        completion, withdrawal = {"completed_on": "2014-06-10"}, {"withdrawn_on": "2014-06-10", "reason": "closed down"}
        await all_refused(
            country,
            {
                "visit before the classroom": rule(
                    f"{path}/visits", visit, "classroom-not-finished", "enrollment_id", status=409
                ),
                "completed before the classroom": rule(
                    f"{path}/completion", completion, "classroom-not-finished", "enrollment_id", status=409
                ),
                "withdrawn before enrolled": rule(
                    f"{path}/withdrawal", withdrawal | {"withdrawn_on": "2014-04-06"}, "too-early", "withdrawn_on"
                ),
                "withdrawn without reason": shape(
                    f"{path}/withdrawal", {"withdrawn_on": "2014-06-10"}, "reason", "missing"
                ),
            },
        )
        await country.hold_both_days(training, enterprise)
        attempt: Body = {
            "number": 1,
            "attempted_on": "2014-05-12",
            "trainer_id": str(country.lead),
            "reason": "no entry",
        }

        def costing(amount: object, currency: str = "BOB") -> Body:
            return attempt | {"cost": {"amount": amount, "currency": currency}}

        await all_refused(
            country,
            {
                "visit before the last classroom day": rule(
                    f"{path}/visits", visit | {"visited_on": "2014-04-23"}, "too-early", "visited_on"
                ),
                "second visit first": rule(f"{path}/visits", visit | {"number": 2}, "visit-out-of-order", "number"),
                "third of two": rule(f"{path}/visits", visit | {"number": 3}, "visit-outside-plan", "number"),
                "visit in the future": rule(
                    f"{path}/visits", visit | {"visited_on": "2026-03-03"}, "date-in-future", "visited_on"
                ),
                "unknown visitor": rule(
                    f"{path}/visits", visit | {"trainer_id": str(stranger)}, "fact-missing", "trainer_id", status=409
                ),
                "uncertified visitor": rule(
                    f"{path}/visits", visit | {"trainer_id": str(plain)}, "trainer-not-certified", "trainer_id"
                ),
                "negative cost": rule(
                    f"{path}/aborted-visits",
                    costing("-1.00"),
                    "cost-not-possible",
                    "cost.amount",
                    named="not-negative",
                ),
                "another currency": rule(
                    f"{path}/aborted-visits",
                    costing("1.00", "USD"),
                    "cost-not-possible",
                    "cost.currency",
                    named="programme-currency",
                ),
                "over-precise cost": shape(f"{path}/aborted-visits", costing("1.005"), "cost", "over-precise-amount"),
                "unknown currency": shape(f"{path}/aborted-visits", costing("1", "XXX"), "cost", "unknown-currency"),
                "cost as a number": shape(f"{path}/aborted-visits", costing(1.5), "cost", "money-shape"),
                "over-long reason": shape(
                    f"{path}/aborted-visits", attempt | {"reason": "x" * 2001}, "reason", "string-too-long"
                ),
                "completed without visits": rule(
                    f"{path}/completion", completion, "visits-outstanding", "enrollment_id", status=409
                ),
                "completed though never there": rule(
                    f"/enrollments/{never_there}/completion", completion, "never-present", "enrollment_id", status=409
                ),
                "withdrawn before last seen": rule(
                    f"{path}/withdrawal", withdrawal | {"withdrawn_on": "2014-04-23"}, "too-early", "withdrawn_on"
                ),
            },
        )
        await country.visit(enrollment, 1, "2014-05-12")
        await country.visit(enrollment, 2, "2014-06-04")
        await all_refused(
            country,
            {
                "visit done twice": rule(f"{path}/visits", visit, "visit-already-done", "number", status=409),
                "completed before the last visit": rule(
                    f"{path}/completion", {"completed_on": "2014-06-03"}, "too-early", "completed_on"
                ),
            },
        )
        await country.post(f"{path}/completion", completion)
        await all_refused(
            country,
            {
                "withdrawn after completion": rule(f"{path}/withdrawal", withdrawal, "refused-transition", status=409),
                "completed twice": rule(f"{path}/completion", completion, "refused-transition", status=409),
                "visit after completion": rule(f"{path}/visits", visit, "refused-transition", status=409),
            },
        )
