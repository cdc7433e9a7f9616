"""Rate cards: versions, overlap, rights, and what they refuse."""

import asyncpg
import pytest

from shared.ids import new_id
from tests.integration.billing.raw import connected
from tests.integration.billing.spending import card
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration


async def test_a_next_card_ends_the_one_before_and_all_versions_stay_visible(world: World) -> None:
    await card(world, "visit", "1.00")
    await card(world, "visit", "2.00", valid_from="2016-03-01")
    await card(world, "visit", "9.00", module="WPC")
    shown = await world.all("/rate-cards", {"item": "visit"})
    assert [(each["version"], each["valid_from"], each["valid_to"], each["module"]) for each in shown] == [
        (1, "2016-01-01", "2016-02-29", None),
        (2, "2016-03-01", None, None),
        (1, "2016-01-01", None, "WPC"),
    ]
    assert {each["recorded_by"] for each in shown} == {"tester"}
    on = await world.all("/rate-cards", {"on": "2016-02-29"})
    assert [each["amount"]["amount"] for each in on] == ["1.00", "9.00"]


async def test_two_cards_of_one_key_never_share_a_day(world: World) -> None:
    await card(world, "visit", "1.00", valid_to="2016-12-31")
    body = {"partner_id": str(world.partner), "item": "visit", "amount": world.money("2.00")}
    overlap = {**body, "valid_from": "2016-12-31"}
    assert await world.refused("/rate-cards", overlap) == (409, "valid_from", "no-overlap")
    # Another key may: another item, partner or none, module, delivery, trainer.
    for other in (
        {"item": "venue-day"},
        {"partner_id": None},
        {"module": "WPC"},
        {"delivery": "indirect"},
        {"trainer_id": str(new_id())},
    ):
        await world.done("/rate-cards", {**overlap, **other})
    await world.done("/rate-cards", {**body, "valid_from": "2017-01-01"})


@pytest.mark.parametrize("wide", [False, True])
async def test_the_table_refuses_an_overlap_also_of_cards_for_all(world: World, *, wide: bool) -> None:
    await card(world, "visit", "1.00", partner_id=None if wide else str(world.partner))
    async with connected(world, "owner") as connection:
        with pytest.raises(asyncpg.ExclusionViolationError):
            await connection.execute(
                "INSERT INTO rate_card (id, programme, partner_id, item, valid_from, amount_minor, currency, "
                "cost_kind, version, recorded_by) "
                "SELECT $1, programme, partner_id, item, '2016-05-01', 1, currency, cost_kind, 2, 'owner' "
                "FROM rate_card",
                new_id(),
            )
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("UPDATE rate_card SET amount_minor = 2")


async def test_a_card_is_ended_once_and_only_earlier(world: World) -> None:
    made = await card(world, "visit", "1.00")
    path = f"/rate-cards/{made['id']}/end"
    early = {"valid_to": "2015-12-31", "reason": "a mistake"}
    assert await world.refused(path, early) == (422, "valid_to", "date-order")
    ended = await world.done(path, {"valid_to": "2016-06-30", "reason": "new contract"})
    assert ended["valid_to"] == "2016-06-30"
    assert (await world.done(path, {"valid_to": "2016-05-31", "reason": "new contract"}))["valid_to"] == "2016-05-31"
    assert (await world.refused(path, {"valid_to": "2016-06-30", "reason": "later again"}))[0] == 409


async def test_a_card_for_all_partners_is_the_managers(world: World) -> None:
    body = {"item": "visit", "valid_from": "2016-01-01", "amount": world.money("1.00")}
    answer = await world.send("/rate-cards", body, role="partner-finance", partner=world.partner)
    assert (answer.status_code, answer.json()["errors"][0]["rule"]) == (403, "partner-scope")
    wide = await world.done("/rate-cards", body)
    end = {"valid_to": "2016-02-01", "reason": "not ours"}
    answer = await world.send(f"/rate-cards/{wide['id']}/end", end, role="partner-finance", partner=world.partner)
    assert answer.status_code == 403
    await world.done(
        "/rate-cards", {**body, "partner_id": str(world.partner)}, role="partner-finance", partner=world.partner
    )
    other = await world.join()
    await card(world, "visit", "3.00", partner_id=str(other))
    seen = await world.all("/rate-cards", role="partner-finance", partner=world.partner)
    assert [each["partner_id"] for each in seen] == [None, str(world.partner)]


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"amount": {"amount": "-1.00", "currency": "BOB"}}, (422, "amount", "negative")),
        ({"amount": {"amount": "1000000000.01", "currency": "BOB"}}, (422, "amount", "amount-too-large")),
        ({"amount": {"amount": "1.001", "currency": "BOB"}}, (422, "amount", "over-precise-amount")),
        ({"amount": {"amount": "1.00", "currency": "USD"}}, (422, "amount", "book-currency")),
        ({"module": "M9"}, (422, "module", "known-module")),
        ({"item": "bribe"}, (422, "item", "enum")),
        ({"cost_kind": "marketing"}, (422, "cost_kind", "direct-kind")),
        ({"valid_to": "2015-12-31"}, (422, "valid_to", "date-order")),
        ({"partner_id": str(new_id())}, (409, "partner_id", "fact-missing")),
    ],
)
async def test_a_wrong_card_is_refused(world: World, wrong: dict[str, object], refusal: tuple[int, str, str]) -> None:
    body = {
        "partner_id": str(world.partner),
        "item": "visit",
        "valid_from": "2016-01-01",
        "amount": world.money("1.00"),
    }
    assert await world.refused("/rate-cards", {**body, **wrong}) == refusal
    assert await world.all("/rate-cards") == []


async def test_the_split_of_costs_is_shown_with_its_version(world: World) -> None:
    shown = await world.show("/cost-kinds")
    assert shown["version"] == 1
    by_kind = {each["kind"]: (each["account_code"], each["is_direct"]) for each in shown["kinds"]}
    assert (by_kind["venue"], by_kind["marketing"]) == (("5020", True), ("6040", False))
    assert len(by_kind) == 12
    assert {each["item"]: each["cost_kind"] for each in shown["rate_items"]}["trainer-travel"] == "travel"
