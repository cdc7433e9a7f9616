"""Who was in the classroom, who came to visit, and what was measured."""

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise

from tests.unit.deploy.roster.rows import KPIS, Roster, on


def test_attendance_stays_within_the_seats_of_the_module_for_each_level(roster: Roster) -> None:
    people, modules = roster.by_key("participants"), roster.by_key("modules")
    for row in roster.completed():
        module = modules[roster.trainings[row["training"]]["module"]]
        came = roster.rows("attendance", training=row["training"], enterprise=row["enterprise"])
        persons = {found["person"] for found in came}
        levels = Counter(people[person]["level"] for person in persons)
        assert 1 <= levels["manager"] <= int(module["seats_managers"])
        assert 1 <= levels["worker"] <= int(module["seats_workers"])
        assert all(1 <= int(found["day"]) <= int(module["classroom_days"]) for found in came)


def test_every_participant_attended_a_day_of_a_training_their_own_enterprise_completed(roster: Roster) -> None:
    people = roster.by_key("participants")
    enrolled = {(row["training"], row["enterprise"]) for row in roster.completed()}
    assert {row["person"] for row in roster.rows("attendance")} == set(people)
    for row in roster.rows("attendance"):
        assert people[row["person"]]["enterprise"] == row["enterprise"]
        assert (row["training"], row["enterprise"]) in enrolled


def test_satisfaction_is_asked_once_per_training_of_people_who_were_there(roster: Roster) -> None:
    assert {row["training"] for row in roster.rows("satisfaction")} == set(roster.trainings)
    for row in roster.rows("satisfaction"):
        there = {found["person"] for found in roster.rows("attendance", training=row["training"])}
        assert 0 <= int(row["satisfied"]) <= int(row["respondents"]) <= len(there)
        assert on(row["recorded_on"]) >= on(roster.trainings[row["training"]]["day2"])


def test_every_completed_enrolment_has_each_visit_done_once_in_order_after_the_classroom(roster: Roster) -> None:
    modules = roster.by_key("modules")
    for row in roster.completed():
        training = roster.trainings[row["training"]]
        visits = roster.rows("visits", training=row["training"], enterprise=row["enterprise"])
        visits.sort(key=lambda visit: visit["held_on"])
        held = [visit["held_on"] for visit in visits]
        assert all(earlier < later for earlier, later in pairwise([training["day2"], *held]))
        numbers = [visit["number"] for visit in visits if visit["outcome"] == "done"]
        assert numbers == [str(n + 1) for n in range(int(modules[training["module"]]["visits"]))]
        assert on(held[-1]) <= on(row["outcome_on"])


def test_an_aborted_visit_has_a_reason_and_is_followed_by_a_done_one_of_the_same_number(roster: Roster) -> None:
    for row in roster.rows("visits"):
        assert bool(row["reason"]) == (row["outcome"] == "aborted")
        assert on(row["planned_on"]) <= on(row["held_on"])
        same = {name: row[name] for name in ("training", "enterprise", "number")}
        [done] = roster.rows("visits", **same, outcome="done")
        assert row is done or on(row["held_on"]) < on(done["held_on"])


def test_visits_are_made_by_the_trainings_own_trainers_one_a_day(roster: Roster) -> None:
    for row in roster.rows("visits"):
        assert row["trainer"] in roster.candidates(roster.trainings[row["training"]])
    assert set(Counter((row["trainer"], row["held_on"]) for row in roster.rows("visits")).values()) == {1}
    for code, training in roster.trainings.items():
        visitors = {row["trainer"] for row in roster.rows("visits", training=code)}
        assert visitors == set(roster.candidates(training))  # a trial cycle includes visits


def test_assessments_cover_each_kpi_once_with_a_fixed_unit_and_direction(roster: Roster) -> None:
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in roster.rows("assessments"):
        assert (row["unit"], row["direction"]) == KPIS[row["kpi"]]
        assert (row["kind"] == "baseline") == (row["training"] == "")
        found[row["enterprise"], row["training"]].add(row["kpi"])
    wanted = [(row["enterprise"], row["training"]) for row in roster.completed()]
    assert set(found) == {*wanted, *[(code, "") for code in roster.enterprises]}
    assert all(kpis == set(KPIS) for kpis in found.values())


def test_only_a_measured_kpi_carries_a_numerator_and_a_denominator(roster: Roster) -> None:
    for row in roster.rows("assessments"):
        if row["status"] == "measured":
            assert int(row["numerator"]) >= 0
            assert int(row["denominator"]) > 0
            assert row["unit"] != "percent" or int(row["numerator"]) <= int(row["denominator"])
        else:
            assert row["numerator"] + row["denominator"] == ""


def test_a_baseline_precedes_module_1_and_an_endline_follows_the_last_visit(roster: Roster) -> None:
    completed = {(row["training"], row["enterprise"]): row for row in roster.completed()}
    first_day = {
        row["enterprise"]: on(roster.trainings[row["training"]]["day1"])
        for row in roster.completed()
        if roster.trainings[row["training"]]["module"] == "WPC"
    }
    for row in roster.rows("assessments"):
        day = on(row["assessed_on"])
        if row["kind"] == "baseline":
            assert row["assessed_on"] == roster.enterprises[row["enterprise"]]["baseline_on"]
            assert day <= first_day[row["enterprise"]] - timedelta(days=1)
            continue
        key = {"training": row["training"], "enterprise": row["enterprise"]}
        last_visit = max(on(visit["held_on"]) for visit in roster.rows("visits", **key))
        assert last_visit < day <= on(completed[row["training"], row["enterprise"]]["outcome_on"])
