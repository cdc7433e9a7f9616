"""Bank statements as banks write them, made here with invented names: camt.053 in its versions, and CSV."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

IBAN = "DE02120300000000202051"
"""A valid IBAN that many manuals print."""


@dataclass(frozen=True)
class Tx:
    """One transaction inside an entry."""

    amount: str | None = None
    side: str | None = None
    reference: str = ""
    structured: str = ""
    end_to_end: str = ""
    bank_reference: str = ""
    party: str = ""
    party_account: str = ""
    currency: str = "BOB"


@dataclass(frozen=True)
class Booking:
    """One entry: `amount` positive for money in."""

    amount: str
    on: date
    txs: Sequence[Tx] = ()
    state: str = "BOOK"
    bank_reference: str = ""
    additional: str = ""
    is_reversal: bool = False
    currency: str = "BOB"
    by_moment: bool = False


@dataclass(frozen=True)
class Stmt:
    """One statement."""

    opening: str
    closing: str
    bookings: Sequence[Booking]
    from_on: date
    to_on: date
    iban: str = IBAN
    number: str = ""
    currency: str = "BOB"
    identifier: str = "S-1"
    opening_code: str = "OPBD"
    extra: Sequence[str] = field(default_factory=tuple)


def _amount(text: str, currency: str) -> str:
    return f'<Amt Ccy="{currency}">{text.lstrip("-")}</Amt>'


def _side(text: str) -> str:
    return f"<CdtDbtInd>{'DBIT' if text.startswith('-') else 'CRDT'}</CdtDbtInd>"


def _balance(code: str, amount: str, currency: str, on: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(amount, currency)}{_side(amount)}"
        f"<Dt><Dt>{on}</Dt></Dt></Bal>"
    )


def _tx(tx: Tx, entry: Booking, *, wrapped: bool) -> str:
    parts = []
    refs = ""
    if tx.bank_reference:
        refs += f"<AcctSvcrRef>{tx.bank_reference}</AcctSvcrRef>"
    if tx.end_to_end:
        refs += f"<EndToEndId>{tx.end_to_end}</EndToEndId>"
    parts.append(f"<Refs>{refs}</Refs>" if refs else "")
    if tx.amount is not None:
        parts.append(_amount(tx.amount, tx.currency))
        parts.append(f"<CdtDbtInd>{tx.side}</CdtDbtInd>" if tx.side else "")
    who = "Cdtr" if entry.amount.startswith("-") else "Dbtr"
    if tx.party or tx.party_account:
        name = f"<Nm>{escape(tx.party)}</Nm>"
        name = f"<Pty>{name}</Pty>" if wrapped else name
        account = f"<{who}Acct><Id><IBAN>{tx.party_account}</IBAN></Id></{who}Acct>" if tx.party_account else ""
        parts.append(f"<RltdPties><{who}>{name}</{who}>{account}</RltdPties>")
    if tx.reference or tx.structured:
        free = f"<Ustrd>{escape(tx.reference)}</Ustrd>" if tx.reference else ""
        fixed = f"<Strd><CdtrRefInf><Ref>{tx.structured}</Ref></CdtrRefInf></Strd>" if tx.structured else ""
        parts.append(f"<RmtInf>{free}{fixed}</RmtInf>")
    return f"<TxDtls>{''.join(parts)}</TxDtls>"


def _entry(entry: Booking, version: int) -> str:
    state = f"<Sts><Cd>{entry.state}</Cd></Sts>" if version >= 8 else f"<Sts>{entry.state}</Sts>"
    day = f"<DtTm>{entry.on}T23:30:00-04:00</DtTm>" if entry.by_moment else f"<Dt>{entry.on}</Dt>"
    own = f"<AcctSvcrRef>{entry.bank_reference}</AcctSvcrRef>" if entry.bank_reference else ""
    details = "".join(_tx(tx, entry, wrapped=version >= 8) for tx in entry.txs)
    additional = f"<AddtlNtryInf>{escape(entry.additional)}</AddtlNtryInf>" if entry.additional else ""
    return (
        f"<Ntry>{_amount(entry.amount, entry.currency)}{_side(entry.amount)}"
        f"{'<RvslInd>true</RvslInd>' if entry.is_reversal else ''}{state}<BookgDt>{day}</BookgDt>"
        f"<ValDt><Dt>{entry.on}</Dt></ValDt>{own}"
        f"{f'<NtryDtls>{details}</NtryDtls>' if details else ''}{additional}</Ntry>"
    )


def camt(*statements: Stmt, version: int = 8) -> bytes:
    """Return a camt.053 file."""
    written = []
    for each in statements:
        account = f"<Othr><Id>{each.number}</Id></Othr>" if each.number else f"<IBAN>{each.iban}</IBAN>"
        written.append(
            f"<Stmt><Id>{each.identifier}</Id><CreDtTm>{each.to_on}T20:00:00</CreDtTm>"
            f"<FrToDt><FrDtTm>{each.from_on}T00:00:00</FrDtTm><ToDtTm>{each.to_on}T23:59:59</ToDtTm></FrToDt>"
            f"<Acct><Id>{account}</Id><Ccy>{each.currency}</Ccy></Acct>"
            f"{_balance(each.opening_code, each.opening, each.currency, each.from_on)}"
            f"{_balance('CLBD', each.closing, each.currency, each.to_on)}"
            f"{''.join(_entry(entry, version) for entry in each.bookings)}{''.join(each.extra)}</Stmt>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version:02d}"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2016-01-05T06:00:00</CreDtTm></GrpHdr>"
        f"{''.join(written)}</BkToCstmrStmt></Document>"
    ).encode()


def of(opening: str, bookings: Sequence[Booking], from_on: date, to_on: date, **more: str) -> Stmt:
    """Return a statement whose closing balance is right."""
    counted = (Decimal(entry.amount) for entry in bookings if entry.state == "BOOK")
    closing = Decimal(opening) + sum(counted, Decimal(0))
    return Stmt(opening, f"{closing:.2f}", bookings, from_on, to_on, **more)


def spanish_csv(rows: Sequence[Sequence[str]], *, preamble: int = 3) -> bytes:
    """Return a CSV as the shipped profile `semicolon-debit-credit` reads it: a preamble, cp1252, decimal comma."""
    heading = ["Fecha", "Nro. Transacción", "Glosa", "Originante", "Débito", "Crédito", "Saldo"]
    lines = [f"Extracto línea {number}" for number in range(preamble)]
    lines += [";".join(row) for row in [heading, *rows]]
    return "\r\n".join(lines).encode("cp1252")


def english_csv(rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> bytes:
    """Return a CSV as the shipped profile `comma-signed` reads it."""
    heading = ["Date", "Value date", "Amount", "Currency", "Counterparty", "Counterparty account", "Reference"]
    return "\n".join(",".join(row) for row in [heading, *rows]).encode(encoding)
