"""Trainings and enrolments of a roster."""

from collections import Counter

from tests.unit.deploy.roster.rows import Roster, on, parts


def test_cohorts_hold_three_to_the_modules_limit_of_enterprises(roster: Roster) -> None:
    modules = roster.by_key("modules")
    for code, training in roster.trainings.items():
        enrolled = len(roster.rows("enrolments", training=code))
        assert 3 <= enrolled <= int(modules[training["module"]]["max_enterprises"])


def test_nobody_is_in_two_classrooms_on_one_day(roster: Roster) -> None:
    booked = Counter(
        (person, training[day])
        for training in roster.rows("trainings")
        for person in [*roster.candidates(training), *parts(training["supervising_expert"])]
        for day in ("day1", "day2")
    )
    assert set(booked.values()) == {1}
    assert all(on(row["day1"]) < on(row["day2"]) for row in roster.rows("trainings"))


def test_module_1_comes_once_and_is_completed_before_any_other_module(roster: Roster) -> None:
    for code in roster.enterprises:
        enrolled = roster.rows("enrolments", enterprise=code)
        [first] = [row for row in enrolled if roster.trainings[row["training"]]["module"] == "WPC"]
        assert first["outcome"] == "completed"
        modules = [roster.trainings[row["training"]]["module"] for row in enrolled]
        assert len(set(modules)) == len(modules)
        others = [row for row in enrolled if row is not first]
        assert all(on(first["outcome_on"]) < on(row["enrolled_on"]) for row in others)


def test_an_enrolment_follows_registration_and_baseline_and_precedes_the_classroom(roster: Roster) -> None:
    for row in roster.rows("enrolments"):
        enterprise, training = roster.enterprises[row["enterprise"]], roster.trainings[row["training"]]
        assert on(enterprise["registered_on"]) <= on(enterprise["baseline_on"]) <= on(row["enrolled_on"])
        assert on(row["enrolled_on"]) < on(training["day1"])
        completed = row["outcome"] == "completed"
        assert on(row["enrolled_on"]) <= on(row["outcome_on"])
        assert (on(row["outcome_on"]) > on(training["day2"])) == completed
        assert bool(row["reason"]) != completed


def test_a_withdrawn_enrolment_leaves_before_day_1_without_attendance_visits_or_endline(roster: Roster) -> None:
    for row in roster.rows("enrolments", outcome="withdrawn"):
        key = {"training": row["training"], "enterprise": row["enterprise"]}
        assert on(row["outcome_on"]) < on(roster.trainings[row["training"]]["day1"])
        assert not [found for file in ("attendance", "visits", "assessments") for found in roster.rows(file, **key)]
