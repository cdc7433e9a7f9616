"""A frozen document comes back as it was, has one hash, and adds up."""

import hashlib
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.billing.domain.document import Bill, Kind, PayerShare, TaxCategory, Totals, fingerprint, frozen, thaw
from shared.money import Money
from tests.unit.billing.paper.samples import SELLER, bill, credit_note

Json = dict[str, Any]


@given(
    st.integers(1, 10**9),
    st.sampled_from(["BOB", "EUR", "JPY", "UGX", "TND"]),
    st.sampled_from([(TaxCategory(code), rate) for code, rate in (("S", "13"), ("E", "0"), ("O", None), ("Z", "0"))]),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=300),
)
def test_what_was_frozen_comes_back_with_the_same_hash(
    minor: int, currency: str, tax: tuple[TaxCategory, str | None], name: str
) -> None:
    made = bill(
        net=Money(minor, currency).amount,
        currency=currency,
        category=tax[0],
        rate=tax[1],
        seller=SELLER.model_copy(update={"name": name}),
    )
    text = frozen(made)
    assert thaw(text) == made
    assert frozen(thaw(json.loads(text))) == text
    assert fingerprint(made) == hashlib.sha256(text.encode()).hexdigest()


def test_the_canonical_text_has_sorted_names_no_blanks_and_no_defaults() -> None:
    text = frozen(bill())
    parsed = json.loads(text)
    assert text == json.dumps(parsed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert "shares" not in parsed
    assert "notes" not in parsed
    assert parsed["totals"]["gross"] == {"amount": "1130.00", "currency": "BOB"}
    assert parsed["lines"][0]["quantity"] == "1"


def test_one_quantity_written_in_two_ways_has_one_hash() -> None:
    made = bill()
    plain = json.loads(frozen(made))
    plain["lines"][0]["quantity"] = "1.000"
    assert fingerprint(thaw(plain)) == fingerprint(made)


def test_the_hash_of_a_document_never_changes() -> None:
    assert fingerprint(bill()) == "a562c3a3b0f5d52342deb937f726d4c4d458671dafbc649a34e05a98a607f527"


def _set(path: str, value: object) -> Callable[[Json], None]:
    def change(plain: Json) -> None:
        *way, last = path.split(".")
        at: Any = plain
        for step in way:
            at = at[int(step)] if step.isdigit() else at[step]
        at[int(last) if last.isdigit() else last] = value

    return change


def bob(amount: str) -> Json:
    return {"amount": amount, "currency": "BOB"}


def _tax_off(plain: Json) -> None:
    # Consistent with itself, so that only the rate gives it away.
    for path, amount in (("taxes.0", "140"), ("totals", "140")):
        _set(f"{path}.tax", bob(f"{amount}.00"))(plain)
    _set("totals.gross", bob("1140.00"))(plain)
    _set("totals.payable", bob("1140.00"))(plain)


WRONG: list[tuple[str, Callable[[Json], None]]] = [
    ("BR-CO-10", _set("totals.lines", bob("999.00"))),
    ("BR-CO-11", _set("totals.allowances", bob("1.00"))),
    ("BR-CO-13", _set("totals.net", bob("1.00"))),
    ("BR-CO-14", _set("totals.tax", bob("1.00"))),
    ("BR-CO-15", _set("totals.gross", bob("1.00"))),
    ("BR-CO-16", _set("totals.payable", bob("1.00"))),
    ("shares-sum", _set("totals.other_payers", bob("1.00"))),
    ("BR-S-08", _set("taxes.0.base", bob("999.00"))),
    ("BR-CO-17", _tax_off),
    ("BR-S-05", _set("lines.0.rate", "0")),
    ("BR-O-05", _set("lines.0.tax_category", "O")),
    ("line-amount", _set("lines.0.net_price", bob("998.00"))),
    ("one-currency", _set("totals.tax", {"amount": "130.00", "currency": "USD"})),
    ("BR-55", _set("kind", "credit-note")),
    ("BR-29", _set("supply.ends_on", "2016-04-03")),
    ("date-order", _set("due_on", "2016-04-03")),
    ("one-account", _set("payment.iban", "DE89370400440532013000")),
    ("over-precise-amount", _set("totals.tax", bob("130.001"))),
    ("extra_forbidden", _set("sellr", {})),
    ("string_pattern_mismatch", _set("seller.country", "Bolivia")),
]


@pytest.mark.parametrize(("rule", "change"), WRONG, ids=[rule for rule, _ in WRONG])
def test_a_document_that_does_not_add_up_is_refused_by_the_name_of_the_rule(
    rule: str, change: Callable[[Json], None]
) -> None:
    plain = json.loads(frozen(bill()))
    change(plain)
    with pytest.raises(ValidationError) as refused:
        thaw(plain)
    assert rule in {error["type"] for error in refused.value.errors()}


def test_a_funder_pays_a_part_of_the_whole_and_the_tax_stays() -> None:
    made = bill(shares=(("Ministry (demo)", "282.50"),))
    assert made.totals.gross == Money.parse("1130.00", "BOB")
    assert made.totals.payable == Money.parse("847.50", "BOB")
    assert made.taxes[0].base == Money.parse("1000.00", "BOB")


def test_a_document_cannot_be_changed() -> None:
    made = credit_note()
    with pytest.raises(ValidationError):
        made.number = "CN-2016-00002"  # type: ignore[misc]
    assert isinstance(made, Bill)
    assert made.kind is Kind.CREDIT_NOTE


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity")])
def test_a_quantity_is_finite(value: Decimal) -> None:
    plain = bill().lines[0].model_dump()
    with pytest.raises(ValidationError):
        type(bill().lines[0])(**{**plain, "quantity": value})


def test_what_everybody_pays_makes_the_gross() -> None:
    made = bill(shares=(("A", "565.00"), ("B", "565.00")))
    assert made.totals.payable == Money.zero("BOB")
    assert isinstance(made.totals, Totals)
    assert all(isinstance(share, PayerShare) for share in made.shares)
    assert made.issued_on == date(2016, 4, 4)
