"""Asking a service that may be restarting, and what a command says when it never came back."""

from collections.abc import Sequence

import httpx
import pytest
import typer

from deploy.cli.patience import patiently
from deploy.cli.terminal import run

Answer = int | httpx.TransportError


class Restarting:
    """Gives the planned answers, then the last one again and again."""

    def __init__(self, *answers: Answer) -> None:
        self._answers: Sequence[Answer] = answers
        self.asked = 0

    async def __call__(self) -> httpx.Response:
        """Answer once more."""
        answer = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        if isinstance(answer, int):
            return httpx.Response(answer)
        raise answer


@pytest.mark.parametrize("wanted", [200, 404, 409, 500])
async def test_it_asks_again_through_an_outage_and_returns_whatever_is_said_then(wanted: int) -> None:
    service = Restarting(httpx.ReadError(""), httpx.ConnectError("refused"), 503, wanted, 200)
    assert (await patiently(service, 60)).status_code == wanted
    assert service.asked == 4


async def test_an_answer_at_once_is_asked_for_once() -> None:
    service = Restarting(200)
    await patiently(service, 0)
    assert service.asked == 1


async def test_patience_ends_with_the_last_answer_or_the_last_failure() -> None:
    assert (await patiently(Restarting(503), -1)).status_code == 503
    with pytest.raises(httpx.ReadError):
        await patiently(Restarting(httpx.ReadError("")), -1)


def test_a_command_names_a_failure_that_has_no_words(capsys: pytest.CaptureFixture[str]) -> None:
    async def work() -> int:
        raise httpx.ReadError("")

    with pytest.raises(typer.Exit) as ended:
        run(work())
    assert ended.value.exit_code == 1
    assert "scorebook: ReadError" in capsys.readouterr().err
