"""Who may vote and decide, and when: over HTTP, against the database."""

from datetime import date

import pytest

from services.certification.app import SERVICE
from shared.auth.actor import Role
from tests.integration.certification.scene import DECIDED, SECRETARY, Scene, ok, refused
from tests.integration.conftest import ServiceClient

pytestmark = pytest.mark.integration
ALL_FOR = dict.fromkeys(("E1", "E2", "W1", "W2", "G1", "G2"), "for")


async def test_a_member_votes_with_the_own_login_and_may_change_the_vote_until_the_case_closes(
    service_client: ServiceClient,
) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        case = ok(await scene.recommend(await scene.candidate()))
        path = f"cases/{case['id']}/votes"
        vote = {"choice": "against", "voted_on": "2014-09-25", "dossier_hash": case["dossier_hash"]}
        first = ok(await scene.post(path, vote, Role.BOARD_MEMBER, subject="w1"))
        assert (first["member_id"], first["is_recorded"], first["cast_by"]) == (scene.members["W1"], False, "w1")
        ok(await scene.post(path, vote | {"choice": "for"}, Role.BOARD_MEMBER, subject="w1"))
        await scene.vote(case, {"E1": "for", "G1": "for", "E2": "against"})
        decision = ok(await scene.decide(case))
        assert (decision["votes_for"], decision["votes_against"]) == (3, 1)
        votes = ok(await scene.get(path))["items"]
        assert [one["choice"] for one in votes if one["member_id"] == scene.members["W1"]] == ["against", "for"]
        late = await scene.post(path, vote, Role.BOARD_MEMBER, subject="w2")
        assert refused(late, 409, "case-closed")["allowed_actions"] == []
        assert await client.findings() == []


async def test_recorded_votes_show_who_recorded_them_for_whom(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        case = ok(await scene.recommend(await scene.candidate()))
        [vote] = [ok(answer) for answer in await scene.vote(case, {"W1": "for"})]
        assert (vote["is_recorded"], vote["cast_by"]) == (True, "board-secretary")
        entries = ok(await scene.get("audit", limit=500))["items"]
        [entry] = [one for one in entries if one["action"] == "cast_vote"]
        assert entry["actor"] == "board-secretary"
        assert entry["entity"].endswith(vote["id"])
        async with client.connection() as connection:
            request = (
                await connection.exec_driver_sql(
                    "SELECT request ->> 'recorded_for' FROM audit_trail WHERE action = 'cast_vote'"
                )
            ).scalar_one()
        assert request == scene.members["W1"]


async def test_only_a_member_votes_and_only_the_secretary_records_for_others(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        case = ok(await scene.recommend(await scene.candidate()))
        path = f"cases/{case['id']}/votes"
        vote = {"choice": "for", "voted_on": "2014-09-25", "dossier_hash": case["dossier_hash"]}
        for_another = vote | {"recorded_for": scene.members["E1"]}
        stranger = await scene.post(path, vote, Role.BOARD_MEMBER, subject="stranger")
        refused(stranger, 403, "not-a-board-member")
        refused(await scene.post(path, for_another, Role.BOARD_MEMBER, subject="w1"), 403, "not-the-secretary")
        refused(await scene.post(path, vote, SECRETARY), 422, "recorded-for-missing", "recorded_for")
        unknown = vote | {"recorded_for": case["id"]}
        refused(await scene.post(path, unknown, SECRETARY), 404, "not-found", "recorded_for")
        for role in (Role.PROGRAMME_MANAGER, Role.TRAINER, Role.PARTNER_ADMIN, Role.OPS, Role.AUDITOR):
            refused(await scene.post(path, vote, role, subject="w1"), 403, "not-allowed")
        assert ok(await scene.get(path))["items"] == []


async def test_the_recommending_expert_never_votes_nor_decides(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        await scene.seat_board([("X1", "independent")], trainer_id=scene.expert_id, subject="expert-on-board")
        await scene.seat_board([("P1", "independent")], subject="programme-manager")
        case = ok(await scene.recommend(await scene.candidate()))
        grounds = {one["member_id"]: one["ground"] for one in ok(await scene.get(f"cases/{case['id']}"))["recusals"]}
        assert grounds == {scene.members["X1"]: "recommender", scene.members["P1"]: "recommender"}
        for answer in await scene.vote(case, {"X1": "for", "P1": "for"}):
            refused(answer, 409, "member-recused")
        own = {"choice": "for", "voted_on": "2014-09-25", "dossier_hash": case["dossier_hash"]}
        answer = await scene.post(f"cases/{case['id']}/votes", own, Role.BOARD_MEMBER, subject="expert-on-board")
        refused(answer, 409, "member-recused")
        await scene.vote(case, ALL_FOR)
        for subject in ("programme-manager", "expert-1"):
            refused(await scene.decide(case, subject=subject), 403, "recommender-decides")
        # Only recused members speak for the independents, so they cannot be present.
        problem = refused(await scene.decide(case), 409, "quorum-missing")
        assert "independent" in problem["detail"]
        await scene.seat_board([("I1", "independent")])
        await scene.vote(case, {"I1": "abstain"})
        assert ok(await scene.decide(case))["eligible"] == 7
        assert await client.findings() == []


async def test_ties_of_employer_and_partner_recuse_and_a_member_registered_late_is_recused_too(
    service_client: ServiceClient,
) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        await scene.seat_board([("E3", "employers")], employer="EMPLOYER of  Trainer 1")
        case = ok(await scene.recommend(await scene.candidate("Trainer 1")))
        await scene.seat_board([("E4", "employers")], partner_id=str(scene.partner_id))
        answers = await scene.vote(case, {"E3": "for", "E4": "for"})
        assert "same-employer" in refused(answers[0], 409, "member-recused")["detail"]
        assert "same-partner" in refused(answers[1], 409, "member-recused")["detail"]
        await scene.vote(case, ALL_FOR)
        assert ok(await scene.decide(case))["eligible"] == 6
        recusals = ok(await scene.get(f"cases/{case['id']}"))["recusals"]
        assert {one["ground"] for one in recusals} == {"same-employer", "same-partner"}


async def test_a_declared_recusal_voids_the_vote_given_before(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        case = ok(await scene.recommend(await scene.candidate()))
        await scene.vote(case, ALL_FOR | {"W1": "against"})
        path = f"cases/{case['id']}/recusals"
        declared = ok(await scene.post(path, {"reason": "We are cousins."}, Role.BOARD_MEMBER, subject="e1"))
        assert (declared["kind"], declared["ground"]) == ("declared", "We are cousins.")
        refused(await scene.post(path, {"reason": "Again."}, Role.BOARD_MEMBER, subject="e1"), 409, "already-recused")
        refused((await scene.vote(case, {"E1": "for"}))[0], 409, "member-recused")
        decision = ok(await scene.decide(case))
        assert (decision["votes_for"], decision["votes_against"], decision["eligible"]) == (4, 1, 5)
        assert await client.findings() == []


@pytest.mark.parametrize(
    ("present", "missing"),
    [
        (("E1", "E2", "W1", "W2"), "government"),
        (("E1", "E2", "G1", "G2"), "workers"),
        (("W1", "W2", "G1", "G2"), "employers"),
        (("E1", "W1", "G1"), "3 of 6"),
        ((), "0 of 6"),
    ],
)
async def test_no_decision_without_quorum_and_the_refusal_names_who_is_missing(
    service_client: ServiceClient, present: tuple[str, ...], missing: str
) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer = await scene.candidate()
        case = ok(await scene.recommend(trainer))
        before = len(await client.events())
        await scene.vote(case, dict.fromkeys(present, "for"))
        problem = refused(await scene.decide(case), 409, "quorum-missing", "decided_on")
        assert missing in problem["detail"]
        assert (await scene.state(trainer))["state"] == "recommended"
        assert len(await client.events()) == before
        assert ok(await scene.get("certificates", series="board"))["items"] == []


async def test_mandates_count_on_the_day_of_the_vote_and_of_the_decision(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        await scene.seat_board([("W3", "workers")], mandate_to="2014-08-31")
        case = ok(await scene.recommend(await scene.candidate()))
        refused((await scene.vote(case, {"W3": "for"}))[0], 422, "mandate-missing", "voted_on")
        ok((await scene.vote(case, {"W3": "against"}, date(2014, 8, 30)))[0])
        await scene.vote(case, ALL_FOR)
        decision = ok(await scene.decide(case))
        assert (decision["votes_for"], decision["votes_against"], decision["eligible"]) == (6, 0, 6)
        end = f"board-members/{scene.members['E1']}/mandate-ends"
        refused(
            await scene.post(end, {"mandate_to": "2014-09-01", "reason": "Resigned."}),
            409,
            "mandate-in-use",
            "mandate_to",
        )
        changed = ok(await scene.post(end, {"mandate_to": "2014-12-31", "reason": "Resigned."}))
        assert changed["mandate_to"] == "2014-12-31"
        assert ok(await scene.get(f"board-members/{scene.members['E1']}"))["mandate_to"] == "2014-12-31"
        assert await client.findings() == []


async def test_a_side_whose_mandates_ran_out_is_missed_until_a_scheme_drops_it(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        await scene.seat_board([("I1", "independent")], mandate_to="2014-06-30")
        case = ok(await scene.recommend(await scene.candidate()))
        await scene.vote(case, ALL_FOR)
        assert "independent" in refused(await scene.decide(case), 409, "quorum-missing")["detail"]
        change = {
            "valid_from": "2014-08-01",
            "decision": "Board resolution: three sides",
            "constituencies": ["employers", "workers", "government"],
        }
        version = ok(await scene.post("scheme-versions", change))
        assert (version["version"], version["validity_months"], version["is_default"]) == (2, 36, False)
        # The case stays with the version in force when the recommendation opened it.
        refused(await scene.decide(case), 409, "quorum-missing")
        other = ok(await scene.recommend(await scene.candidate("Trainer 2"), on=date(2014, 8, 2)))
        assert other["scheme_version"] == 2
        await scene.vote(other, ALL_FOR)
        assert ok(await scene.decide(other))["required_constituencies"] == ["employers", "government", "workers"]
        retroactive = change | {"valid_from": "2014-08-02"}
        refused(await scene.post("scheme-versions", retroactive), 409, "scheme-retroactive", "valid_from")
        assert await client.findings() == []


async def test_dates_of_votes_and_decision_follow_each_other(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        case = ok(await scene.recommend(await scene.candidate()))
        early = await scene.vote(case, {"E1": "for"}, date(2014, 7, 22))
        refused(early[0], 422, "date-order", "voted_on")
        await scene.vote(case, ALL_FOR, date(2014, 9, 26))
        refused(await scene.decide(case, date(2014, 7, 22)), 422, "date-order", "decided_on")
        refused(await scene.decide(case, DECIDED), 409, "vote-after-meeting", "decided_on")
        refused(await scene.decide(case, date(2026, 3, 3)), 422, "date-in-future", "decided_on")
        ok(await scene.decide(case, date(2014, 9, 26)))


async def test_a_vote_cites_the_dossier_it_was_given_on(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        case = ok(await scene.recommend(await scene.candidate()))
        answer = (await scene.vote(case | {"dossier_hash": "0" * 64}, {"E1": "for"}))[0]
        assert case["dossier_hash"] in refused(answer, 409, "other-dossier", "dossier_hash")["detail"]


async def test_one_person_has_one_seat(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        seat = {"name": "member e1", "constituency": "workers", "mandate_from": "2014-02-01"}
        refused(await scene.post("board-members", seat), 409, "duplicate-member", "name")
        again = seat | {"name": "Somebody", "subject": "e1"}
        refused(await scene.post("board-members", again), 409, "duplicate-member", "subject")
        linked = seat | {"name": "One", "trainer_id": scene.expert_id}
        ok(await scene.post("board-members", linked))
        refused(await scene.post("board-members", linked | {"name": "Two"}), 409, "duplicate-member", "trainer_id")


async def test_an_expert_recommends_with_the_own_login_only_in_the_own_name(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer = await scene.candidate()
        body = {"module": "WPC", "expert_id": scene.expert_id, "recommended_on": "2014-07-23"}
        path = f"trainers/{trainer}/recommendations"
        refused(await scene.post(path, body, Role.TRAINER, subject="somebody"), 403, "not-that-expert", "expert_id")
        refused(await scene.post(path, body, SECRETARY), 403, "not-allowed")
        case = ok(await scene.post(path, body, Role.TRAINER, subject="expert-1"))
        refused(await scene.decide(case, subject="expert-1"), 403, "recommender-decides")
