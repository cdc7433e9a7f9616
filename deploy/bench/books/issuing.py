"""An invoice run as finance starts it, and the paper of what it issued."""

import asyncio
import os
import time
from dataclasses import dataclass
from datetime import date
from typing import Final

from pydantic import BaseModel
from sqlalchemy import select

from deploy.bench.books.ground import ACTOR, BOOK, FIRST_DAY, PROGRAMME, Office, as_owner, prepare, vacuum
from deploy.bench.books.scale import BookScale
from deploy.bench.measure import Measured, Rate
from deploy.bench.servers import Rounds, Servers
from deploy.local.child import Progress
from deploy.local.errors import LocalError
from services.billing.commands.drafting import draft_for, enrolled_of, hold_partner
from services.billing.commands.prices import add_price
from services.billing.commands.profiles import set_book_profile
from services.billing.commands.runs import issue_invoices
from services.billing.domain.document import thaw
from services.billing.paper.editions import print_run, printed
from services.billing.schemas.invoices import IssueInvoices
from services.billing.schemas.prices import AddPrice
from services.billing.schemas.profiles import SetBookProfile
from services.billing.tables import enrollment
from shared.database.provision import Provisioned
from shared.money import Money

_ISSUED_ON: Final = date(2016, 3, 1)
_PER_TRAINING: Final = 5
_FIRST: Final = 125
_AT_ONCE: Final = 2_000
_TRAININGS: Final = f"""
INSERT INTO training (id, programme, partner_id, module, region, delivery, starts_on, ends_on)
SELECT ledger.uuid7(), 'bench', '{BOOK}', 'WPC', 'LP', 'direct', '2016-02-01', '2016-02-02'
FROM generate_series(1, $1::integer)
"""  # noqa: S608 - ours
_ENROLLMENTS: Final = f"""
WITH firm AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS many FROM enterprise),
     held AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM training)
INSERT INTO enrollment (id, programme, partner_id, enterprise_id, training_id, module, region, delivery, size_class,
                        enrolled_on)
SELECT ledger.uuid7(), 'bench', '{BOOK}', firm.id, held.id, 'WPC', 'LP', 'direct', 'medium', '2016-01-04'
FROM generate_series(0, $1::integer - 1) AS n
JOIN firm ON firm.place = n % firm.many JOIN held ON held.place = n / {_PER_TRAINING}
"""  # noqa: S608 - ours
_PROFILES: Final = """
INSERT INTO enterprise_profile (enterprise_id, partner_id, programme, address, city, country)
SELECT id, partner_id, programme, ARRAY['Calle ' || tax_id], 'La Paz', 'BO' FROM enterprise
"""
_EFFECT: Final = """
SELECT (SELECT count(*) FROM invoice WHERE number IS NOT NULL) AS numbers,
       (SELECT count(*) FROM ledger.entry WHERE kind = 'invoice') AS entries,
       (SELECT count(*) FROM outbox WHERE event_type LIKE 'billing.invoice-issued.%') AS events
"""


class IssuingFigures(BaseModel):
    """Invoices a second in one run of `invoices`, and PDFs a second and core of `papers` of them.

    `facturx` says how many of the papers have the e-invoice inside. `first_paper_ms`: by itself, in a process that has
    loaded everything.
    """

    invoices: int
    issued: Rate
    papers: int
    facturx: int
    cores: int
    printed_per_core: Rate
    first_paper_ms: float


class NotIssued(LocalError):
    """A run left something else than one number, entry and event for each invoice."""

    def __init__(self, found: object, wanted: int) -> None:
        super().__init__(f"the measurement is void: the run left {found} instead of {wanted} of each")


@dataclass(frozen=True, slots=True)
class _Run:
    """One finished run: how long it took, and the frozen documents."""

    measured: Measured
    documents: list[str]
    whole: int


async def measure_issuing(servers: Servers, scale: BookScale, progress: Progress) -> IssuingFigures:
    """Draft once, then issue and print from copies of the same database."""
    issued: list[Measured] = []
    papers: list[Measured] = []
    cores = os.cpu_count() or 1
    first = 0.0

    async def drafted(database: Provisioned) -> None:
        progress(f"drafting {scale.invoices:,} invoices ...")
        await _draft(database, scale)

    async with Rounds.prepared(servers, "issuing", drafted) as rounds:
        for number in range(1, scale.rounds + 1):
            async with rounds.fresh() as database:
                run = await _issue(database, scale.invoices)
            issued.append(run.measured)
            chosen = run.documents[: scale.papers]
            await asyncio.to_thread(lambda text: printed(thaw(text)), chosen[0])
            begun = time.perf_counter()
            await asyncio.to_thread(lambda text: printed(thaw(text)), chosen[0])
            first = 1000 * (time.perf_counter() - begun)
            papers.append(await asyncio.to_thread(_print, chosen, cores))
            progress(
                f"invoice round {number}/{scale.rounds}: {run.measured.events / run.measured.seconds:,.0f} issued/s, "
                f"{papers[-1].events / papers[-1].seconds:,.0f} PDFs/s and core"
            )
    return IssuingFigures(
        invoices=scale.invoices,
        issued=Rate.of(issued),
        papers=scale.papers,
        facturx=min(run.whole, scale.papers),
        cores=cores,
        printed_per_core=Rate.of(papers),
        first_paper_ms=round(first, 1),
    )


async def _draft(database: Provisioned, scale: BookScale) -> None:
    await prepare(database, scale.enterprises)
    async with as_owner(database) as connection:
        await connection.execute(_TRAININGS, -(-scale.invoices // _PER_TRAINING))
        await connection.execute(_PROFILES)
    profile = SetBookProfile(
        legal_name="Chamber of Industry (bench)",
        address=("Avenida Central 1",),
        city="La Paz",
        country="BO",
        tax_id="1020304050",
        bank_name="Banco (bench)",
        bank_account="1000-2000",
    )
    price = AddPrice(partner_id=BOOK, module="WPC", valid_from=FIRST_DAY, price=Money(120_000, "BOB"))
    async with Office.open(database) as office:
        async with office.transactions.begin(ACTOR) as tx:
            await set_book_profile(tx, PROGRAMME, BOOK, profile)
        async with office.transactions.begin(ACTOR) as tx:
            await add_price(tx, PROGRAMME, price)
    async with as_owner(database) as connection:
        await connection.execute(_ENROLLMENTS, scale.invoices)
    done, part = 0, _FIRST
    while done < scale.invoices:
        # Parts that begin small, each with statistics and sessions of its own: see ground.fill.
        await vacuum(database)
        part = min(2 * part, _AT_ONCE, scale.invoices - done)
        async with Office.open(database) as office, office.transactions.begin(ACTOR) as tx:
            await hold_partner(tx, BOOK)
            waiting = select(enrollment).order_by(enrollment.c.id).offset(done).limit(part)
            for row in (await tx.connection.execute(waiting)).all():
                if len(await draft_for(tx, enrolled_of(row))) != 1:
                    raise NotIssued("no draft", 1)
        done += part
    await vacuum(database)


async def _issue(database: Provisioned, invoices: int) -> _Run:
    command = IssueInvoices(partner_id=BOOK, enrolled_until=_ISSUED_ON, issued_on=_ISSUED_ON)
    measured = Measured()
    async with Office.open(database) as office:
        measured.start()
        async with office.transactions.begin(ACTOR) as tx:
            run = await issue_invoices(tx, PROGRAMME, command)
        measured.stop(run.issued)
    async with as_owner(database) as connection:
        effect = dict(await connection.fetchrow(_EFFECT))
        rows = await connection.fetch("SELECT body, missing FROM frozen_document ORDER BY id")
    if set(effect.values()) != {invoices} or run.issued != invoices:
        raise NotIssued(effect, invoices)
    return _Run(measured, [row["body"] for row in rows], sum(not row["missing"] for row in rows))


def _print(documents: list[str], cores: int) -> Measured:
    # Starting the processes is part of a run; what it costs shows in a short one.
    measured = Measured()
    measured.start()
    made = sum(1 for pdf in print_run(documents, cores) if pdf.startswith(b"%PDF"))
    measured.stop(made)
    if made != len(documents):
        raise NotIssued(f"{made} PDFs", len(documents))
    measured.seconds *= cores
    return measured
