"""camt.053, the bank-to-customer statement of ISO 20022, versions 001.02 to 001.13.

The versions differ in a few places only, all of which are read: the state of an entry is text up to 07 and a code from
08 on; parties are wrapped in `Pty` from 08 on; balances may carry a moment instead of a day.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from services.billing.bank.amounts import xml_amount
from services.billing.bank.model import (
    MOST_LINES,
    Line,
    Problem,
    RowRefused,
    Skipped,
    Statement,
    StatementRefused,
    account_number,
    shorten,
)
from services.billing.bank.safe_xml import read_xml
from shared.money import Money

_NAMESPACE: Final = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(0[2-9]|1[0-3])")
_NO_REFERENCE: Final = frozenset({"", "NOTPROVIDED", "NONREF", "NOTAVAILABLE", "NOREF", "NA"})
_REFERENCE: Final = 140
_NAME: Final = 140
_TEXT: Final = 500

Element = Any
"""An lxml element; the library has no types."""


def read_camt053(content: bytes) -> tuple[Statement, ...]:
    """Return the statements of a file, one per `Stmt`; raises StatementRefused for the file as a whole."""
    root = read_xml(content)
    namespace = str(root.tag).partition("}")[0].removeprefix("{")
    if not _NAMESPACE.fullmatch(namespace):
        raise StatementRefused("camt-version", f"{namespace[:80] or 'the file'} is not camt.053.001.02 to .13")
    # Names are compared without the namespace, which has been checked.
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]
    found = root.findall("BkToCstmrStmt/Stmt")
    if not found:
        raise StatementRefused("has-statement", "the file has no statement")
    if len(root.findall(".//TxDtls")) + len(root.findall(".//Ntry")) > 2 * MOST_LINES:
        raise StatementRefused("too-many-lines", f"a file has at most {MOST_LINES} lines")
    rows = iter(range(1, 10**9))
    return tuple(_read(each, f"Stmt.{number}", rows) for number, each in enumerate(found, start=1))


def _read(stmt: Element, where: str, rows: Iterator[int]) -> Statement:
    try:
        return _statement(stmt, where, rows)
    except RowRefused as refused:
        # What is wrong outside any entry is wrong with the statement.
        raise StatementRefused(refused.rule, refused.sentence, where) from None


def _statement(stmt: Element, where: str, rows: Iterator[int]) -> Statement:
    account = account_number(_text(stmt, "Acct/Id/IBAN") or _text(stmt, "Acct/Id/Othr/Id"))
    if not account:
        raise StatementRefused("known-account", "the statement does not name its account", where)
    balances = _balances(stmt, where)
    opening = balances.get("OPBD") or balances.get("PRCD")
    closing = balances.get("CLBD")
    if opening is None or closing is None:
        missing = "opening (OPBD or PRCD)" if opening is None else "closing (CLBD)"
        raise StatementRefused("balances", f"the statement has no {missing} balance", where)
    currency = _text(stmt, "Acct/Ccy") or closing[0].currency
    if {currency, opening[0].currency, closing[0].currency} != {currency}:
        raise StatementRefused("one-currency", "account and balances are in different currencies", where)
    lines: list[Line] = []
    problems: list[Problem] = []
    skipped: list[Skipped] = []
    for entry in stmt.findall("Ntry"):
        row = next(rows)
        state = _text(entry, "Sts/Cd") or _text(entry, "Sts") or "BOOK"
        if state != "BOOK":
            skipped.append(Skipped(row, state.lower()[:20], _text(entry, "Amt")[:40]))
            continue
        _require_currency(entry, currency, f"{where}.Ntry.{row}")
        try:
            read = list(_lines(entry, row, currency))
        except RowRefused as refused:
            problems.append(Problem(row, refused.field, refused.rule, refused.sentence))
            continue
        lines += [line for line in read if line.amount]
        skipped += [Skipped(row, "zero") for line in read if not line.amount]
    if len(lines) > MOST_LINES:
        raise StatementRefused("too-many-lines", f"a file has at most {MOST_LINES} lines", where)
    return Statement(
        identifier=shorten(_text(stmt, "Id"), 70),
        account=account,
        currency=currency,
        opening=opening[0],
        closing=closing[0],
        from_on=_optional_day(stmt, "FrToDt/FrDtTm") or _optional_day(stmt, "FrToDt/FrDt") or opening[1],
        # The closing balance has a day; some banks let the span end at the midnight after it.
        to_on=closing[1] or _optional_day(stmt, "FrToDt/ToDtTm") or _optional_day(stmt, "FrToDt/ToDt"),
        lines=tuple(lines),
        problems=tuple(problems),
        skipped=tuple(skipped),
    )


def _balances(stmt: Element, where: str) -> dict[str, tuple[Money, date | None]]:
    """Return amount and day by code; of several the first OPBD and the last CLBD hold (paged statements)."""
    found: dict[str, tuple[Money, date | None]] = {}
    for balance in stmt.findall("Bal"):
        code = _text(balance, "Tp/CdOrPrtry/Cd")
        if code not in ("OPBD", "PRCD", "CLBD") or (code != "CLBD" and code in found):
            continue
        try:
            amount = _amount(balance.find("Amt"), "Bal")
            day = _optional_day(balance, "Dt/Dt") or _optional_day(balance, "Dt/DtTm")
            found[code] = (_signed(amount, _text(balance, "CdtDbtInd")), day)
        except RowRefused as refused:
            raise StatementRefused(refused.rule, f"balance {code}: {refused.sentence}", where) from None
    return found


def _require_currency(entry: Element, currency: str, where: str) -> None:
    amount = entry.find("Amt")
    given = currency if amount is None else str(amount.get("Ccy", ""))
    if given != currency:
        raise StatementRefused("one-currency", f"an entry is in {given[:10]}, the account in {currency}", where)


def _lines(entry: Element, row: int, currency: str) -> Iterator[Line]:
    whole = _signed(_amount(entry.find("Amt"), "Amt"), _text(entry, "CdtDbtInd"))
    booked_on = _optional_day(entry, "BookgDt/Dt") or _optional_day(entry, "BookgDt/DtTm")
    value_on = _optional_day(entry, "ValDt/Dt") or _optional_day(entry, "ValDt/DtTm")
    day = booked_on or value_on
    if day is None:
        raise RowRefused("BookgDt", "dated", "the entry has no day")
    details = entry.findall("NtryDtls/TxDtls")
    parts = [_detail_amount(detail, whole, currency) for detail in details]
    if len(parts) < 2 or None in parts or sum(part.minor for part in parts if part is not None) != whole.minor:
        # One transaction, or a batch whose parts are not told in this currency: the entry is the line.
        parts, details = [whole], [details[0] if len(details) == 1 else None]
    for part, detail in zip(parts, details, strict=True):
        if part is not None:
            yield _line(entry, detail, row, part, day, value_on)


def _detail_amount(detail: Element, whole: Money, currency: str) -> Money | None:
    amount = detail.find("Amt")
    if amount is None:
        amount = detail.find("AmtDtls/TxAmt/Amt")
    if amount is None or amount.get("Ccy") != currency:
        return None
    side = _text(detail, "CdtDbtInd") or ("DBIT" if whole.minor < 0 else "CRDT")
    return _signed(_amount(amount, "TxDtls.Amt"), side)


def _line(entry: Element, detail: Element | None, row: int, amount: Money, day: date, value_on: date | None) -> Line:
    def said(path: str) -> str:
        own = "" if detail is None else _text(detail, path)
        return own or _text(entry, path)

    other = "Dbtr" if amount.minor > 0 else "Cdtr"
    structured = [_text(each, "CdtrRefInf/Ref") for each in _all(detail, "RmtInf/Strd")]
    documents = [_text(each, "RfrdDocInf/Nb") for each in _all(detail, "RmtInf/Strd")]
    free = [str(each.text or "") for each in _all(detail, "RmtInf/Ustrd")]
    end_to_end = said("Refs/EndToEndId")
    # Some banks put what the payer wrote on the entry and not on the transaction.
    additional = [said("AddtlTxInf"), _text(entry, "AddtlNtryInf")]
    reference = " ".join(part for part in (*structured, *documents, *free) if part)
    return Line(
        row=row,
        booked_on=day,
        value_on=value_on,
        amount=amount,
        bank_reference=_known(said("Refs/AcctSvcrRef") or _text(entry, "AcctSvcrRef")),
        end_to_end=_known(end_to_end),
        reference=shorten(reference or next((part for part in additional if part), ""), _REFERENCE),
        party_name=shorten(_first(detail, f"RltdPties/{other}/Pty/Nm", f"RltdPties/{other}/Nm"), _NAME),
        party_account=account_number(
            _first(detail, f"RltdPties/{other}Acct/Id/IBAN", f"RltdPties/{other}Acct/Id/Othr/Id")
        )[:34],
        text=shorten(" / ".join(dict.fromkeys(part for part in (reference, *additional) if part)), _TEXT),
        is_reversal=_text(entry, "RvslInd") in ("true", "1"),
    )


def _all(detail: Element | None, path: str) -> list[Element]:
    return [] if detail is None else list(detail.findall(path))


def _first(detail: Element | None, *paths: str) -> str:
    return "" if detail is None else next((found for path in paths if (found := _text(detail, path))), "")


def _known(reference: str) -> str:
    """Return a reference, or nothing for the words with which banks say that there is none."""
    cleaned = shorten(reference, 70)
    return "" if account_number(cleaned) in _NO_REFERENCE else cleaned


def _text(element: Element, path: str) -> str:
    return str(element.findtext(path) or "").strip()


def _amount(element: Element | None, name: str) -> Money:
    if element is None:
        raise RowRefused(name, "malformed-amount", "there is no amount")
    amount = xml_amount(str(element.text or ""), str(element.get("Ccy", "")), name)
    if amount.minor < 0:
        raise RowRefused(name, "malformed-amount", "an amount has no sign; CdtDbtInd says the side")
    return amount


def _signed(amount: Money, side: str) -> Money:
    if side not in ("CRDT", "DBIT"):
        raise RowRefused("CdtDbtInd", "credit-or-debit", f"{side[:10]!r} is neither CRDT nor DBIT")
    return amount if side == "CRDT" else -amount


def _optional_day(element: Element, path: str) -> date | None:
    """Return the day of a date or moment as the bank wrote it; its own time zone's day is the business day."""
    text = _text(element, path)
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).date() if "T" in text else date.fromisoformat(text[:10])
    except ValueError:
        raise RowRefused(path.partition("/")[0], "dated", f"{text[:30]!r} is not a date") from None
