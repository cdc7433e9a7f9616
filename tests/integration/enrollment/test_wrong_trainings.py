"""Trainings and enrollments that cannot be: refused with field and rule, nothing stored, nothing said."""

from datetime import date

import pytest

from services.enrollment.app import SERVICE
from shared.events.certification import CertificationSuspended
from shared.ids import new_id
from tests.integration.conftest import ServiceClient
from tests.integration.enrollment.builders import FIRST_DAY, Body, Country, present, session
from tests.integration.enrollment.wrong import all_refused, rule, shape

pytestmark = pytest.mark.integration


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
