"""Enterprises and partners of a roster."""

from tests.unit.deploy.roster.rows import Roster


def test_tax_ids_are_unique_and_have_7_to_12_digits(roster: Roster) -> None:
    ids = [row["tax_id"] for row in roster.rows("enterprises")]
    assert len(set(ids)) == len(ids)
    assert all(tax_id.isdigit() and 7 <= len(tax_id) <= 12 for tax_id in ids)


def test_headcounts_lie_in_the_window_and_in_exactly_one_size_class(roster: Roster) -> None:
    low, high = int(roster.settings["headcount_min"]), int(roster.settings["headcount_max"])
    for code in roster.enterprises:
        assert low <= roster.headcount(code) <= high
        assert roster.size_class(code)


def test_the_national_partner_delivers_nothing_and_every_chamber_does(roster: Roster) -> None:
    [national] = roster.rows("partners", kind="national")
    assert national["code"] == roster.settings["national_partner"]
    chambers = roster.rows("partners", kind="regional-chamber")
    assert all(row["parent"] == national["code"] for row in chambers)
    assert {row["partner"] for row in roster.rows("trainings")} == {row["code"] for row in chambers}


def test_enterprises_train_with_the_chamber_of_their_region(roster: Roster) -> None:
    partners = roster.by_key("partners")
    for row in [*roster.rows("trainings"), *roster.rows("enterprises")]:
        assert partners[row["partner"]]["region"] == row["region"]
    for row in roster.rows("enrolments"):
        training = roster.trainings[row["training"]]
        assert roster.enterprises[row["enterprise"]]["partner"] == training["partner"]
