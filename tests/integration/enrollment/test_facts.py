"""Facts of other services: kept once, in whatever order aggregates speak; what cannot be is parked."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.enrollment.app import SERVICE
from shared.events.base import EventData
from shared.events.certification import (
    CertificationExpired,
    CertificationReinstated,
    CertificationRenewed,
    CertificationSuspended,
    CertificationWithdrawn,
    TrainerCertified,
    TrainerRecommended,
)
from shared.events.vocabulary import AssessmentKind
from shared.ids import new_id
from tests.integration.conftest import ServiceClient
from tests.integration.enrollment.builders import Country, created, refusal

pytestmark = pytest.mark.integration


def about(contract: type[EventData], trainer: UUID, **data: Any) -> EventData:  # noqa: ANN401 - any field
    """Return an event about the trainer's certificate for WPC."""
    number = {"trainer_id": trainer, "module": "WPC", "certificate_number": "WPC-1"}
    return contract.model_validate({**number, **data})


async def active(country: Country, trainer: UUID) -> list[tuple[str, str | None]]:
    """Return the active periods of the trainer's only certificate."""
    shown = await country.get(f"/trainers/{trainer}")
    assert len(shown["certificates"]) == 1
    return [(one["since"], one["until"]) for one in shown["certificates"][0]["active"]]


async def test_the_life_of_a_certificate_is_known_to_the_day(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        trainer = new_id()
        await country.register_trainer(trainer)
        await country.certify(trainer, "WPC", since=date(2015, 1, 1), until=date(2017, 12, 31))
        assert await active(country, trainer) == [("2015-01-01", "2017-12-31")]

        async def say(contract: type[EventData], **data: Any) -> None:  # noqa: ANN401 - any field
            await client.deliver(about(contract, trainer, **data), aggregate_id=trainer)

        await say(CertificationSuspended, effective_on="2016-02-01", ground="complaint")
        assert await active(country, trainer) == [("2015-01-01", "2016-01-31")]
        await say(CertificationReinstated, effective_on="2016-03-01")
        assert await active(country, trainer) == [("2015-01-01", "2016-01-31"), ("2016-03-01", "2017-12-31")]
        await say(CertificationRenewed, valid_from="2018-01-01", valid_until="2020-12-31")
        assert (await active(country, trainer))[-1] == ("2016-03-01", "2020-12-31")
        await say(CertificationWithdrawn, effective_on="2019-06-01", ground="false records")
        assert await active(country, trainer) == [("2015-01-01", "2016-01-31"), ("2016-03-01", "2019-05-31")]
        listed = await country.get("/trainers", on="2016-02-15")
        assert next(one for one in listed["items"] if one["id"] == str(trainer))["leads"] == []
        listed = await country.get("/trainers", on="2016-03-01")
        assert next(one for one in listed["items"] if one["id"] == str(trainer))["leads"] == ["WPC"]

        # The exact edge decides whether a training can be scheduled.
        def lead_on(starts_on: str, ends_on: str) -> dict[str, Any]:
            return country.training_body(lead_trainer_id=str(trainer), starts_on=starts_on, ends_on=ends_on)

        created(await country.post("/trainings", lead_on("2016-01-31", "2016-02-01")))
        created(await country.post("/trainings", lead_on("2019-05-31", "2019-06-01")))
        for starts_on, ends_on in (("2016-02-01", "2016-02-02"), ("2019-06-01", "2019-06-02")):
            answer = await country.post("/trainings", lead_on(starts_on, ends_on))
            assert refusal(answer)[1] == "trainer-not-certified"


async def test_an_expired_certificate_was_valid_until_its_last_day(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        trainer = new_id()
        await country.register_trainer(trainer)
        await country.certify(trainer, "WPC", since=date(2015, 1, 1), until=date(2017, 12, 31))
        expired = about(CertificationExpired, trainer, expired_on="2017-12-31")
        record = await client.deliver(expired, aggregate_id=trainer)
        assert await active(country, trainer) == [("2015-01-01", "2017-12-31")]
        await client.deliver_records(record, record)
        assert await active(country, trainer) == [("2015-01-01", "2017-12-31")]


async def test_a_certificate_without_end_may_be_written_with_the_last_day_there_is(
    service_client: ServiceClient,
) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        trainer = new_id()
        await country.register_trainer(trainer)
        await country.certify(trainer, "WPC", until=date.max)
        assert await active(country, trainer) == [("2014-01-15", None)]


async def test_the_first_training_of_trainers_passed_counts(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        trainer = new_id()
        await country.register_trainer(trainer)
        await country.pass_tot(trainer, "WPC", date(2014, 3, 21))
        await country.pass_tot(trainer, "WPC", date(2016, 3, 4))
        shown = await country.get(f"/trainers/{trainer}", on="2014-03-21")
        assert shown["training_of_trainers"] == [{"module": "WPC", "passed_on": "2014-03-21"}]
        assert shown["passed_tot"] == ["WPC"]


async def test_a_certification_of_an_unknown_trainer_waits(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        trainer = new_id()
        await country.certify(trainer, "WPC")
        assert await client.parked() == [("waiting", "fact-missing")]
        await country.pass_tot(trainer, "OSH")
        assert await client.parked() == [("waiting", "fact-missing"), ("behind", None)]


async def test_a_training_of_trainers_of_an_unknown_trainer_waits(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        await country.pass_tot(new_id(), "OSH")
        assert await client.parked() == [("waiting", "fact-missing")]


async def test_a_trainer_of_another_programme_is_unknown_here(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        peru = Country(client, code="peru")
        await peru.certify(country.lead, "WPC", is_expert=True)
        assert await client.parked() == [("waiting", "fact-missing")]


async def test_a_change_of_a_certificate_that_was_never_issued_needs_a_person(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        suspended = about(
            CertificationSuspended, country.lead, certificate_number="X-9", effective_on="2016-02-01", ground="x"
        )
        await client.deliver(suspended, aggregate_id=country.lead)
        assert await client.parked() == [("failed", "certificate-unknown")]
        # Another trainer's events flow on.
        trainer = new_id()
        await country.register_trainer(trainer)
        assert (await country.get(f"/trainers/{trainer}"))["name"] == "Trainer"


async def test_a_baseline_of_an_unknown_enterprise_waits(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        await country.assess(str(new_id()))
        assert await client.parked() == [("waiting", "fact-missing")]
        # Other enterprises' baselines flow on.
        enterprise = await country.enterprise()
        assert (await country.get(f"/enterprises/{enterprise}"))["baseline_on"] == "2014-04-04"


async def test_a_baseline_of_another_programmes_enterprise_waits(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise = await country.enterprise(baseline=False)
        await Country(client, code="peru").assess(enterprise)
        assert await client.parked() == [("waiting", "fact-missing")]
        assert (await country.get(f"/enterprises/{enterprise}"))["baseline_on"] is None


async def test_the_earliest_baseline_counts_and_other_assessments_do_not(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise = await country.enterprise(baseline=False)
        await country.assess(enterprise, on=date(2014, 3, 20), kind=AssessmentKind.ENDLINE)
        assert (await country.get(f"/enterprises/{enterprise}"))["baseline_on"] is None
        for day in (date(2014, 4, 10), date(2014, 4, 2)):
            await country.assess(enterprise, on=day)
        assert (await country.get(f"/enterprises/{enterprise}"))["baseline_on"] == "2014-04-02"


async def test_a_fact_delivered_twice_is_kept_once_and_what_does_not_concern_us_passes(
    service_client: ServiceClient,
) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        trainer = new_id()
        await country.register_trainer(trainer)
        certified = TrainerCertified(
            trainer_id=trainer,
            module="WPC",
            certificate_number="WPC-1",
            valid_from=date(2015, 1, 1),
            valid_until=None,
            is_expert=False,
            is_recognised=False,
            case_id=None,
        )
        record = await client.deliver(certified, aggregate_id=trainer)
        suspended = about(CertificationSuspended, trainer, effective_on="2015-06-01", ground="complaint")
        await client.deliver(suspended, aggregate_id=trainer)
        await client.deliver_records(record)
        recommended = TrainerRecommended(
            trainer_id=trainer,
            module="WPC",
            expert_id=new_id(),
            recommended_on=date(2015, 7, 1),
            dossier_id=new_id(),
        )
        await client.deliver(recommended, aggregate_id=trainer)
        await country.certify(trainer, "OSH")
        assert await client.parked() == []
        shown = await country.get(f"/trainers/{trainer}")
        assert [(one["module"], one["active"]) for one in shown["certificates"]] == [
            ("OSH", [{"since": "2014-01-15", "until": None}]),
            ("WPC", [{"since": "2015-01-01", "until": "2015-05-31"}]),
        ]
