"""Trainers of a roster and how they were certified."""

from collections import defaultdict
from datetime import date, timedelta

from tests.unit.deploy.roster.rows import Roster, on


def test_a_training_is_led_by_a_certified_trainer_or_by_candidates_under_an_expert(roster: Roster) -> None:
    trainers = roster.by_key("trainers")
    for training in roster.rows("trainings"):
        module, day1 = training["module"], on(training["day1"])
        if training["role"] == "certified":
            assert roster.certified_since(training["lead_trainer"], module, day1), training
            assert not training["supervising_expert"] + training["co_candidates"]
            continue
        expert = training["supervising_expert"]
        assert trainers[expert]["expert"] == "yes"
        assert roster.certified_since(expert, module, day1)
        assert 1 <= len(roster.candidates(training)) <= 3
        for candidate in roster.candidates(training):
            passed = trainers[candidate][f"tot_{module.lower()}_on"]
            assert passed, (training["code"], candidate)
            assert on(passed) < day1
            assert not roster.certified_since(candidate, module, day1)
        assert training["delivery"] == "direct"  # an expert's supervision is the programme's own


def test_training_of_trainers_in_another_module_needs_a_certificate_in_module_1(roster: Roster) -> None:
    for row in roster.rows("trainers", expert="no"):
        assert row["tot_wpc_on"]
        assert 0 <= int(row["tot_wpc_score"]) <= 100
        assert bool(row["tot_osh_score"]) == bool(row["tot_osh_on"])
        assert 0 <= int(row["tot_osh_score"] or 0) <= 100
        if row["tot_osh_on"]:
            assert roster.certified_since(row["code"], "WPC", on(row["tot_osh_on"]) - timedelta(days=1))


def test_recognised_experts_took_no_training_of_trainers_in_the_programme(roster: Roster) -> None:
    for row in roster.rows("trainers", expert="yes"):
        assert not row["tot_wpc_on"] + row["tot_wpc_score"] + row["tot_osh_on"] + row["tot_osh_score"]
        assert not roster.rows("certifications", trainer=row["code"])


def test_a_recommendation_follows_a_completed_trial_and_comes_from_its_supervisor(roster: Roster) -> None:
    for row in roster.rows("certifications"):
        refusals = roster.rows("certifications", trainer=row["trainer"], module=row["module"], outcome="refused")
        earlier = [on(r["decided_on"]) for r in refusals if r["decided_on"] < row["decided_on"]]
        fresh = [
            trial
            for trial in roster.trials(row["trainer"], row["module"])
            if roster.finished(trial["code"]) < on(row["recommended_on"])
            and on(trial["day1"]) > max(earlier, default=date.min)  # a refusal asks for another cycle
        ]
        assert row["expert"] in {trial["supervising_expert"] for trial in fresh}, row
        assert on(row["recommended_on"]) < on(row["decided_on"])


def test_a_trainer_is_certified_at_most_once_per_module_and_never_refused_afterwards(roster: Roster) -> None:
    history: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in sorted(roster.rows("certifications"), key=lambda found: found["decided_on"]):
        history[row["trainer"], row["module"]].append(row["outcome"])
    assert all("certified" not in outcomes[:-1] for outcomes in history.values())


def test_votes_fit_the_mandates_reach_quorum_and_give_the_outcome(roster: Roster) -> None:
    for row in roster.rows("certifications"):
        sitting = [
            member
            for member in roster.rows("board")
            if on(member["mandate_from"]) <= on(row["decided_on"]) <= on(member["mandate_to"])
        ]
        assert {member["constituency"] for member in sitting} == {"employers", "workers", "government"}
        in_favour, against, abstained = (int(votes) for votes in row["votes"].split(";"))
        present = in_favour + against + abstained
        assert len(roster.rows("board")) < 2 * present <= 2 * len(sitting)
        assert row["outcome"] == ("certified" if in_favour > against else "refused")


def test_rows_stay_clear_of_any_three_year_validity_and_one_year_idle_limit(roster: Roster) -> None:
    # No source gives these limits, so a service may set them; these rows must not depend on the choice.
    for training in roster.rows("trainings"):
        day1, module = on(training["day1"]), training["module"]
        who = training["supervising_expert"] or training["lead_trainer"]
        since = roster.certified_since(who, module, day1)
        assert since
        assert day1 < since + timedelta(days=3 * 365)
        if training["role"] == "certified" and roster.by_key("trainers")[who]["expert"] == "no":
            led = [on(r["day2"]) for r in roster.rows("trainings", lead_trainer=who, module=module)]
            assert day1 - max([since, *[day for day in led if since < day < day1]]) < timedelta(days=365)
    recognised = on(roster.settings["experts_recognised_on"])
    for row in roster.rows("certifications"):
        assert on(row["recommended_on"]) < recognised + timedelta(days=3 * 365)
