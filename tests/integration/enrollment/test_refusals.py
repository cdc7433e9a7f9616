"""What cannot be is refused with field and rule; nothing is stored and nothing is said."""

from datetime import date

import pytest

from services.enrollment.app import SERVICE
from shared.events.certification import CertificationSuspended
from shared.ids import new_id
from tests.integration.conftest import ServiceClient
from tests.integration.enrollment.builders import (
    FIRST_DAY,
    Body,
    Country,
    everything_stored,
    policy,
    present,
    refusal,
    session,
)

pytestmark = pytest.mark.integration

Wrong = tuple[str, Body, int, str, list[tuple[str, str]]]


async def all_refused(country: Country, wrong: dict[str, Wrong]) -> None:
    """Send every wrong request and see that each is refused as said, and that nothing is left of it."""
    before = await everything_stored(country.client)
    for name, (path, body, status, code, errors) in wrong.items():
        role = "programme-manager" if path in ("", "/partners", "/policy-versions") else "partner-admin"
        partner = None if role == "programme-manager" else country.partner
        answer = await country.client.post(country.base + path, body, role=role, partner=partner)
        assert refusal(answer) == (status, code, errors), name
        assert await everything_stored(country.client) == before, name
    assert await country.client.findings() == []


def shape(path: str, body: Body, field: str, rule: str) -> Wrong:
    """Return a request whose form is wrong."""
    return path, body, 422, "invalid-request", [(field, rule)]


def rule(path: str, body: Body, code: str, *fields: str, status: int = 422, named: str | None = None) -> Wrong:
    """Return a request that breaks a rule of the programme."""
    return path, body, status, code, [(field, named or code) for field in fields]


async def test_wrong_programmes(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = Country(client)
        good: Body = {"name": "Programme", "country": "BO", "currency": "BOB", **policy()}
        gap = [
            {"code": "small", "minimum": 30, "maximum": 50},
            {"code": "medium", "minimum": 52, "maximum": 250},
        ]
        modules = policy()["modules"]
        six_visits = [modules[0] | {"visits": 6}, modules[1]]
        no_first = [modules[0] | {"is_first": False}, modules[1]]
        await all_refused(
            country,
            {
                "unknown currency": shape("", good | {"currency": "BOX"}, "currency", "unknown-currency"),
                "country by name": shape("", good | {"country": "Bolivia"}, "country", "string-pattern-mismatch"),
                "over-long name": shape("", good | {"name": "x" * 201}, "name", "string-too-long"),
                "control characters": shape("", good | {"name": "a\u0007b"}, "name", "no-control-characters"),
                "what no text can hold": shape("", good | {"name": "a\u0000b"}, "name", "storable"),
                "unknown field": shape("", good | {"headcount": 3}, "headcount", "extra-forbidden"),
                "text in a number": shape("", good | {"headcount_minimum": "30"}, "headcount_minimum", "int-type"),
                "six visits": shape("", good | {"modules": six_visits}, "modules.0.visits", "less-than-equal"),
                "no region": shape("", good | {"regions": []}, "regions", "too-short"),
                "a gap between size classes": rule(
                    "", good | {"size_classes": gap}, "policy-not-whole", "size_classes.1.minimum", named="no-gap"
                ),
                "no first module": rule(
                    "", good | {"modules": no_first}, "policy-not-whole", "modules", named="one-first-module"
                ),
                "version of nothing": rule("/policy-versions", policy(), "not-found", "programme", status=404),
            },
        )
        await country.define()
        await all_refused(
            country,
            {
                "defined twice": rule("", good, "programme-exists", "programme", status=409),
                "broken version": rule(
                    "/policy-versions",
                    policy(valid_from="2015-01-01", size_classes=gap),
                    "policy-not-whole",
                    "size_classes.1.minimum",
                    named="no-gap",
                ),
            },
        )


async def test_wrong_partners(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        national = (await country.get("/partners"))["items"][0]["id"]
        good: Body = {
            "name": "Another chamber",
            "kind": "regional-chamber",
            "region": "LP",
            "parent_id": national,
            "registered_on": "2014-03-01",
        }
        second = {"name": "Another", "kind": "national", "registered_on": "2014-03-01"}
        path = "/partners"
        await all_refused(
            country,
            {
                "second national": rule(path, second, "national-partner-exists", "kind", status=409),
                "same name": rule(path, good | {"name": "CHAMBER of la paz"}, "duplicate-partner", "name", status=409),
                "no region": rule(path, good | {"region": None}, "partner-misplaced", "region"),
                "no parent": rule(path, good | {"parent_id": None}, "partner-misplaced", "parent_id"),
                "under a chamber": rule(path, good | {"parent_id": country.partner}, "partner-misplaced", "parent_id"),
                "under nobody known": rule(
                    path, good | {"parent_id": str(new_id())}, "not-found", "parent_id", status=404
                ),
                "unknown region": rule(path, good | {"region": "XX"}, "region-not-eligible", "region"),
                "before any policy": rule(
                    path, good | {"registered_on": "2014-02-28"}, "no-policy-in-force", "registered_on"
                ),
                "in the future": rule(path, good | {"registered_on": "2026-03-03"}, "date-in-future", "registered_on"),
                "unknown kind": shape(path, good | {"kind": "club"}, "kind", "enum"),
            },
        )


async def test_wrong_enterprises(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        await country.enterprise(tax_id="AB-123.4")
        good = country.enterprise_body()
        path = "/enterprises"
        window = ("women", "men")
        await all_refused(
            country,
            {
                "too small": rule(path, good | {"women": 1, "men": 28}, "headcount-outside-window", *window),
                "too large": rule(path, good | {"women": 126, "men": 125}, "headcount-outside-window", *window),
                "another sector": rule(path, good | {"sector": "mining"}, "sector-not-eligible", "sector"),
                "another region": rule(path, good | {"region": "XX"}, "region-not-eligible", "region"),
                "same tax id": rule(path, good | {"tax_id": "ab 1234"}, "duplicate-enterprise", "tax_id", status=409),
                "malformed tax id": rule(path, good | {"tax_id": "12/34"}, "tax-id-malformed", "tax_id"),
                "before any policy": rule(
                    path, good | {"registered_on": "2014-02-28"}, "no-policy-in-force", "registered_on"
                ),
                "in the future": rule(path, good | {"registered_on": "2026-03-03"}, "date-in-future", "registered_on"),
                "another partner's": rule(
                    path,
                    good | {"partner_id": country.other_partner},
                    "not-allowed",
                    "partner_id",
                    status=403,
                    named="partner-scope",
                ),
                "over-long name": shape(path, good | {"name": "x" * 201}, "name", "string-too-long"),
                "over-long city": shape(path, good | {"city": "x" * 201}, "city", "string-too-long"),
                "over-long tax id": shape(path, good | {"tax_id": "1" * 65}, "tax_id", "string-too-long"),
                "no name": shape(path, good | {"name": "  "}, "name", "string-too-short"),
                "negative head-count": shape(path, good | {"women": -1}, "women", "greater-than-equal"),
                "fraction of a worker": shape(path, good | {"men": 25.5}, "men", "int-type"),
                "no such day": shape(
                    path, good | {"registered_on": "2014-02-30"}, "registered_on", "date-from-datetime-parsing"
                ),
                "year with a slip": shape(
                    path, good | {"registered_on": "0214-03-14"}, "registered_on", "greater-than-equal"
                ),
                "not an id": shape(path, good | {"partner_id": "7"}, "partner_id", "uuid-parsing"),
            },
        )
        manager = await client.post(country.base + path, good | {"partner_id": str(new_id())})
        assert refusal(manager) == (404, "not-found", [("partner_id", "not-found")])


async def test_wrong_trainings(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        candidate, expert, plain = new_id(), new_id(), new_id()
        for person in (candidate, expert, plain):
            await country.register_trainer(person)
        await country.certify(expert, "WPC", is_expert=True)
        await country.pass_tot(candidate, "WPC")
        good = country.training_body()
        supervised = good | {
            "lead_role": "candidate",
            "lead_trainer_id": str(candidate),
            "supervising_expert_id": str(expert),
        }
        path = "/trainings"
        stranger = str(new_id())
        await all_refused(
            country,
            {
                "unknown module": rule(path, good | {"module": "HOCO"}, "unknown-module", "module"),
                "unknown region": rule(path, good | {"region": "XX"}, "region-not-eligible", "region"),
                "ends before it starts": rule(path, good | {"ends_on": "2014-04-22"}, "too-early", "ends_on"),
                "too short": rule(path, good | {"ends_on": FIRST_DAY}, "training-too-short", "ends_on"),
                "before any policy": rule(
                    path,
                    good | {"starts_on": "2014-02-01", "ends_on": "2014-02-02"},
                    "no-policy-in-force",
                    "starts_on",
                ),
                "uncertified lead": rule(
                    path, good | {"lead_trainer_id": str(plain)}, "trainer-not-certified", "lead_trainer_id"
                ),
                "lead certified too late": rule(
                    path,
                    good | {"lead_trainer_id": str(candidate)},
                    "trainer-not-certified",
                    "lead_trainer_id",
                ),
                "unknown lead": rule(
                    path, good | {"lead_trainer_id": stranger}, "fact-missing", "lead_trainer_id", status=409
                ),
                "candidate without training of trainers": rule(
                    path, supervised | {"lead_trainer_id": str(plain)}, "candidate-without-tot", "lead_trainer_id"
                ),
                "candidate of another module": rule(
                    path, supervised | {"module": "OSH"}, "candidate-without-tot", "lead_trainer_id"
                ),
                "under a plain trainer": rule(
                    path,
                    supervised | {"supervising_expert_id": str(country.lead)},
                    "expert-not-certified",
                    "supervising_expert_id",
                ),
                "under nobody": rule(
                    path, supervised | {"supervising_expert_id": None}, "expert-missing", "supervising_expert_id"
                ),
                "certified under an expert": rule(
                    path,
                    good | {"supervising_expert_id": str(expert)},
                    "only-for-candidates",
                    "supervising_expert_id",
                ),
                "same person twice": rule(
                    path,
                    supervised | {"co_candidate_ids": [str(candidate)]},
                    "same-person-twice",
                    "co_candidate_ids.0",
                ),
                "another partner's": rule(
                    path,
                    good | {"partner_id": country.other_partner},
                    "not-allowed",
                    "partner_id",
                    status=403,
                    named="partner-scope",
                ),
                "over-long venue": shape(path, good | {"venue": "x" * 201}, "venue", "string-too-long"),
            },
        )


async def test_wrong_enrollments(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        first, second, third = [await country.enterprise() for _ in range(3)]
        others = await country.enterprise(partner_id=country.other_partner, region="SC")
        training = await country.training()
        full = await country.training(starts_on="2014-09-01", ends_on="2014-09-02")
        await country.enroll(training, first)
        await country.enroll(full, second)
        await country.enroll(full, await country.enterprise())
        osh = await country.training(module="OSH", starts_on="2014-06-10", ends_on="2014-06-11")
        good: Body = {"training_id": training, "enterprise_id": third, "enrolled_on": "2014-04-07"}
        path = "/enrollments"
        await all_refused(
            country,
            {
                "after the first day": rule(path, good | {"enrolled_on": "2014-04-24"}, "too-late", "enrolled_on"),
                "before registration": rule(path, good | {"enrolled_on": "2014-03-13"}, "too-early", "enrolled_on"),
                "twice in a training": rule(
                    path, good | {"enterprise_id": first}, "already-in-training", "enterprise_id", status=409
                ),
                "twice in a module": rule(
                    path, good | {"enterprise_id": second}, "module-already-taken", "enterprise_id", status=409
                ),
                "no place left": rule(path, good | {"training_id": full}, "training-full", "training_id", status=409),
                "before the first module": rule(
                    path, good | {"training_id": osh}, "first-module-missing", "enterprise_id"
                ),
                "another partner's enterprise": rule(
                    path, good | {"enterprise_id": others}, "not-found", "enterprise_id", status=404
                ),
                "unknown enterprise": rule(
                    path, good | {"enterprise_id": str(new_id())}, "not-found", "enterprise_id", status=404
                ),
                "unknown training": rule(
                    path, good | {"training_id": str(new_id())}, "not-found", "training_id", status=404
                ),
            },
        )
        unscoped = await client.post(
            country.base + path, good | {"enterprise_id": others}, role="partner-admin", partner=None
        )
        assert refusal(unscoped) == (
            422,
            "other-partners-enterprise",
            [("enterprise_id", "other-partners-enterprise")],
        )


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


async def test_a_duplicate_names_the_existing_enterprise_only_to_those_who_may_see_it(
    service_client: ServiceClient,
) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        existing = await country.enterprise(tax_id="1234567")
        own = await country.post("/enterprises", country.enterprise_body(tax_id="123-4567"))
        assert existing in own.json()["detail"]
        body = country.enterprise_body(tax_id="123-4567", partner_id=country.other_partner)
        others = await country.post("/enterprises", body, partner=country.other_partner)
        assert others.status_code == 409
        assert existing not in others.text


async def test_a_lead_suspended_after_scheduling_does_not_hold_the_training(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise = await country.enterprise()
        training = await country.training()
        await country.enroll(training, enterprise)
        suspended = CertificationSuspended(
            trainer_id=country.lead,
            module="WPC",
            certificate_number="WPC-1",
            effective_on=date(2014, 4, 20),
            ground="complaint",
        )
        await client.deliver(suspended, aggregate_id=country.lead)
        await all_refused(
            country,
            {
                "suspended": rule(
                    f"/trainings/{training}/sessions",
                    session(1, FIRST_DAY, present(enterprise)),
                    "trainer-not-certified",
                    "lead_trainer_id",
                )
            },
        )


async def test_malformed_json_and_missing_key_are_refused(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        before = await everything_stored(client)
        path = f"{country.base}/enterprises"
        malformed = await client.post(path, content=b'{"name": ')
        assert refusal(malformed)[:2] == (400, "malformed-json")
        listed = await client.post(path, content=b"[]")
        assert refusal(listed)[0] == 422
        without = await client.post(path, country.enterprise_body(), headers={"idempotency-key": ""})
        assert refusal(without) == (400, "idempotency-key-missing", [("Idempotency-Key", "required")])
        assert await everything_stored(client) == before
