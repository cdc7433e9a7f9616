import pytest
from tests.integration.billing import test_oracle as t
from tests.integration.billing.world import World
import services.billing.domain.claims as dc
from services.billing.domain.accounts import Code
from shared.events.vocabulary import PayerClass

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("game", range(20, 30))
async def test_many(world: World, game: int) -> None:
    play = t.Play(world, game)
    await play.set_up()
    for n in range(200):
        await play.step()
    await world.clean()
    print(sorted(play.outcomes.items()))


@pytest.mark.parametrize("game", [1, 2, 3])
async def test_mutant(world: World, monkeypatch, game) -> None:
    monkeypatch.setitem(dc.SUBSIDY_INCOME, PayerClass.DONOR, Code.SUBSIDY_GOVERNMENT)
    play = t.Play(world, game)
    await play.set_up()
    with pytest.raises(AssertionError):
        for n in range(130):
            await play.step()
    print(n, play.done[-1:])
