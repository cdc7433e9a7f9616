"""Claims on a subsidy as pages, with the list of what proves them."""

from typing import Final

from services.billing.domain.document import Claim, Claimed, Evidence, EvidenceKind
from services.billing.paper.page import Column, Listing, Page, Sum, Writer
from services.billing.paper.payments import payment_box
from services.billing.paper.words import mark

_KINDS: Final = {
    EvidenceKind.ATTENDANCE: mark("Attendance"),
    EvidenceKind.VISIT: mark("Visit"),
    EvidenceKind.ASSESSMENT: mark("Assessment"),
    EvidenceKind.COMPLETION: mark("Completion"),
    EvidenceKind.COST: mark("Cost"),
    EvidenceKind.OTHER: mark("Other"),
}


def claim_page(claim: Claim, writer: Writer) -> Page:
    """Return the page of a claim."""
    say, show = writer.say, writer.show
    facts = [
        (say("Number"), claim.number),
        (say("Date"), show.long_day(claim.issued_on)),
        (say("Agreement"), claim.agreement),
    ]
    if claim.period is not None:
        facts.append((say("Period"), show.span(claim.period)))
    tables = [_items(claim, writer)]
    if claim.evidence:
        tables.append(_evidence(claim, writer))
    words = say("Under agreement {code} we claim your share of the invoices below.", code=claim.agreement)
    return Page(
        title=" ".join((say("Subsidy claim"), claim.number)),
        facts=tuple(facts),
        intro=(words,),
        tables=tuple(tables),
        sums=(Sum(say("Claimed"), show.money(claim.total), "strong"),),
        payment=payment_box(writer, claim.payment, claim.seller, claim.total, claim.payment_reference, claim.number),
        notes=claim.notes,
    )


def _items(claim: Claim, writer: Writer) -> Listing:
    say, show = writer.say, writer.show

    def row(line: Claimed) -> tuple[tuple[str, ...], ...]:
        share = "" if line.share_percent is None else show.percent(line.share_percent)
        return (
            (line.number, show.day(line.issued_on)),
            (line.enterprise,) if line.training is None else (line.enterprise, line.training),
            (show.amount(line.total),),
            (share,),
            (show.amount(line.claimed),),
        )

    columns = (
        Column(say("Invoice")),
        Column(say("Enterprise"), width="fill"),
        writer.column_of_money(say("Total")),
        Column(say("Share"), "end"),
        writer.column_of_money(say("Claimed")),
    )
    return Listing(columns, tuple(row(line) for line in claim.lines))


def _evidence(claim: Claim, writer: Writer) -> Listing:
    say, show = writer.say, writer.show

    def row(proof: Evidence) -> tuple[tuple[str, ...], ...]:
        amount = "" if proof.amount is None else show.amount(proof.amount)
        return (show.day(proof.on),), (say(_KINDS[proof.kind]),), (proof.text,), (proof.reference or "",), (amount,)

    columns = (
        Column(say("Date")),
        Column(say("Kind")),
        Column(say("What was recorded"), width="fill"),
        Column(say("Reference")),
        writer.column_of_money(say("Amount")),
    )
    return Listing(columns, tuple(row(proof) for proof in claim.evidence), say("Evidence"))
