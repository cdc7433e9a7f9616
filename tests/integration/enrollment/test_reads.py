"""Lists, filters, pages, CSV, items and figures."""

import csv
import io

import pytest

from services.enrollment.app import SERVICE
from shared.ids import new_id
from tests.integration.conftest import ServiceClient
from tests.integration.enrollment.builders import FIRST_DAY, SECOND_DAY, Country, created, present, refusal, session

pytestmark = pytest.mark.integration


async def test_enterprises_are_narrowed_by_every_filter(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        first = await country.enterprise(name="Maderas del Sur 100%", tax_id="111.222", women=10, men=25)
        second = await country.enterprise(name="Cueros_Andes", sector="leather", city="Viacha", women=100)
        third = await country.enterprise(partner_id=country.other_partner, region="SC", city=None)

        async def found(**wanted: str) -> list[str]:
            return [one["id"] for one in (await country.get("/enterprises", **wanted))["items"]]

        assert await found() == [first, second, third]
        assert await found(region="SC") == [third]
        assert await found(sector="leather") == [second]
        assert await found(size_class="small") == [first, third]
        theirs = (await country.of_partner("/enterprises", country.other_partner)).json()
        assert [one["id"] for one in theirs["items"]] == [third]
        assert await found(q="maderas") == [first]
        assert await found(q="VIACHA") == [second]
        assert await found(q="11-12.22") == [first]
        assert await found(q="%") == [first]
        assert await found(q="_") == [second]
        assert await found(q="'; DROP TABLE enterprise") == []
        nul = await client.get(f"{country.base}/enterprises", q="\x00")
        assert refusal(nul)[:2] == (400, "invalid-request")
        assert await found(region="LP", sector="leather", q="andes") == [second]
        bad = await country.of_partner("/enterprises", "nobody")
        assert refusal(bad) == (422, "invalid-request", [("partner", "uuid-parsing")])


async def test_lists_come_in_pages_and_as_csv(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        made = [await country.enterprise(name="=1+1" if number == 0 else f"E {number}") for number in range(5)]
        seen: list[str] = []
        page = await country.get("/enterprises", limit=2)
        while True:
            seen += [one["id"] for one in page["items"]]
            if page["next"] is None:
                break
            page = await country.get("/enterprises", limit=2, cursor=page["next"])
        assert seen == made
        answer = await client.get(f"{country.base}/enterprises", headers={"accept": "text/csv"})
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["id"] for row in rows] == made
        assert rows[0]["name"] == "'=1+1"
        for path in ("/partners", "/trainings", "/enrollments", "/trainers", "/policy-versions"):
            exported = await client.get(country.base + path, headers={"accept": "text/csv"})
            assert exported.headers["content-type"].startswith("text/csv"), path


async def test_as_csv_a_list_is_whole_however_long_and_has_its_heading_when_it_is_empty(
    service_client: ServiceClient,
) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        path, asked = f"{country.base}/trainers", {"accept": "text/csv"}
        already = len(list(csv.DictReader(io.StringIO((await client.get(path, headers=asked)).text))))
        async with client.connection() as connection:
            await connection.exec_driver_sql(
                "INSERT INTO trainer SELECT gen_random_uuid(), $1, 'Trainer ' || n, NULL, '2014-03-01'"
                " FROM generate_series(1, 12345) AS n",
                (country.code,),
            )
        answer = await client.get(path, headers=asked)
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert len({row["id"] for row in rows}) == len(rows) == already + 12_345
        assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
        empty = await client.get(f"{country.base}/trainings", headers=asked)
        await country.training()
        one = await client.get(f"{country.base}/trainings", headers=asked)
        assert empty.text.startswith("id,programme,partner_id,module,")
        assert one.text.startswith(empty.text)
        assert len(one.text.splitlines()) == 2


async def test_trainings_and_enrollments_are_narrowed_by_every_filter(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise, other = await country.enterprise(), await country.enterprise()
        wpc = await country.training()
        osh = await country.training(
            module="OSH", delivery="indirect", region="SC", starts_on="2014-06-10", ends_on="2014-06-11"
        )
        abroad = await country.training(partner_id=country.other_partner)
        done = await country.complete(wpc, enterprise)
        left = await country.enroll(wpc, other)
        await country.post(f"/enrollments/{left}/withdrawal", {"withdrawn_on": "2014-04-20", "reason": "closed"})
        going = await country.enroll(osh, enterprise)

        async def found(path: str, **wanted: str) -> list[str]:
            return [one["id"] for one in (await country.get(path, **wanted))["items"]]

        assert await found("/trainings") == [wpc, osh, abroad]
        assert await found("/trainings", module="OSH") == [osh]
        assert await found("/trainings", delivery="indirect") == [osh]
        assert await found("/trainings", region="SC") == [osh]
        theirs = (await country.of_partner("/trainings", country.other_partner)).json()
        assert [one["id"] for one in theirs["items"]] == [abroad]
        assert await found("/enrollments") == [done, left, going]
        assert await found("/enrollments", status="completed") == [done]
        assert await found("/enrollments", status="withdrawn") == [left]
        assert await found("/enrollments", module="OSH") == [going]
        assert await found("/enrollments", enterprise=other) == [left]
        assert await found("/enrollments", training=wpc, status="completed") == [done]
        shown = await country.get(f"/trainings/{wpc}")
        assert (shown["places_taken"], shown["sessions_held"]) == (1, 2)


async def test_sessions_visits_and_the_plan_are_shown(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise = await country.enterprise()
        training = await country.training()
        enrollment = await country.enroll(training, enterprise)
        people = [present(enterprise, "P-2", "male", "manager"), present(enterprise, "P-1", "not-stated")]
        for day, held_on in ((2, SECOND_DAY), (1, FIRST_DAY)):
            created(await country.post(f"/trainings/{training}/sessions", session(day, held_on, *people)))
        sessions = (await country.get(f"/trainings/{training}/sessions"))["items"]
        assert [(one["day"], one["attendances"]) for one in sessions] == [(2, people), (1, people)]
        plan = await country.get(f"/enrollments/{enrollment}/visits")
        assert plan["visits"] == [{"number": number, "done": None, "aborted": []} for number in (1, 2)]
        attempt = {
            "number": 1,
            "attempted_on": "2014-05-10",
            "trainer_id": str(country.lead),
            "reason": "no entry",
            "cost": {"amount": "12.50", "currency": "BOB"},
        }
        aborted = created(await country.post(f"/enrollments/{enrollment}/aborted-visits", attempt))
        assert aborted["cost"] == attempt["cost"]
        done = await country.visit(enrollment, 1, "2014-05-12")
        plan = await country.get(f"/enrollments/{enrollment}/visits")
        assert plan["visits"][0] == {"number": 1, "done": done, "aborted": [aborted]}
        listed = await country.get(f"/trainings/{training}/visits")
        assert listed["items"] == [aborted, done]
        assert listed["items"][0]["enterprise_id"] == enterprise


async def test_figures_are_as_of_a_day_and_of_a_partner(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        enterprise = await country.enterprise(women=20, men=25)
        training = await country.training()
        await country.complete(training, enterprise)

        async def values(**asked: str) -> dict[str, int]:
            answer = await country.get("/figures", **asked)
            assert all(one["as_of"] == answer["as_of"] for one in answer["figures"])
            return {one["code"]: one["value"] for one in answer["figures"]}

        before = await values(as_of="2014-04-22")
        assert set(before.values()) == {0}
        during = await values(as_of=FIRST_DAY)
        assert (during["enterprises-trained"], during["employees-benefiting"]) == (1, 45)
        assert during["enterprise-modules-completed"] == 0
        after = await values(as_of="2014-06-10")
        assert after["enterprise-modules-completed"] == 1
        assert await values() == after
        assert (await country.get("/figures"))["as_of"] == "2026-03-02"
        own = (await country.of_partner("/figures", country.partner)).json()
        assert {one["code"]: one["value"] for one in own["figures"]} == after
        theirs = (await country.of_partner("/figures", country.other_partner)).json()
        assert {one["value"] for one in theirs["figures"]} == {0}
        chamber = await country.get("/figures", role="partner-admin", partner=country.other_partner)
        assert chamber["partner_id"] == country.other_partner
        assert {one["value"] for one in chamber["figures"]} == {0}
        unknown = await country.of_partner("/figures", str(new_id()))
        assert refusal(unknown) == (404, "not-found", [("partner", "not-found")])


async def test_what_does_not_exist_is_not_found(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = Country(client)
        for path in ("", "/figures"):
            assert refusal(await client.get(country.base + path))[:2] == (404, "not-found")
        await country.define()
        for path in ("enterprises", "partners", "trainers", "trainings", "enrollments"):
            assert refusal(await client.get(f"{country.base}/{path}/{new_id()}"))[:2] == (404, "not-found"), path
            assert refusal(await client.get(f"{country.base}/{path}/7"))[0] == 422, path


async def test_the_api_describes_itself(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        described = (await client.http.get("/openapi.json")).json()
        schemas = described["components"]["schemas"]
        for name in ("DefineProgramme", "RegisterEnterprise", "ScheduleTraining", "EnrollEnterprise", "HoldSession"):
            assert schemas[name]["examples"], name
        paths = [path for path in described["paths"] if path.startswith("/v1/programmes/{programme}/enrollments")]
        assert len(paths) == 6
