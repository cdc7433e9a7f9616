"""The demo rosters obey the programme's rules and add up to the published figures."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[3] / "deploy" / "demo"
Row = dict[str, str]
COLUMNS = {
    "published_figures": "figure,published,unit,as_of,source,note",
    "phase3_targets": "indicator,target",
    "programme": "key,value",
    "size_classes": "code,min,max",
    "regions": "code,name",
    "sectors": "code,name",
    "modules": "code,number,name,classroom_days,visits,max_enterprises,seats_managers,seats_workers",
    "partners": "code,name,kind,region,parent",
    "trainers": "code,name,sex,region,partner,employer,expert,tot_wpc_on,tot_wpc_score,tot_osh_on,tot_osh_score",
    "certifications": "trainer,module,expert,recommended_on,decided_on,votes,outcome",
    "board": "code,name,constituency,mandate_from,mandate_to",
    "enterprises": "code,name,tax_id,region,city,partner,sector,women,men,registered_on,baseline_on,phone",
    "trainings": "code,module,partner,region,delivery,lead_trainer,role,supervising_expert,co_candidates,"
    "venue,day1,day2,status",
    "enrolments": "training,enterprise,enrolled_on,outcome,outcome_on,reason",
    "participants": "person,enterprise,sex,level",
    "attendance": "training,enterprise,person,day",
    "visits": "training,enterprise,number,planned_on,outcome,held_on,reason,trainer",
    "assessments": "enterprise,kind,training,assessed_on,kpi,unit,direction,numerator,denominator,status",
    "satisfaction": "training,recorded_on,respondents,satisfied",
    "price_list": "partner,module,valid_from,currency,price",
    "subsidies": "code,payer_class,payer_name,size_class,share_pct,ceiling,valid_from,valid_to,partner",
    "claims": "code,agreement,partner,claimed_on,approved_on,paid_on,trainings",
    "payments": "partner,payer,received_on,amount,reference,method",
    "costs": "partner,training,incurred_on,kind,funding,amount,description",
}
KEYS = {
    **dict.fromkeys(["size_classes", "regions", "sectors", "modules", "partners", "trainers", "board"], "code"),
    **dict.fromkeys(["enterprises", "trainings", "subsidies", "claims"], "code"),
    "published_figures": "figure",
    "phase3_targets": "indicator",
    "programme": "key",
    "participants": "person",
    "satisfaction": "training",
    "enrolments": "training,enterprise",
    "attendance": "training,person,day",
    "visits": "training,enterprise,number,held_on",
    "assessments": "enterprise,training,kpi",
    "price_list": "partner,module,valid_from",
    "certifications": "trainer,module,decided_on",
}
REFERENCES = {
    "region": "regions",
    "partner": "partners",
    "parent": "partners",
    "sector": "sectors",
    "module": "modules",
    "trainer": "trainers",
    "lead_trainer": "trainers",
    "co_candidates": "trainers",
    "supervising_expert": "trainers",
    "training": "trainings",
    "trainings": "trainings",
    "enterprise": "enterprises",
    "person": "participants",
    "agreement": "subsidies",
    "size_class": "size_classes",
}
MAY_BE_BLANK = {
    *[("partners", "region"), ("partners", "parent"), ("trainings", "co_candidates")],
    *[("trainings", "supervising_expert"), ("assessments", "training"), ("subsidies", "partner")],
    ("costs", "training"),
}
CHOICES = {
    ("partners", "kind"): "national regional-chamber",
    ("trainers", "sex"): "female male",
    ("trainers", "expert"): "yes no",
    ("certifications", "outcome"): "certified refused",
    ("board", "constituency"): "employers workers government",
    ("trainings", "delivery"): "direct indirect",
    ("trainings", "role"): "certified candidate",
    ("trainings", "status"): "completed",
    ("enrolments", "outcome"): "completed withdrawn",
    ("participants", "sex"): "female male",
    ("participants", "level"): "manager worker",
    ("visits", "outcome"): "done aborted",
    ("assessments", "kind"): "baseline endline",
    ("assessments", "direction"): "lower higher",
    ("assessments", "status"): "measured not-tracked refused not-applicable",
    ("subsidies", "payer_class"): "P G B D I",
    ("payments", "method"): "bank cash",
    ("costs", "funding"): "cash in-kind",
}
DIRECT = {"trainer-days", "venue", "materials", "travel", "catering", "interpretation", "other-direct"}
OVERHEAD = {"coordination", "quality-assurance", "certification", "marketing", "monitoring"}
KPIS = {
    "defect-rate": ("percent", "lower"),
    "absenteeism-rate": ("percent", "lower"),
    "accidents": ("per-100-workers", "lower"),
    "labour-productivity": ("units-per-person-day", "higher"),
    "good-practices": ("percent", "higher"),
}


@dataclass(frozen=True)
class Bill:
    """One enrolment's price split into the enterprise's fee and each agreement's share."""

    training: Row
    enterprise: str
    price: Decimal
    shares: dict[str, Decimal]

    @property
    def fee(self) -> Decimal:
        return self.price - sum(self.shares.values())

    @property
    def reference(self) -> str:
        return f"{self.training['code']}/{self.enterprise}"


class Roster:
    """One programme's folder of spreadsheets, indexed for the rules below."""

    def __init__(self, programme: str) -> None:
        self.folder = DEMO / programme
        self._read: dict[str, list[Row]] = {}

    def rows(self, file: str, **where: str) -> list[Row]:
        if file not in self._read:
            with (self.folder / f"{file}.csv").open(encoding="utf-8", newline="") as handle:
                self._read[file] = list(csv.DictReader(handle, strict=True))
        return [row for row in self._read[file] if all(row[name] == value for name, value in where.items())]

    def by_key(self, file: str) -> dict[str, Row]:
        return {row[KEYS[file]]: row for row in self.rows(file)}

    @cached_property
    def settings(self) -> dict[str, str]:
        return {row["key"]: row["value"] for row in self.rows("programme")}

    @cached_property
    def as_of(self) -> date:
        return on(self.settings["as_of"])

    @cached_property
    def trainings(self) -> dict[str, Row]:
        return self.by_key("trainings")

    @cached_property
    def enterprises(self) -> dict[str, Row]:
        return self.by_key("enterprises")

    def completed(self) -> list[Row]:
        return self.rows("enrolments", outcome="completed")

    def finished(self, training: str) -> date:
        return max(on(row["outcome_on"]) for row in self.rows("enrolments", training=training))

    def headcount(self, enterprise: str) -> int:
        return int(self.enterprises[enterprise]["women"]) + int(self.enterprises[enterprise]["men"])

    def size_class(self, enterprise: str) -> str:
        head = self.headcount(enterprise)
        [found] = [r["code"] for r in self.rows("size_classes") if int(r["min"]) <= head <= int(r["max"])]
        return found

    def certified_since(self, trainer: str, module: str, day: date) -> date | None:
        """Date of the decision (or recognition) that lets the trainer deliver the module on `day`."""
        recognised = on(self.settings["experts_recognised_on"])
        if self.by_key("trainers")[trainer]["expert"] == "yes":
            within = module in self.settings["experts_recognised_modules"].split(";")
            return recognised if within and recognised <= day else None
        decided = [
            on(row["decided_on"])
            for row in self.rows("certifications", trainer=trainer, module=module, outcome="certified")
        ]
        return min((decision for decision in decided if decision <= day), default=None)

    def candidates(self, training: Row) -> list[str]:
        return [training["lead_trainer"], *parts(training["co_candidates"])]

    def trials(self, trainer: str, module: str) -> list[Row]:
        """Trainings the trainer led or co-led as a candidate (ToE cycles)."""
        rows = self.rows("trainings", module=module, role="candidate")
        return [row for row in rows if trainer in self.candidates(row)]

    def bill(self, enrolment: Row, day: date) -> Bill:
        training = self.trainings[enrolment["training"]]
        prices = self.rows("price_list", partner=training["partner"], module=training["module"])
        valid = [row for row in prices if on(row["valid_from"]) <= day]
        price = Decimal(max(valid, key=lambda row: row["valid_from"])["price"])
        agreements = self.rows("subsidies", size_class=self.size_class(enrolment["enterprise"]))
        shares = {
            row["code"]: price * Decimal(row["share_pct"]) / 100
            for row in agreements
            if row["partner"] in ("", training["partner"]) and on(row["valid_from"]) <= day <= on(row["valid_to"])
        }
        return Bill(training, enrolment["enterprise"], price, shares)

    def bills(self) -> dict[str, Bill]:
        found = [self.bill(row, on(row["enrolled_on"])) for row in self.completed()]
        return {bill.reference: bill for bill in found}

    def claimed(self, claim: Row) -> Decimal:
        included = parts(claim["trainings"])
        bills = [bill for bill in self.bills().values() if bill.training["code"] in included]
        return sum((bill.shares.get(claim["agreement"], Decimal(0)) for bill in bills), Decimal(0))

    def fee_payments(self) -> list[Row]:
        return [row for row in self.rows("payments") if row["payer"] in self.enterprises]

    def paid_per_reference(self) -> dict[str, Decimal]:
        paid: defaultdict[str, Decimal] = defaultdict(Decimal)
        for row in self.fee_payments():
            paid[row["reference"]] += Decimal(row["amount"])
        return paid

    def direct_cash_cost(self) -> Decimal:
        rows = self.rows("costs", funding="cash")
        return sum((Decimal(row["amount"]) for row in rows if row["kind"] in DIRECT), Decimal(0))


def on(text: str) -> date:
    return date.fromisoformat(text)


def parts(text: str) -> list[str]:
    return text.split(";") if text else []


def whole_percent(part: int, whole: int) -> int:
    return int((Decimal(part) * 100 / Decimal(whole)).quantize(Decimal(1), ROUND_HALF_UP))


@pytest.fixture(scope="module", params=["bolivia", "peru"])
def roster(request: pytest.FixtureRequest) -> Roster:
    return Roster(request.param)


@pytest.fixture(scope="module")
def bolivia() -> Roster:
    return Roster("bolivia")


@pytest.fixture(scope="module")
def peru() -> Roster:
    return Roster("peru")


# --- files -------------------------------------------------------------------------------------------------
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


# --- enterprises and partners ------------------------------------------------------------------------------
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


# --- trainings and enrolments ------------------------------------------------------------------------------
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


# --- trainers and certification ----------------------------------------------------------------------------
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


# --- people ------------------------------------------------------------------------------------------------
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


# --- visits and assessments --------------------------------------------------------------------------------
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


# --- money -------------------------------------------------------------------------------------------------
def amounts(roster: Roster) -> Iterator[tuple[str, str]]:
    for file, column in [
        ("price_list", "price"),
        ("subsidies", "ceiling"),
        ("payments", "amount"),
        ("costs", "amount"),
    ]:
        yield from ((file, row[column]) for row in roster.rows(file))


def test_amounts_are_positive_with_two_decimals_in_the_programme_currency(roster: Roster) -> None:
    for file, amount in amounts(roster):
        assert Decimal(amount) > 0, file
        assert str(Decimal(amount).quantize(Decimal("0.01"))) == amount, (file, amount)
    assert {row["currency"] for row in roster.rows("price_list")} == {roster.settings["currency"]}


def test_every_chamber_prices_every_module_from_the_start(roster: Roster) -> None:
    for partner in roster.rows("partners", kind="regional-chamber"):
        for module in roster.rows("modules"):
            prices = roster.rows("price_list", partner=partner["code"], module=module["code"])
            assert min(row["valid_from"] for row in prices) <= roster.settings["starts_on"]


def test_price_and_split_do_not_change_between_enrolment_and_completion(roster: Roster) -> None:
    # Whichever day a service prices by (enrolment, classroom, completion), the invoice is the same.
    for row in roster.completed():
        training = roster.trainings[row["training"]]
        days = [on(text) for text in (row["enrolled_on"], training["day1"], row["outcome_on"])]
        assert roster.bill(row, days[0]) == roster.bill(row, days[1]) == roster.bill(row, days[2])


def test_fee_and_subsidies_make_the_whole_price_without_rounding(roster: Roster) -> None:
    for bill in roster.bills().values():
        for share in bill.shares.values():
            assert share == share.quantize(Decimal("0.01"))
        percents = [Decimal(roster.by_key("subsidies")[code]["share_pct"]) for code in bill.shares]
        own = 100 - sum(percents)
        assert 0 < own <= 100
        assert bill.fee == bill.price * own / 100


def test_small_firms_pay_a_smaller_part_than_medium_ones(roster: Roster) -> None:
    own: defaultdict[tuple[str, str], dict[str, set[Decimal]]] = defaultdict(lambda: defaultdict(set))
    for bill in roster.bills().values():
        validity = {roster.by_key("subsidies")[code]["valid_from"] for code in bill.shares}
        part = bill.fee / bill.price
        own[bill.training["partner"], min(validity)][roster.size_class(bill.enterprise)].add(part)
    compared = [parts_of for parts_of in own.values() if len(parts_of) == 2]
    assert compared
    assert all(max(found["small"]) < min(found["medium"]) for found in compared)


def test_a_payer_has_one_agreement_per_size_class_at_a_time(roster: Roster) -> None:
    agreements = roster.rows("subsidies")
    for one in agreements:
        assert on(one["valid_from"]) <= on(one["valid_to"])
        twins = [r for r in agreements if all(r[c] == one[c] for c in ("payer_class", "size_class", "partner"))]
        overlap = [r for r in twins if r["valid_from"] <= one["valid_to"] and one["valid_from"] <= r["valid_to"]]
        assert overlap == [one]


def test_ceilings_cover_every_enrolment_even_those_withdrawn_later(roster: Roster) -> None:
    used: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in roster.rows("enrolments"):
        for code, share in roster.bill(row, on(row["enrolled_on"])).shares.items():
            used[code] += share
    assert set(used) == set(roster.by_key("subsidies"))  # no agreement stands idle
    assert all(total <= Decimal(roster.by_key("subsidies")[code]["ceiling"]) for code, total in used.items())


def test_a_claim_asks_once_for_completed_trainings_its_agreement_supports(roster: Roster) -> None:
    asked = Counter((row["agreement"], code) for row in roster.rows("claims") for code in parts(row["trainings"]))
    assert set(asked.values()) == {1}
    for row in roster.rows("claims"):
        for code in parts(row["trainings"]):
            assert roster.trainings[code]["partner"] == row["partner"]
            assert roster.finished(code) < on(row["claimed_on"])
            assert roster.claimed({**row, "trainings": code}) > 0
        days = [on(row[name]) for name in ("claimed_on", "approved_on", "paid_on") if row[name]]
        assert days == sorted(days)


def test_a_subsidy_payment_is_exactly_one_paid_claim(roster: Roster) -> None:
    paid = [row for row in roster.rows("payments") if row["payer"] in roster.by_key("subsidies")]
    assert len(paid) + len(roster.fee_payments()) == len(roster.rows("payments"))
    received = Counter(
        (row["partner"], row["payer"], row["received_on"], Decimal(row["amount"]), row["reference"]) for row in paid
    )
    claims = Counter(
        (row["partner"], row["agreement"], row["paid_on"], roster.claimed(row), row["claimed_on"][:7])
        for row in roster.rows("claims")
        if row["paid_on"]
    )
    assert received == claims
    months = Counter((row["agreement"], row["partner"], row["claimed_on"][:7]) for row in roster.rows("claims"))
    assert set(months.values()) == {1}  # the month alone names the claim


def test_fee_payments_name_the_payers_own_completed_enrolment_and_follow_its_classroom(roster: Roster) -> None:
    bills, strays = roster.bills(), 0
    for row in roster.fee_payments():
        assert roster.enterprises[row["payer"]]["partner"] == row["partner"]
        assert row["reference"].endswith(f"/{row['payer']}")
        if row["reference"] not in bills:
            strays += 1
            assert row["reference"].split("/")[0] not in roster.trainings
        else:
            assert on(row["received_on"]) > on(bills[row["reference"]].training["day2"])
    assert strays == (1 if roster.settings["code"] == "bolivia" else 0)


def test_costs_are_direct_with_a_training_and_overhead_without(roster: Roster) -> None:
    for row in roster.rows("costs"):
        assert row["kind"] in (DIRECT if row["training"] else OVERHEAD)
        if row["training"]:
            training = roster.trainings[row["training"]]
            assert row["partner"] == training["partner"]
            before = on(training["day1"]) - timedelta(days=21)
            assert before <= on(row["incurred_on"]) <= roster.finished(row["training"])
        assert row["funding"] == "cash" or row["kind"] == "venue"
    kinds = {(row["training"], row["kind"]) for row in roster.rows("costs")}
    assert all((code, kind) in kinds for code in roster.trainings for kind in ("trainer-days", "venue", "travel"))


# --- Bolivia -----------------------------------------------------------------------------------------------
def test_bolivia_rows_add_up_to_every_published_figure(bolivia: Roster) -> None:
    trained = bolivia.rows("trainers", expert="no")
    certified = {row["trainer"] for row in bolivia.rows("certifications", outcome="certified")}
    delivered = {row["module"] for row in bolivia.rows("trainings")}
    modules = bolivia.by_key("modules")
    computed = {
        "enterprises": len({row["enterprise"] for row in bolivia.completed()}),
        "employees_benefiting": sum(bolivia.headcount(code) for code in bolivia.enterprises),
        "participants": len({row["person"] for row in bolivia.rows("attendance")}),
        "trainers_trained": len([row for row in trained if row["tot_wpc_on"]]),
        "trainers_women_pct": whole_percent(sum(row["sex"] == "female" for row in trained), len(trained)),
        "trainers_certified": len(certified),
        "regions": len({row["region"] for row in bolivia.rows("trainings")}),
        "modules": ";".join(sorted(modules[code]["number"] for code in delivered)),
    }
    published = {row["figure"]: row["published"] for row in bolivia.rows("published_figures")}
    assert {figure: str(value) for figure, value in computed.items()} == published
    expected = ["63", "11800", "530", "31", "42", "22", "3", "1;5"]
    assert list(published.values()) == expected
    assert {row["source"] for row in bolivia.rows("published_figures")} == {"Bolivia factsheet (Phase III text)"}


def test_bolivia_figures_note_that_the_sheet_contradicts_itself(bolivia: Roster) -> None:
    figures = bolivia.by_key("published_figures")
    assert "54 enterprises" in figures["enterprises"]["note"]
    assert "22 trained" in figures["trainers_trained"]["note"]


def test_bolivia_phase_3_targets_are_those_of_the_factsheet(bolivia: Roster) -> None:
    targets = {row["indicator"]: int(row["target"]) for row in bolivia.rows("phase3_targets")}
    assert targets == {
        "new_trainers": 10,
        "new_regions": 4,
        "regional_chambers": 4,
        "smes_direct": 40,
        "smes_indirect": 30,
        "case_studies": 7,
        "cost_recovery_pct": 100,
    }


def test_bolivia_classroom_shares_follow_the_global_report(bolivia: Roster) -> None:
    people = bolivia.rows("participants")
    assert whole_percent(sum(row["level"] == "manager" for row in people), len(people)) == 51
    assert whole_percent(sum(row["level"] == "worker" for row in people), len(people)) == 49
    assert whole_percent(sum(row["sex"] == "female" for row in people), len(people)) == 30
    asked = bolivia.rows("satisfaction")
    satisfied = sum(int(row["satisfied"]) for row in asked)
    assert 88 <= whole_percent(satisfied, sum(int(row["respondents"]) for row in asked)) <= 92


def test_bolivia_trainer_funnel_has_people_who_never_reached_a_decision(bolivia: Roster) -> None:
    decided = bolivia.rows("certifications")
    assert Counter(row["module"] for row in decided if row["outcome"] == "certified") == {"WPC": 22, "OSH": 8}
    assert Counter(row["outcome"] for row in decided) == {"certified": 30, "refused": 2}
    trained = {row["code"] for row in bolivia.rows("trainers", expert="no")}
    assert len(trained - {row["trainer"] for row in decided}) == 9
    assert len([row for row in bolivia.rows("trainers") if row["tot_osh_on"]]) == 12
    assert len(bolivia.rows("trainers", expert="yes")) == 2
    assert Counter(row["constituency"] for row in bolivia.rows("board")) == {
        "employers": 2,
        "workers": 2,
        "government": 2,
    }


def test_bolivia_is_as_uneven_as_a_real_programme(bolivia: Roster) -> None:
    heads = [bolivia.headcount(code) for code in bolivia.enterprises]
    assert {30, 50, 51, 250} <= set(heads)  # both edges of both size classes
    days: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in bolivia.rows("attendance"):
        days[row["training"], row["person"]].add(row["day"])
    assert {"1"} in days.values()
    assert {"2"} in days.values()
    assert len(days) > 530  # some came to both modules
    assert 6 <= len(bolivia.rows("visits", outcome="aborted")) <= 10
    assert 2 <= len(bolivia.rows("enrolments", outcome="withdrawn")) <= 4
    assert {row["status"] for row in bolivia.rows("assessments")} == set(CHOICES["assessments", "status"].split())
    assert [row for row in bolivia.rows("claims") if not row["paid_on"]]
    assert {row["funding"] for row in bolivia.rows("costs")} == {"cash", "in-kind"}
    assert {row["delivery"] for row in bolivia.rows("trainings")} == {"direct", "indirect"}


def test_bolivia_kpis_mostly_improve_and_sometimes_get_worse(bolivia: Roster) -> None:
    value = {
        (row["enterprise"], row["training"], row["kpi"]): int(row["numerator"]) / int(row["denominator"])
        for row in bolivia.rows("assessments", status="measured")
    }
    gains = [
        (after - value[enterprise, "", kpi]) * (1 if KPIS[kpi][1] == "higher" else -1)
        for (enterprise, training, kpi), after in value.items()
        if training.startswith("WPC") and (enterprise, "", kpi) in value
    ]
    worse = sum(gain < 0 for gain in gains)
    assert 0 < worse < len(gains) / 3


def test_bolivia_has_late_partial_over_and_non_payers(bolivia: Roster) -> None:
    bills, paid = bolivia.bills(), bolivia.paid_per_reference()
    times = Counter(row["reference"] for row in bolivia.fee_payments())
    settled = [ref for ref, bill in bills.items() if paid.get(ref) == bill.fee]
    assert len(settled) > len(bills) * 3 / 4
    assert len([ref for ref in settled if times[ref] == 2]) >= 8
    assert len([ref for ref, bill in bills.items() if ref in paid and paid[ref] < bill.fee]) >= 4
    assert len([ref for ref, bill in bills.items() if ref in paid and paid[ref] > bill.fee]) == 1
    assert len([ref for ref in bills if ref not in paid]) >= 5
    late = [
        row
        for row in bolivia.fee_payments()
        if row["reference"] in bills
        and on(row["received_on"]) - on(bills[row["reference"]].training["day2"]) > timedelta(days=90)
    ]
    assert len(late) >= 8


def test_bolivia_recovers_60_to_80_percent_of_direct_cost_without_ilo_money(bolivia: Roster) -> None:
    bills, paid = bolivia.bills(), bolivia.paid_per_reference()
    fees = sum(min(amount, bills[ref].fee) for ref, amount in paid.items() if ref in bills)
    others = sum(
        bolivia.claimed(row)
        for row in bolivia.rows("claims")
        if row["paid_on"] and bolivia.by_key("subsidies")[row["agreement"]]["payer_class"] != "I"
    )
    assert 60 <= (fees + others) * 100 / bolivia.direct_cash_cost() <= 80
    assert {row["payer_class"] for row in bolivia.rows("subsidies")} == set("PGBDI")


# --- Peru --------------------------------------------------------------------------------------------------
def test_peru_is_a_cohort_of_three_small_and_two_medium_enterprises(peru: Roster) -> None:
    assert Counter(peru.size_class(code) for code in peru.enterprises) == {"small": 3, "medium": 2}
    [training] = peru.rows("trainings")
    assert (training["module"], training["role"]) == ("WPC", "certified")
    assert peru.by_key("trainers")[training["lead_trainer"]]["expert"] == "yes"
    assert min(peru.headcount(code) for code in peru.enterprises) < 30  # outside Bolivia's window


def test_peru_price_and_ilo_share_are_the_published_ones(peru: Roster) -> None:
    assert {row["price"] for row in peru.rows("price_list")} == {"2000.00"}
    shares = {(r["payer_class"], r["size_class"], r["share_pct"]) for r in peru.rows("subsidies")}
    assert shares == {("I", "small", "75.00"), ("I", "medium", "50.00")}


def test_peru_rows_give_3500_of_10000_and_an_ilo_share_of_6500(peru: Roster) -> None:
    bills, published = peru.bills(), peru.by_key("published_figures")
    fees, cost = sum(bill.fee for bill in bills.values()), peru.direct_cash_cost()
    assert peru.paid_per_reference() == {ref: bill.fee for ref, bill in bills.items()}
    ilo = sum(peru.claimed(row) for row in peru.rows("claims") if row["paid_on"])
    computed = {"fees_invoiced": fees, "fees_received": fees, "ilo_contribution": ilo, "direct_cost": cost}
    assert {name: Decimal(published[name]["published"]) for name in computed} == computed
    assert (fees, ilo, cost) == (Decimal(3500), Decimal(6500), Decimal(10000))
    rates = [row["published"] for figure, row in published.items() if figure.startswith("cr")]
    assert rates == [f"{fees * 100 / cost:.2f}"] * 6
    assert all("DERIVED" in row["note"] for name, row in published.items() if name != "price_per_module")
    assert not [row for row in peru.rows("costs") if row["kind"] in OVERHEAD or row["funding"] == "in-kind"]
