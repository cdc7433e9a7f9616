"""The report: published beside computed, row by row; the road to Phase III; cost recovery with its sums."""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from deploy.demo.caller import Caller
from deploy.demo.roster import Roster, day
from shared.events.vocabulary import Basis
from shared.money import Money

PHASE_START: Final = "2017-10-01"


class PublishedRow(BaseModel):
    """A figure as its source printed it, and as the services compute it from their rows."""

    figure: str
    published: str
    computed: str
    unit: str
    source: str
    agrees: bool


class RoadRow(BaseModel):
    """A target of the next phase: what counts towards it since its start, and what stands from before."""

    indicator: str
    target: str
    before: str
    actual: str
    definition: str


class RecoveryRow(BaseModel):
    """One formula on one basis: exact sums, and the ratio rounded for reading."""

    basis: Basis
    formula: str
    text: str
    numerator: str
    denominator: str
    currency: str
    percent: str | None


class ProgrammeReport(BaseModel):
    """Everything the demo says of one programme."""

    programme: str
    as_of: str
    published: list[PublishedRow]
    road: list[RoadRow]
    recovery: list[RecoveryRow]
    components: dict[Basis, dict[str, str]]
    changes: list[dict[str, str | None]]
    trial_balance: str

    @property
    def agrees(self) -> bool:
        """Whether every published figure equals the computed one."""
        return all(row.agrees for row in self.published)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the four services answer, as of one day."""

    reach: dict[str, Any]
    trainers: dict[str, Any]
    assessment: dict[str, Any]
    recovery: dict[Basis, dict[str, Any]]
    prices: list[str]
    balances: list[dict[str, Any]]

    @classmethod
    async def ask(cls, call: Caller, as_of: str) -> "Figures":
        """Ask every service."""
        recovery = {basis: await call.get("billing", "/cost-recovery", basis=basis.value, to=as_of) for basis in Basis}
        return cls(
            reach=_by_code(await call.get("enrollment", "/figures", as_of=as_of)),
            trainers=_by_code(await call.get("certification", "/figures", as_of=as_of)),
            assessment=await call.get("assessment", "/figures", as_of=as_of),
            recovery=recovery,
            prices=sorted({row["price"]["amount"] for row in await call.pages("billing", "/prices")}),
            balances=[
                await call.get("billing", f"/books/{book['id']}/trial-balance", as_of=as_of)
                for book in await call.pages("billing", "/books")
            ],
        )

    def component(self, name: str, basis: Basis) -> str:
        """Return a component of cost recovery as a decimal string."""
        return str(self.recovery[basis]["components"][name]["amount"])

    def percent(self, formula: str, basis: Basis) -> str:
        """Return a ratio in per cent, or the reason why there is none."""
        ratio = next(one for one in self.recovery[basis]["ratios"] if one["formula"] == formula)
        return str(ratio["percent"] if ratio["percent"] is not None else ratio["reason"])


def _by_code(answer: dict[str, Any]) -> dict[str, Any]:
    return {figure["code"]: figure for figure in answer["figures"]}


async def make_report(call: Caller, roster: Roster) -> ProgrammeReport:
    """Ask the services for every figure of one programme."""
    as_of = roster.settings["as_of"]
    figures = await Figures.ask(call, as_of)
    numbers = {row["code"]: row["number"] for row in roster.rows("modules")}
    computed = _computed(figures, numbers)
    return ProgrammeReport(
        programme=roster.code,
        as_of=as_of,
        published=[_published(row, computed) for row in roster.rows("published_figures")],
        road=_road(roster, figures),
        recovery=_recovery(figures),
        components={
            basis: {name: money["amount"] for name, money in answer["components"].items()}
            for basis, answer in figures.recovery.items()
        },
        changes=_changes(figures),
        trial_balance=_balance(figures.balances, roster.settings["currency"]),
    )


def _computed(figures: Figures, numbers: dict[str, str]) -> dict[str, str]:
    """Return every figure that a source may publish, by its name in published_figures.csv."""
    trained = figures.trainers["trainers-trained"]
    women = trained["by_sex"].get("female", 0)
    modules = [part["group"]["module"] for part in figures.reach["modules-delivered"]["breakdown"]]
    return {
        "enterprises": str(figures.reach["enterprises-trained"]["value"]),
        "employees_benefiting": str(figures.reach["employees-benefiting"]["value"]),
        "participants": str(figures.reach["classroom-participants"]["value"]),
        "trainers_trained": str(trained["value"]),
        "trainers_women_pct": _whole_percent(women, trained["value"]),
        "trainers_certified": str(figures.trainers["trainers-certified"]["value"]),
        "regions": str(figures.reach["regions-reached"]["value"]),
        "modules": ";".join(sorted(numbers[code] for code in modules)),
        "price_per_module": ";".join(figures.prices),
        "fees_invoiced": figures.component("F", Basis.INVOICED),
        "fees_received": figures.component("F", Basis.RECEIVED),
        "ilo_contribution": figures.component("I", Basis.RECEIVED),
        "direct_cost": figures.component("C_dir", Basis.RECEIVED),
    } | {
        f"cr{number}_{basis.value}_pct": figures.percent(f"CR-{number}", basis)
        for number in range(1, 6)
        for basis in Basis
    }


def _whole_percent(part: int, whole: int) -> str:
    return str((200 * part + whole) // (2 * whole)) if whole else "none"


def _published(row: dict[str, str], computed: dict[str, str]) -> PublishedRow:
    value = computed.get(row["figure"], "not computed")
    return PublishedRow(
        figure=row["figure"],
        published=row["published"],
        computed=value,
        unit=row["unit"],
        source=row["source"],
        agrees=value == row["published"],
    )


def _recovery(figures: Figures) -> list[RecoveryRow]:
    return [
        RecoveryRow(
            basis=basis,
            formula=ratio["formula"],
            text=ratio["text"],
            numerator=ratio["numerator"]["amount"],
            denominator=ratio["denominator"]["amount"],
            currency=answer["currency"],
            percent=ratio["percent"],
        )
        for basis, answer in figures.recovery.items()
        for ratio in answer["ratios"]
    ]


def _changes(figures: Figures) -> list[dict[str, str | None]]:
    """Return each KPI before and after, with how many enterprises have the data."""
    return [
        {
            "kpi": one["kpi"],
            "unit": one["unit"],
            "before": one["before"]["value"],
            "after": one["after"]["value"],
            "improved": str(one["improved"]),
            "unchanged": str(one["unchanged"]),
            "worse": str(one["worse"]),
            "reporting": f"{one['reporting']['with_data']} of {one['reporting']['assessed']}",
        }
        for one in figures.assessment["kpis"]
    ]


def _road(roster: Roster, figures: Figures) -> list[RoadRow]:
    """Set the targets of the next phase beside what has been reached; the roster ends where that phase begins."""
    targets = roster.by("phase3_targets", "indicator")
    if not targets:
        return []
    begun = day(roster.settings["as_of"]) >= day(PHASE_START)
    standing = {
        "new_trainers": (figures.trainers["trainers-certified"]["value"], "trainers certified by the board"),
        "new_regions": (figures.reach["regions-reached"]["value"], "regions with an enterprise trained"),
        "regional_chambers": (
            len([row for row in roster.rows("partners") if row["kind"] == "regional-chamber"]),
            "regional chambers that deliver",
        ),
        "smes_direct": (figures.reach["enterprises-direct"]["value"], "enterprises trained under supervision"),
        "smes_indirect": (figures.reach["enterprises-indirect"]["value"], "enterprises trained by partners alone"),
        "case_studies": (figures.assessment["case_studies_published"]["value"], "case studies published"),
    }
    rows = [
        RoadRow(
            indicator=name,
            target=targets[name]["target"],
            before=str(value),
            actual=str(value) if begun else "0",
            definition=definition,
        )
        for name, (value, definition) in standing.items()
    ]
    full_cost = figures.percent("CR-5", Basis.RECEIVED)
    rows.append(
        RoadRow(
            indicator="cost_recovery_pct",
            target=targets["cost_recovery_pct"]["target"],
            before=full_cost,
            actual=full_cost,
            definition="CR-5 on the received basis, cumulative: (F+P+G+B) / (C_dir+C_ovh)",
        )
    )
    return rows


def _balance(books: list[dict[str, Any]], currency: str) -> str:
    debit, credit = (
        sum((Money.parse(book[side]["amount"], currency) for book in books), Money.zero(currency))
        for side in ("total_debit", "total_credit")
    )
    return f"{len(books)} books: debit {debit.amount}, credit {credit.amount} {currency}"
