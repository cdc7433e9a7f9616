"""A folder of spreadsheets as the demo reads it, indexed for the rules that its rows keep."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from pathlib import Path

DEMO = Path(__file__).resolve().parents[4] / "deploy" / "demo"
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
    "costs": "partner,training,incurred_on,kind,funding,amount,description,given_by,valuation",
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
    *[("costs", "training"), ("costs", "given_by"), ("costs", "valuation")],
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
