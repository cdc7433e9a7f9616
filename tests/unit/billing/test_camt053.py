"""camt.053 in all its versions and with the habits of banks; what is refused, and by which rule."""

from dataclasses import replace
from datetime import date

import pytest

from services.billing.bank.camt053 import read_camt053
from services.billing.bank.model import Line, Statement, StatementRefused
from shared.money import Money
from tests.support.statements import IBAN, Booking, Stmt, Tx, camt, of

D1, D2 = date(2016, 1, 4), date(2016, 1, 5)
PAID = Booking(
    "700.00", D1, [Tx(reference="INV-2016-00001", end_to_end="E2E-1", party="Panadería Illimani SRL",
                      party_account="DE75512108001245126199", bank_reference="R-1")],
)  # fmt: skip


def read(*statements: Stmt, version: int = 8) -> tuple[Statement, ...]:
    return read_camt053(camt(*statements, version=version))


def lines(*bookings: Booking, version: int = 8) -> tuple[Line, ...]:
    return read(of("0.00", bookings, D1, D2), version=version)[0].lines


@pytest.mark.parametrize("version", range(2, 14))
def test_every_version_from_02_to_13_says_the_same(version: int) -> None:
    [statement] = read(of("100.00", [PAID, Booking("-12.50", D2)], D1, D2), version=version)
    assert (statement.account, statement.currency) == (IBAN, "BOB")
    assert (statement.opening, statement.closing) == (Money(10_000, "BOB"), Money(78_750, "BOB"))
    assert (statement.from_on, statement.to_on) == (D1, D2)
    paid, charged = statement.lines
    assert paid == Line(
        row=1,
        booked_on=D1,
        value_on=D1,
        amount=Money(70_000, "BOB"),
        bank_reference="R-1",
        end_to_end="E2E-1",
        reference="INV-2016-00001",
        party_name="Panadería Illimani SRL",
        party_account="DE75512108001245126199",
        text="INV-2016-00001",
    )
    assert (charged.amount, charged.row) == (Money(-1_250, "BOB"), 2)


@pytest.mark.parametrize("version", [1, 14, 99])
def test_other_versions_are_refused(version: int) -> None:
    with pytest.raises(StatementRefused) as refused:
        read(of("0.00", [], D1, D2), version=version)
    assert refused.value.rule == "camt-version"


def test_several_statements_of_one_file_are_several() -> None:
    one, two = read(of("0.00", [PAID], D1, D1), of("5.00", [], D2, D2, number="1000-2345 678", identifier="S-2"))
    assert (one.account, two.account) == (IBAN, "10002345678")
    assert [len(each.lines) for each in (one, two)] == [1, 0]


def test_transactions_of_a_batch_are_lines_of_their_own_when_they_make_its_amount() -> None:
    batch = Booking("30.00", D1, [Tx("10.00", reference="A"), Tx("20.00", reference="B")], bank_reference="R-9")
    first, second = lines(batch)
    assert [(each.amount.minor, each.reference, each.bank_reference) for each in (first, second)] == [
        (1_000, "A", "R-9"),
        (2_000, "B", "R-9"),
    ]


@pytest.mark.parametrize(
    "txs",
    [
        [Tx("10.00"), Tx("19.00")],  # charges taken off: the parts do not make the whole
        [Tx("10.00"), Tx(None)],  # one part without an amount
        [Tx("10.00"), Tx("20.00", currency="USD")],  # told in another currency
    ],
)
def test_a_batch_whose_parts_do_not_make_it_is_one_line(txs: list[Tx]) -> None:
    [line] = lines(Booking("30.00", D1, txs))
    assert line.amount == Money(3_000, "BOB")


def test_a_part_that_goes_the_other_way_has_its_own_side() -> None:
    batch = Booking("8.00", D1, [Tx("10.00", side="CRDT"), Tx("2.00", side="DBIT")])
    assert [line.amount.minor for line in lines(batch)] == [1_000, -200]


def test_text_at_entry_level_is_the_reference_where_the_transaction_has_none() -> None:
    [line] = lines(Booking("5.00", D1, additional="Received money from Illimani with reference INV-2016-00007"))
    assert "INV-2016-00007" in line.reference


def test_structured_references_come_before_free_text() -> None:
    [line] = lines(Booking("5.00", D1, [Tx(reference="gracias", structured="RF18539007547034")]))
    assert line.reference == "RF18539007547034 gracias"


def test_pending_entries_are_reported_and_no_lines() -> None:
    [statement] = read(of("0.00", [PAID, Booking("3.00", D2, state="PDNG"), Booking("4.00", D2, state="INFO")], D1, D2))
    assert len(statement.lines) == 1
    assert [(each.row, each.why) for each in statement.skipped] == [(2, "pdng"), (3, "info")]


def test_a_reversal_goes_the_way_that_its_side_says() -> None:
    [line] = lines(Booking("-700.00", D1, is_reversal=True))
    assert (line.amount.minor, line.is_reversal) == (-70_000, True)


def test_words_for_no_reference_are_no_reference() -> None:
    [line] = lines(Booking("5.00", D1, [Tx(end_to_end="NOTPROVIDED", bank_reference="NONREF")]))
    assert (line.end_to_end, line.bank_reference) == ("", "")


def test_a_moment_is_the_day_that_the_bank_wrote() -> None:
    [line] = lines(Booking("5.00", D1, by_moment=True))
    assert line.booked_on == D1


def test_a_previous_closing_balance_opens_a_statement() -> None:
    [statement] = read(replace(of("7.00", [], D1, D2), opening_code="PRCD"))
    assert statement.opening == Money(700, "BOB")


@pytest.mark.parametrize(
    ("booking", "rule"),
    [
        (Booking("10.005", D1), "over-precise-amount"),
        (Booking("1e3", D1), "malformed-amount"),
        (Booking("", D1), "malformed-amount"),
        (Booking("9" * 20, D1), "amount-too-large"),
        (replace(PAID, txs=[Tx("1.00"), Tx("1,00")]), "malformed-amount"),
    ],
)
def test_an_amount_that_is_none_is_reported_with_its_row_and_the_others_are_read(booking: Booking, rule: str) -> None:
    [statement] = read(Stmt("0.00", "0.00", [PAID, booking, PAID], D1, D2))
    assert [(each.row, each.rule) for each in statement.problems] == [(2, rule)]
    assert [line.row for line in statement.lines] == [1, 3]


def test_amounts_without_leading_zero_or_with_fewer_decimals_are_amounts() -> None:
    assert [line.amount.minor for line in lines(Booking("7", D1), Booking(".50", D1), Booking("007.5", D1))] == [
        700, 50, 750,
    ]  # fmt: skip


XXE = '<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (camt(of("0.00", [PAID], D1, D2)).replace(b"<Document", XXE.encode() + b"<Document", 1), "no-entities"),
        (camt(of("0.00", [PAID], D1, D2)).replace(b"<Document", LAUGHS.encode() + b"<Document", 1), "no-entities"),
        (f'<?xml version="1.0" encoding="UTF-16"?>{XXE}<Document/>'.encode("utf-16"), "no-entities"),
        (b"<Document>&undeclared;</Document>", "well-formed-xml"),
        (bytes(range(256)) * 40, "well-formed-xml"),
        (b"", "well-formed-xml"),
        (b"<Document><a></Document>", "well-formed-xml"),
        (b"<html/>", "camt-version"),
        (camt(), "has-statement"),
        (camt(of("0.00", [PAID], D1, D2)).replace(b"CLBD", b"ITBD"), "balances"),
        (camt(of("0.00", [PAID], D1, D2)).replace(b"<Cd>OPBD", b"<Cd>OPAV"), "balances"),
        (camt(of("0.00", [PAID], D1, D2, iban="")), "known-account"),
        (camt(of("0.00", [replace(PAID, currency="USD")], D1, D2)), "one-currency"),
        (camt(of("0.00", [PAID], D1, D2)).replace(b"<Ccy>BOB", b"<Ccy>USD"), "one-currency"),
        (camt(Stmt("0.000", "0.00", [], D1, D2)), "over-precise-amount"),
        (camt(of("0.00", [], D1, D2)).replace(b"T00:00:00", b"T99:00:00"), "dated"),
        (camt(of("0.00", [Booking("0.01", D1)] * 10_001, D1, D2)), "too-many-lines"),
    ],
)
def test_a_file_is_refused_as_a_whole_by_a_rule(content: bytes, rule: str) -> None:
    with pytest.raises(StatementRefused) as refused:
        read_camt053(content)
    assert refused.value.rule == rule
