"""Requests to billing that are right but for one field, and the stage they are right on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from shared.ids import new_id
from tests.integration.billing.facts import START, Json
from tests.integration.billing.world import World

DAY = timedelta(days=1)
NOBODY = str(new_id())
Ids = dict[str, str]
Body = Callable[[Ids], Json]


async def stage(world: World) -> Ids:
    """Return ids to be wrong about: a priced and issued invoice, a payment, a claim, a foreign partner."""
    await world.price("100.00")
    donor = await world.agreement("D-1", "D", {"medium": "10"})
    firm, training = await world.enterprise(), await world.training()
    enrollment = await world.enroll(firm, training)
    invoice = await world.issue(await world.invoice_of(enrollment))
    draft = await world.invoice_of(await world.enroll(await world.enterprise(), training))
    payment = await world.pay("100.00", START + DAY, enterprise_id=firm)
    claim = await world.claim(donor, START + DAY, training_ids=[training])
    other = await world.join()
    return {
        "partner": str(world.partner),
        "other": str(other),
        "firm": str(firm),
        "foreign_firm": str(await world.enterprise(partner=other)),
        "training": str(training),
        "enrollment": str(enrollment),
        "foreign_training": str(await world.training(partner=other)),
        "agreement": donor["id"],
        "invoice": invoice["id"],
        "draft": draft["id"],
        "payment": payment["id"],
        "claim": claim["id"],
        "nobody": NOBODY,
    }


def bob(amount: str) -> Json:
    """Return bolivianos."""
    return {"amount": amount, "currency": "BOB"}


def plain(**body: Any) -> Body:  # noqa: ANN401 - any JSON
    """Return these fields; a text that names something on the stage stands for its id."""
    return lambda ids: {
        name: ids.get(value, value) if isinstance(value, str) else value for name, value in body.items()
    }


def a_price(**wrong: Any) -> Body:  # noqa: ANN401 - any JSON
    """Return a price that is right but for `wrong`."""
    return lambda ids: {
        "partner_id": ids["partner"],
        "module": "OSH",
        "valid_from": "2016-01-01",
        "price": bob("10.00"),
        **plain(**wrong)(ids),
    }


def an_agreement(**wrong: Any) -> Body:  # noqa: ANN401
    """Return an agreement that is right but for `wrong`."""
    return lambda ids: {
        "code": "X-1",
        "payer_class": "G",
        "payer_name": "Fund (demo)",
        "shares": [{"size_class": "medium", "share_pct": "10"}],
        "ceiling": bob("10.00"),
        "valid_from": "2016-01-01",
        **plain(**wrong)(ids),
    }


def a_payment(**wrong: Any) -> Body:  # noqa: ANN401
    """Return a payment that is right but for `wrong`."""
    return lambda ids: {
        "partner_id": ids["partner"],
        "enterprise_id": ids["firm"],
        "received_on": str(START),
        "amount": bob("10.00"),
        **plain(**wrong)(ids),
    }


def a_cost(**wrong: Any) -> Body:  # noqa: ANN401
    """Return a cost that is right but for `wrong`."""
    return lambda ids: {
        "partner_id": ids["partner"],
        "training_id": ids["training"],
        "kind": "venue",
        "incurred_on": str(START),
        "amount": bob("10.00"),
        "description": "room",
        **plain(**wrong)(ids),
    }


def a_claim(**wrong: Any) -> Body:  # noqa: ANN401
    """Return a claim that is right but for `wrong`."""
    return lambda ids: {
        "agreement_id": ids["agreement"],
        "partner_id": ids["partner"],
        "submitted_on": str(START),
        "training_ids": [ids["training"]],
        **plain(**wrong)(ids),
    }
