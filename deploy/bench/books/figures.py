"""Everything that is measured of the ledger, and the aims of it."""

from pydantic import BaseModel

from deploy.bench.aim import Aim
from deploy.bench.books.ground import prepare
from deploy.bench.books.issuing import IssuingFigures, measure_issuing
from deploy.bench.books.life import BookFigures, measure_book
from deploy.bench.books.posting import PostingFigures, measure_posting
from deploy.bench.books.scale import BookScale
from deploy.bench.measure import Ratio
from deploy.bench.servers import Rounds, Servers
from deploy.local.child import Progress
from shared.database.provision import Provisioned


class LedgerFigures(BaseModel):
    """The ledger beside bare inserts, an invoice run with its papers, and a book of many years."""

    posting: PostingFigures
    issuing: IssuingFigures
    book: BookFigures

    def aims(self) -> list[Aim]:
        """Set what was found beside the aims."""
        return [*_posting(self.posting), *_issuing(self.issuing), *_book(self.book)]


async def measure_ledger(servers: Servers, scale: BookScale, progress: Progress) -> LedgerFigures:
    """Measure it part by part, each in a database of its own."""

    async def ground(database: Provisioned) -> None:
        await prepare(database, scale.enterprises)

    async with Rounds.prepared(servers, "ledger", ground) as rounds:
        posting = await measure_posting(rounds, scale, progress)
        book = await measure_book(rounds, scale, progress)
    return LedgerFigures(posting=posting, issuing=await measure_issuing(servers, scale, progress), book=book)


def _posting(found: PostingFigures) -> list[Aim]:
    cost = 1 - found.sealed_of_cold.median
    return [
        Aim(
            what=f"posting with every guard, of bare inserts, {found.clients} clients",
            aim="at least 55 %",
            found=f"{found.of_bare.median:.0%} ({_span(found.of_bare)})",
            holds=found.of_bare.median >= 0.55,
        ),
        Aim(
            what="posting on one hot account, of the rate on cold ones",
            aim="at least 90 %",
            found=f"{found.hot_of_cold.median:.0%} ({_span(found.hot_of_cold)})",
            holds=found.hot_of_cold.median >= 0.9,
        ),
        Aim(
            what="what sealing each second costs of the posting rate",
            aim="under 5 %",
            found=f"{cost:.1%} (rates {_span(found.sealed_of_cold)} of those without)",
            holds=cost < 0.05,
        ),
    ]


def _span(ratio: Ratio) -> str:
    return f"{min(ratio.rounds):.0%} to {max(ratio.rounds):.0%}"


def _issuing(found: IssuingFigures) -> list[Aim]:
    rate = found.printed_per_core
    return [
        Aim(
            what=f"{found.invoices:,} invoices with numbers and postings in one run",
            aim="at least 1,000/s",
            found=f"{found.issued.median:,.0f}/s",
            holds=found.issued.median >= 1_000,
        ),
        Aim(
            what="their PDFs, a core",
            aim="at least 50/s",
            found=f"{rate.median:,.0f}/s, {found.facturx:,} of {found.papers:,} with the e-invoice in",
            holds=rate.median >= 50,
        ),
    ]


def _book(found: BookFigures) -> list[Aim]:
    kept, added = found.trial_balance_ms, found.trial_balance_from_postings_ms
    return [
        Aim(
            what=f"balance of an account with {found.on_busiest_account:,} postings",
            aim="under 5 ms",
            found=f"{found.balance_ms:.1f} ms, from the postings alone {found.balance_from_postings_ms:.0f} ms",
            holds=found.balance_ms < 5,
        ),
        Aim(
            what="the same as of another day",
            aim="under 10 ms",
            found=f"{found.balance_on_a_day_ms:.1f} ms, slowest day {found.slowest_day_ms:.1f} ms",
            holds=found.slowest_day_ms < 10,
        ),
        Aim(
            what=f"trial balance of {found.postings:,} postings",
            aim="under 1 s",
            found=f"{kept:.0f} ms, from the postings alone {added:.0f} ms",
            holds=max(kept, added) < 1_000,
        ),
        Aim(
            what=f"all {len(found.checks_seconds)} ledger checks over {found.entries:,} entries",
            aim="under 30 s",
            found=f"{found.all_checks_seconds:.1f} s, the slowest {_slowest(found.checks_seconds)}",
            holds=found.all_checks_seconds < 30,
        ),
    ]


def _slowest(checks: dict[str, float]) -> str:
    name = max(checks, key=lambda each: checks[each])
    return f"{name} {checks[name]:.1f} s"
