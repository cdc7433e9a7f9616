"""What is given: by others in kind, by the ILO in kind or paid, and how each enters CR-1 to CR-5, by hand."""

from datetime import timedelta

import pytest

from tests.integration.billing.facts import START, Json
from tests.integration.billing.spending import reverse
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)
BASES = ("contracted", "invoiced", "received")


async def test_each_kind_of_gift_enters_the_formulas_as_written_down(world: World) -> None:
    # A fee of 600, paid in full, so that every basis has the same numerator.
    await world.price("600.00")
    firm, training = await world.enterprise(), await world.training()
    invoice = await world.issue(await world.invoice_of(await world.enroll(firm, training)))
    payment = await world.pay("600.00", START, enterprise_id=firm)
    await world.allocate(payment, "600.00", START, invoice_id=invoice["id"])
    await world.cost("500.00", "trainer-days", START, training)
    await world.cost("100.00", "venue", START, training, funding="in-kind")
    await world.cost("300.00", "travel", START, training, funding="ilo-paid")
    await world.cost("200.00", "interpretation", START, training, funding="ilo-in-kind")
    await world.cost("400.00", "coordination", START)
    await world.cost("250.00", "monitoring", START, funding="ilo-paid")
    for basis in BASES:
        shown = await world.recovery(basis)
        # C_dir = 500 + 300 + 200: what the ILO gives is a cost. K = 100, and only the member's hall.
        assert (shown["F"], shown["I"], shown["K"]) == ("600.00", "750.00", "100.00")
        assert (shown["C_dir"], shown["C_ovh"]) == ("1000.00", "650.00")
        # 600/1000; 600/1000; (600+100)/(1000+100); 600/1000; 600/1650.
        assert [shown[f"CR-{number}"] for number in range(1, 6)] == ["60.00", "60.00", "63.64", "60.00", "36.36"]
    balances = await world.balances()
    assert (balances["4130"], balances["4190"], balances["2010"]) == ("-100.00", "-750.00", "-900.00")
    # The gap between cost and what others paid is the ILO's contribution and the deficit, to the cent: 1650 - 600 =
    # 750 + 300.
    assert await world.all("/costs", {"funding": "ilo-in-kind", "state": "given"}) != []
    drilled = await world.all("/cost-recovery/postings", {"basis": "invoiced", "component": "I"})
    assert sorted(each["amount"]["amount"] for each in drilled) == ["200.00", "250.00", "300.00"]
    assert {line["account_code"] for each in drilled for line in each["postings"]} == {"4190"}
    assert (await world.said("cost-recorded"))[2]["by_ilo"] is True
    await world.clean()


async def test_a_gift_taken_back_leaves_both_sides(world: World) -> None:
    training = await world.training()
    await world.cost("500.00", "trainer-days", START, training)
    member = await world.cost("100.00", "venue", START, training, funding="in-kind")
    paid = await world.cost("300.00", "travel", START, training, funding="ilo-paid")
    given = await world.cost("200.00", "interpretation", START, training, funding="ilo-in-kind")
    for cost in (member, paid, given):
        back = await reverse(world, "costs", cost, START + DAY)
        assert (back["state"], back["open"]["amount"]) == ("reversed", "0.00")
    for basis in BASES:
        shown = await world.recovery(basis)
        assert (shown["I"], shown["K"], shown["C_dir"]) == ("0.00", "0.00", "500.00")
        before = await world.recovery(basis, {"to": START})
        assert (before["I"], before["K"], before["C_dir"]) == ("500.00", "100.00", "1000.00")
    await world.clean()


async def test_a_gift_says_who_gave_it_how_it_was_valued_and_what_proves_it(world: World) -> None:
    training = await world.training()
    proof = {"attachments": [{"name": "letter.pdf", "sha256": "ab" * 32}], "issued_on": str(START)}
    made = await world.cost("9.00", "venue", START, training, funding="in-kind", valuation="agreed", document=proof)
    shown = await world.show(f"/costs/{made['id']}")
    assert (shown["given_by"], shown["valuation"], shown["funding"]) == ("A member (demo)", "agreed", "in-kind")
    assert shown["attachments"] == proof["attachments"]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"funding": "in-kind", "valuation": "agreed"}, (422, "given_by", "giver-named")),
        ({"funding": "ilo-in-kind", "given_by": "ILO"}, (422, "valuation", "value-explained")),
        ({"funding": "ilo-paid", "valuation": "agreed"}, (422, "valuation", "only-in-kind")),
        ({"valuation": "agreed"}, (422, "valuation", "only-in-kind")),
        ({"given_by": "A member"}, (422, "given_by", "only-given")),
        ({"funding": "gift"}, (422, "funding", "enum")),
        ({"document": {"attachments": [{"name": "a", "sha256": "AB" * 32}]}}, None),
        ({"document": {"attachments": [{"name": "a", "sha256": "ab" * 32}] * 2}}, None),
        (
            {
                "kind": "marketing",
                "training_id": None,
                "funding": "ilo-in-kind",
                "given_by": "x",
                "valuation": "agreed",
            },
            (422, "funding", "in-kind-direct"),
        ),
    ],
)
async def test_a_gift_that_is_not_explained_is_refused(
    world: World, body: Json, refusal: tuple[int, str, str] | None
) -> None:
    cost = {
        "partner_id": str(world.partner),
        "training_id": str(await world.training()),
        "kind": "venue",
        "incurred_on": str(START),
        "amount": world.money("5.00"),
        "description": "room",
    }
    refused = await world.refused("/costs", {**cost, **body})
    assert refused == refusal if refusal else refused[0] == 422
    assert await world.all("/costs") == []
