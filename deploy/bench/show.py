"""The figures of a run as tables."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from deploy.bench.books.life import BookFigures
from deploy.bench.books.posting import PostingFigures
from deploy.bench.idle import IdleCost
from deploy.bench.measure import Rate, Ratio
from deploy.bench.results import Results


def show(results: Results, console: Console) -> None:
    """Print everything; a rate of ours never stands without the one it was taken beside."""
    machine = results.machine
    console.print(
        f"{machine.processor}, {machine.cores} cores, {machine.memory_mb} MB, {machine.system}, "
        f"Python {machine.python}; run queue {_loads(machine.load_before)} before, "
        f"{_loads(machine.load_after or ())} after",
        highlight=False,
    )
    for name, what in results.servers.items():
        console.print(f"{name}: {what}", highlight=False)
    if results.quick:
        console.print("A quick run: these figures say nothing about speed.", style="yellow")
    console.print(_rates(results))
    console.print(_posting(results.ledger.posting))
    console.print(_book(results.ledger.book))
    console.print(_latencies(results))
    console.print(_costs(results.stack.idle, results.stack.idle_after_load))
    console.print(_aims(results))


def _loads(loads: Sequence[float]) -> str:
    return "/".join(f"{load:.1f}" for load in loads)


def _table(title: str, columns: Iterable[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table


def _rates(results: Results) -> Table:
    consumer, relay, closed = results.consumer, results.relay, results.stack.closed_loop
    table = _table(
        f"Throughput, medians of {len(consumer.bare.rounds)} interleaved rounds of {consumer.events:,} events",
        ("loop", "events/s", "CPU us/event", "beside the bare loop"),
    )

    def row(name: str, rate: Rate, ratio: Ratio | None = None) -> None:
        beside = "" if ratio is None else f"{ratio.median:.0%} ({min(ratio.rounds):.0%} to {max(ratio.rounds):.0%})"
        table.add_row(name, f"{rate.median:,.0f}", f"{rate.cpu_us_per_event:.0f}", beside)

    row("bare consumer loop", consumer.bare)
    row("our consumer", consumer.ours, consumer.ratio)
    row("our consumer, one statement awaited per event", consumer.ours_awaiting_each, consumer.ratio_awaiting_each)
    row("bare send loop, from memory", relay.bare_send)
    row("our relay, outbox to topic", relay.relay, relay.ratio)
    table.add_row(
        f"whole stack, {closed.clients} clients, request to invoice",
        f"{closed.effects_per_second:,.0f}",
        "",
        f"{closed.effects_per_second / consumer.bare.median:.1%}",
    )
    return table


def _posting(found: PostingFigures) -> Table:
    table = _table(
        f"The ledger from {found.entries_before:,} entries on, {found.clients} clients, entries of two postings",
        ("work", "entries/s", "CPU us/entry in clients", "beside"),
    )

    def row(name: str, rate: Rate, ratio: Ratio | None = None, beside: str = "") -> None:
        shown = "" if ratio is None else f"{ratio.median:.0%} of {beside}"
        table.add_row(name, f"{rate.median:,.0f}", f"{rate.cpu_us_per_event:.0f}", shown)

    row("SELECT 1, the driver alone", found.driver)
    row("bare inserts", found.bare)
    row("our posting function, cold accounts", found.cold, found.of_bare, "bare")
    row("the same while the sealer runs each second", found.sealed, found.sealed_of_cold, "without")
    row("the same on one hot account", found.hot, found.hot_of_cold, "cold")
    return table


def _book(found: BookFigures) -> Table:
    table = _table(
        f"Ledger checks over {found.entries:,} entries in {found.closed} closed months and an open one", ("check", "s")
    )
    for name, seconds in found.checks_seconds.items():
        table.add_row(name, f"{seconds:.1f}")
    return table


def _latencies(results: Results) -> Table:
    stack = results.stack
    table = _table(
        "From a request's due time to its invoice in billing, ms",
        ("load", "requests", "turned away", "p50", "p90", "p99", "most", "answer p99", "invoices/s"),
    )
    for loop in stack.open_loops:
        spread = loop.effect_ms
        table.add_row(
            f"{loop.rate:.0f}/s for {loop.seconds:.0f} s",
            str(loop.requests),
            str(loop.turned_away),
            *(f"{value:.0f}" for value in (spread.p50, spread.p90, spread.p99, spread.maximum, loop.answer_ms.p99)),
            f"{loop.effects_per_second:.0f}",
        )
    closed = stack.closed_loop
    spread = closed.effect_ms
    table.add_row(
        f"{closed.clients} clients",
        str(closed.requests),
        str(closed.turned_away),
        *(f"{value:.0f}" for value in (spread.p50, spread.p90, spread.p99, spread.maximum)),
        "",
        f"{closed.effects_per_second:.0f}",
    )
    return table


def _costs(idle: IdleCost, after: IdleCost) -> Table:
    table = _table(
        f"At rest for {idle.idle_seconds:.0f} s ({idle.measure})",
        ("process", "processes", "MB", "% of a core", "MB after load", "% of a core after load"),
    )
    for name, cost in idle.by_process.items():
        later = after.by_process[name]
        table.add_row(
            name,
            str(cost.processes),
            f"{cost.memory_mb:.0f}",
            f"{cost.cpu_percent:.1f}",
            f"{later.memory_mb:.0f}",
            f"{later.cpu_percent:.1f}",
        )
    table.add_row(
        "all",
        "",
        f"{idle.total_memory_mb:.0f}",
        f"{idle.total_cpu_percent:.1f}",
        f"{after.total_memory_mb:.0f}",
        f"{after.total_cpu_percent:.1f}",
    )
    return table


def _aims(results: Results) -> Table:
    table = _table("Aims", ("what", "aim", "found", ""))
    for aim in results.aims:
        table.add_row(aim.what, aim.aim, aim.found, "[green]holds[/]" if aim.holds else "[red]missed[/]")
    return table
