"""What becomes of a certificate, and on which days it has effect."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.certification import tables
from services.certification.app import SERVICE
from services.certification.queries.certificates import active_on
from services.certification.store.certificates import load_certificates
from shared.auth.actor import Role
from tests.integration.certification.scene import MANAGER, Scene, ok, refused
from tests.integration.conftest import ServiceClient

pytestmark = pytest.mark.integration


def change(on: str, ground: str = "Complaint 4/2015") -> dict[str, str]:
    """Return the body of a change of status."""
    return {"module": "WPC", "effective_on": on, "ground": ground}


async def test_a_certificate_is_suspended_reinstated_and_withdrawn_with_ground_and_date(
    service_client: ServiceClient,
) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer, decision = await scene.certified()
        number = decision["certificate"]["number"]
        path = f"trainers/{trainer}"
        assert (await scene.state(trainer))["allowed_actions"] == ["appoint-expert", "suspend", "withdraw"]
        refused(await scene.post(f"{path}/suspensions", change("2014-09-24")), 422, "date-order", "effective_on")
        refused(await scene.post(f"{path}/suspensions", change("2026-03-03")), 422, "date-in-future", "effective_on")
        refused(await scene.post(f"{path}/reinstatements", change("2015-02-01")), 409, "refused-transition")
        ok(await scene.post(f"{path}/suspensions", change("2015-02-01")))
        refused(await scene.post(f"{path}/reinstatements", change("2015-01-31")), 422, "date-order", "effective_on")
        ok(await scene.post(f"{path}/reinstatements", change("2015-03-01", "Hearing of 27 February")))
        refused(await scene.post(f"{path}/suspensions", change("2015-02-15")), 422, "date-order", "effective_on")
        ok(await scene.post(f"{path}/withdrawals", change("2016-01-01", "Left the programme")))
        assert (await scene.state(trainer))["allowed_actions"] == []
        refused(await scene.post(f"{path}/suspensions", change("2016-02-01")), 409, "refused-transition")
        for day, active in (
            ("2014-09-24", False),
            ("2014-09-25", True),
            ("2015-01-31", True),
            ("2015-02-01", False),
            ("2015-02-28", False),
            ("2015-03-01", True),
            ("2015-12-31", True),
            ("2016-01-01", False),
        ):
            shown = ok(await scene.get(f"certificates/{number}", as_of=day))
            assert shown["is_active"] is active, day
        told = [
            (event.type.split(".")[1], event.data["effective_on"])
            for event in await client.events()
            if "effective_on" in event.data
        ]
        assert told == [
            ("certification-suspended", "2015-02-01"),
            ("certification-reinstated", "2015-03-01"),
            ("certification-withdrawn", "2016-01-01"),
        ]
        assert all(
            event["certificate_number"] == number
            for event in await scene.told(
                "certification-suspended", "certification-reinstated", "certification-withdrawn"
            )
        )
        reasons = [entry["reason"] for entry in ok(await scene.get("audit", limit=500))["items"] if entry["reason"]]
        assert reasons == ["Complaint 4/2015", "Hearing of 27 February", "Left the programme"]
        assert await client.findings() == []


async def test_an_expert_appointment_keeps_the_number_and_is_told_again(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer, decision = await scene.certified()
        path = f"trainers/{trainer}/expert-appointments"
        refused(await scene.post(path, {"module": "WPC", "appointed_on": "2016-01-01"}, MANAGER), 403, "not-allowed")
        for on in ("2014-09-24", "2017-09-25"):
            body = {"module": "WPC", "appointed_on": on}
            refused(await scene.post(path, body), 422, "certification-inactive", "appointed_on")
        ok(await scene.post(path, {"module": "WPC", "appointed_on": "2016-01-01"}))
        again = await scene.post(path, {"module": "WPC", "appointed_on": "2016-01-02"})
        refused(again, 409, "already-expert", "module")
        mine = [one for one in await scene.told("trainer-certified") if one["trainer_id"] == trainer]
        assert [(one["is_expert"], one["expert_from"], one["is_recognised"]) for one in mine] == [
            (False, None, False),
            (True, "2016-01-01", False),
        ]
        assert {one["certificate_number"] for one in mine} == {decision["certificate"]["number"]}
        assert (await scene.state(trainer))["allowed_actions"] == ["suspend", "withdraw"]
        assert len(await scene.told("certificate-issued")) == 1
        # The new expert may now supervise and recommend.
        candidate = await scene.trainer("Trainer 2")
        await scene.pass_tot(candidate)
        scene.expert_id = trainer
        await scene.cycle(candidate, on=date(2016, 2, 1), done=date(2016, 5, 1))
        refused(await scene.recommend(candidate, on=date(2017, 10, 1)), 422, "not-an-expert", "expert_id")
        ok(await scene.recommend(candidate, on=date(2016, 6, 1)))
        assert await client.findings() == []


async def test_recognition_names_first_module_authority_and_dates(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        expert = await scene.trainer("Expert 2")
        path = f"trainers/{expert}/recognitions"
        body = {"modules": ["WPC", "OSH"], "valid_from": "2015-01-15", "authority": "Register of experts"}
        for bad, code, field in (
            ({"modules": ["OSH"]}, "first-module-missing", "module"),
            ({"modules": ["WPC", "NOPE"]}, "unknown-module", "module"),
            ({"modules": []}, "invalid-request", "modules"),
            ({"authority": ""}, "invalid-request", "authority"),
            ({"valid_until": "2015-01-14"}, "date-order", "valid_until"),
            ({"valid_from": "2026-03-03"}, "date-in-future", "valid_from"),
        ):
            refused(await scene.post(path, body | bad), 422, code, field)
        refused(await scene.post(path, body, MANAGER), 403, "not-allowed")
        shown = ok(await scene.post(path, body | {"valid_until": "2018-01-14"}))
        numbers = [one["number"] for one in shown["certificates"]]
        assert [number[:-7] for number in numbers] == ["BOLIVIA-R-2015-0001", "BOLIVIA-R-2015-0002"]
        assert ok(await scene.get(f"certificates/{numbers[0]}"))["authority"] == "Register of experts"
        refused(await scene.post(path, body), 409, "refused-transition")
        assert await client.findings() == []


async def test_lists_filter_page_and_export(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer, decision = await scene.certified("=Trainer 1")
        other = await scene.trainer("Trainer 2", sex="male", region="SC", partner_id=None)
        queries: tuple[tuple[dict[str, Any], list[str]], ...] = (
            ({"sex": "male"}, [other]),
            ({"region": "SC"}, [other]),
            ({"state": "certified", "module": "WPC"}, [scene.expert_id, trainer]),
            ({"module": "OSH"}, [scene.expert_id]),
            ({"partner_id": str(scene.partner_id)}, [scene.expert_id, trainer]),
        )
        for query, wanted in queries:
            assert [one["id"] for one in ok(await scene.get("trainers", **query))["items"]] == wanted, query
        first = ok(await scene.get("trainers", limit=2))
        rest = ok(await scene.get("trainers", limit=2, cursor=first["next"]))
        assert [one["id"] for one in (*first["items"], *rest["items"])] == [scene.expert_id, trainer, other]
        csv = (await scene.get("trainers", headers={"accept": "text/csv"})).text
        assert "'=Trainer 1" in csv
        board = ok(await scene.get("certificates", series="board", effect="active", as_of="2015-01-01"))["items"]
        assert [one["number"] for one in board] == [decision["certificate"]["number"]]
        assert ok(await scene.get("certificates", series="board", effect="active", as_of="2020-01-01"))["items"] == []
        assert [one["state"] for one in ok(await scene.get("cases", Role.BOARD_MEMBER))["items"]] == ["certified"]
        refused(await scene.get("cases", Role.PARTNER_ADMIN), 403, "not-allowed")
        refused(await scene.get(f"cases/{decision['case_id']}/votes", Role.BOARD_MEMBER), 403, "not-allowed")
        refused(await scene.get("certificates/BOLIVIA-2014-0009-AAAAAA"), 404, "not-found")


async def test_the_rule_of_effect_is_the_same_in_the_database_and_in_the_domain(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer, _ = await scene.certified()
        path = f"trainers/{trainer}"
        ok(await scene.post(f"{path}/suspensions", change("2015-02-01")))
        ok(await scene.post(f"{path}/reinstatements", change("2015-02-01")))
        ok(await scene.post(f"{path}/suspensions", change("2015-02-03")))
        ok(await scene.post(f"{path}/reinstatements", change("2015-02-05")))
        ok(await scene.post(f"trainers/{scene.expert_id}/suspensions", change("2015-02-02")))
        second = await scene.trainer("Expert 2")
        await scene.recognise(second)
        ok(await scene.post(f"trainers/{second}/withdrawals", change("2014-09-26")))
        days = [date(2014, 1, 14), date(2017, 9, 24), date(2017, 9, 25), date(2026, 3, 2)]
        days += [date(2014, 9, 23) + timedelta(days=count) for count in range(5)]
        days += [date(2015, 1, 30) + timedelta(days=count) for count in range(9)]
        async with client.connection() as connection:
            ids = list((await connection.execute(select(tables.trainer.c.id))).scalars())
            certificates = await load_certificates(connection, "bolivia", ids)
            assert len(certificates) == 5
            for day in days:
                active = select(tables.certificate.c.id).where(active_on(day))
                found = set((await connection.execute(active)).scalars())
                assert found == {one.id for one in certificates if one.active_on(day)}, day
