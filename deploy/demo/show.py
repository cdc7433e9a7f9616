"""Printing the report for a person."""

from decimal import Decimal

from rich.console import Console
from rich.table import Table

from deploy.demo.report import ProgrammeReport, RecoveryRow
from deploy.demo.run import DemoReport


def show(report: DemoReport, console: Console) -> None:
    """Print every programme, then the isolation probes."""
    for programme in report.programmes:
        console.rule(f"[bold]{programme.programme}[/] as of {programme.as_of}")
        _published(programme, console)
        if programme.road:
            _road(programme, console)
        _recovery(programme, console)
        _changes(programme, console)
        console.print(f"Ledger: {programme.trial_balance}\n", highlight=False)
    refused = sum(1 for probe in report.isolation if probe.refused)
    console.print(f"Isolation: {refused} of {len(report.isolation)} doors closed to another programme's token.")
    for probe in report.isolation:
        if not probe.refused:
            console.print(f"[red]  {probe.door} answered {probe.status} to a token of {probe.token_of}[/]")


def _table(title: str, *columns: tuple[str, str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for name, justify in columns:
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    return table


def _published(programme: ProgrammeReport, console: Console) -> None:
    table = _table(
        "Published beside computed", ("figure", "left"), ("published", "right"), ("computed", "right"), ("", "left")
    )
    for row in programme.published:
        name = f"{row.figure.replace('_', ' ').removesuffix(' pct')} ({row.unit})"
        table.add_row(name, row.published, row.computed, "[green]equal[/]" if row.agrees else "[red]DIFFERS[/]")
    console.print(table)
    console.print(f"[dim]source: {programme.published[0].source}; rows are made up to its totals[/]\n")


def _road(programme: ProgrammeReport, console: Console) -> None:
    table = _table(
        "The road to Phase III (October 2017 on)",
        ("target", "left"),
        ("to reach", "right"),
        ("so far in the phase", "right"),
        ("standing when it began", "right"),
        ("what counts", "left"),
    )
    for row in programme.road:
        table.add_row(row.indicator.replace("_", " "), row.target, row.actual, row.before, row.definition)
    console.print(table)
    console.print("[dim]The roster ends on the day before the phase begins, so nothing new counts yet.[/]\n")


def _recovery(programme: ProgrammeReport, console: Console) -> None:
    table = _table(
        "Cost recovery, cumulative (ratio of sums)",
        ("formula", "left"),
        ("basis", "left"),
        ("numerator", "right"),
        ("denominator", "right"),
        ("", "left"),
        ("per cent", "right"),
    )
    ordered = sorted(programme.recovery, key=lambda row: row.formula)
    for before, row in zip([None, *ordered], ordered, strict=False):
        first = before is None or before.formula != row.formula
        table.add_row(
            f"{row.formula} = {row.text}" if first else "",
            row.basis.value,
            _grouped(row.numerator),
            _grouped(row.denominator),
            row.currency,
            row.percent or "none",
            end_section=_last_of(row, ordered),
        )
    console.print(table)
    console.print("[dim]F enterprise fees, P partner's own funds, G government, B lead buyer, D donor, K in kind[/]\n")


def _last_of(row: RecoveryRow, rows: list[RecoveryRow]) -> bool:
    return row is [one for one in rows if one.formula == row.formula][-1]


def _changes(programme: ProgrammeReport, console: Console) -> None:
    table = _table(
        "Before and after",
        ("KPI", "left"),
        ("unit", "left"),
        ("before", "right"),
        ("after", "right"),
        ("improved", "right"),
        ("same", "right"),
        ("worse", "right"),
        ("enterprises with data", "right"),
    )
    for one in programme.changes:
        if one["before"] is not None:
            numbers = (one["before"], one["after"], one["improved"], one["unchanged"], one["worse"], one["reporting"])
            table.add_row(one["kpi"], one["unit"], *numbers)
    missing = [str(one["kpi"]) for one in programme.changes if one["before"] is None]
    if missing:
        table.caption = f"no enterprise has reported: {', '.join(missing)}"
        table.caption_justify = "left"
    console.print(table)


def _grouped(amount: str) -> str:
    return f"{Decimal(amount):,}"
