"""The files of a roster: headers, keys, references, codes, days; no real name."""

import csv
from collections import Counter

from tests.unit.deploy.roster.rows import (
    CHOICES,
    COLUMNS,
    KEYS,
    MAY_BE_BLANK,
    REFERENCES,
    Roster,
    on,
    parts,
)


def test_every_file_has_its_header_and_only_rows_of_that_width(roster: Roster) -> None:
    assert {path.stem for path in roster.folder.glob("*.csv")} == set(COLUMNS)
    for file, columns in COLUMNS.items():
        text = (roster.folder / f"{file}.csv").read_bytes().decode("utf-8", errors="strict")
        assert text.endswith("\n")
        assert "\r" not in text
        lines = list(csv.reader(text.splitlines(), strict=True))
        assert lines[0] == columns.split(",")
        assert all(len(line) == len(lines[0]) and line[0][:1] != "#" for line in lines), file
        assert all(cell == cell.strip() for line in lines for cell in line), file


def test_the_readme_describes_every_file_and_column(roster: Roster) -> None:
    table = (roster.folder / "README.md").read_text(encoding="utf-8")
    described = {line.split("`")[1]: line for line in table.splitlines() if line.startswith("| `")}
    assert set(described) == {f"{file}.csv" for file in COLUMNS}
    for file, columns in COLUMNS.items():
        assert all(f"`{column}`" in described[f"{file}.csv"] for column in columns.split(",")), file


def test_natural_keys_are_unique(roster: Roster) -> None:
    for file, key in KEYS.items():
        seen = Counter(tuple(row[column] for column in key.split(",")) for row in roster.rows(file))
        assert [found for found, times in seen.items() if times > 1] == [], file


def test_every_reference_points_to_a_row(roster: Roster) -> None:
    for file, columns in COLUMNS.items():
        for column in set(columns.split(",")) & set(REFERENCES):
            known = roster.by_key(REFERENCES[column])
            for row in roster.rows(file):
                assert row[column] or (file, column) in MAY_BE_BLANK, (file, row)
                assert all(code in known for code in parts(row[column])), (file, row)


def test_coded_columns_hold_only_known_codes(roster: Roster) -> None:
    for (file, column), choices in CHOICES.items():
        assert {row[column] for row in roster.rows(file)} <= set(choices.split()), (file, column)


def test_no_fact_is_dated_before_the_programme_or_after_its_closing_day(roster: Roster) -> None:
    start = on(roster.settings["starts_on"])
    for file, columns in COLUMNS.items():
        for column in columns.split(","):
            if column.endswith("_on") or column in ("day1", "day2", "as_of"):
                dates = [on(row[column]) for row in roster.rows(file) if row[column]]
                assert all(start <= day <= roster.as_of for day in dates), (file, column)


def test_no_row_names_a_real_company_or_person(roster: Roster) -> None:
    for file in ("partners", "enterprises"):
        assert all(row["name"].endswith("(demo)") for row in roster.rows(file))
    employers = {row["employer"] for row in roster.rows("trainers")} - {"Independent"}
    payers = {row["payer_name"] for row in roster.rows("subsidies")}
    assert all(name.endswith("(demo)") for name in employers | payers)
    for row in roster.rows("trainers"):
        title = "Expert trainer" if row["expert"] == "yes" else "Trainer"
        assert row["name"] == f"{title} {row['code'].split('-')[1]}"
    assert all(row["name"] == f"Board member {row['code']}" for row in roster.rows("board"))
    # Subscriber numbers that begin with 000 are not given out.
    assert all(row["phone"].split()[2] == "000" for row in roster.rows("enterprises") if row["phone"])
