import pytest
from collections import Counter
from tests.integration.billing import test_oracle as t
from tests.integration.billing.world import World
import services.billing.commands.claims as cc
import services.billing.domain.claims as dc
from services.billing.domain.accounts import Code
from shared.events.vocabulary import PayerClass
pytestmark = pytest.mark.integration
@pytest.mark.parametrize("game", range(10, 18))
async def test_many(world: World, game: int) -> None:
    play = t.Play(world, game)
    refusals = Counter(); orig = play.ask
    async def ask(path, body, *, expected):
        refusals[(path.split('/')[1], path.split('/')[-1] if path.count('/')>2 else '', expected)] += 1
        return await orig(path, body, expected=expected)
    play.ask = ask
    await play.set_up()
    for n in range(220):
        await play.step()
    await world.clean()
    print(sorted(refusals.items()))
async def test_mutant(world: World, monkeypatch) -> None:
    monkeypatch.setitem(dc.SUBSIDY_INCOME, PayerClass.DONOR, Code.SUBSIDY_GOVERNMENT)
    play = t.Play(world, 1)
    await play.set_up()
    with pytest.raises(AssertionError):
        for n in range(300):
            await play.step()
    print(n, play.done[-1:])
