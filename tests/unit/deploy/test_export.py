"""What `scorebook export` asks of the service, and what it refuses to ask."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from deploy.cli.export import By, Export, _asked, _download, _only_book
from deploy.local.errors import LocalError

ACCOUNT = UUID("0198c0de-0000-7000-8000-0000000000aa")
DAY = date(2016, 1, 31)


def test_every_export_has_a_path_and_its_own_parameters() -> None:
    assert _asked(Export.AUDIT_FILE, By.CODE, None, None, None, None) == ("audit-file", {})
    then = datetime(2016, 2, 1, tzinfo=UTC)
    assert _asked(Export.HLEDGER, By.CODE, None, None, None, then) == (
        "hledger", {"recorded_at": "2016-02-01T00:00:00+00:00"},
    )  # fmt: skip
    assert _asked(Export.JOURNAL_XLSX, By.CODE, None, DAY, None, None) == (
        "journal", {"from": "2016-01-31", "format": "xlsx"},
    )  # fmt: skip
    assert _asked(Export.TRIAL_BALANCE_CSV, By.ACCOUNT, None, None, DAY, None) == (
        "trial-balance", {"to": "2016-01-31", "format": "csv", "by": "account"},
    )  # fmt: skip
    assert _asked(Export.ACCOUNT_JSON, By.CODE, ACCOUNT, None, None, None) == (
        f"accounts/{ACCOUNT}", {"format": "json"},
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: _asked(Export.BEANCOUNT, By.CODE, None, DAY, None, None),
        lambda: _asked(Export.AUDIT_FILE, By.CODE, None, None, DAY, None),
        lambda: _asked(Export.AUDIT_FILE, By.CODE, None, None, None, datetime(2016, 2, 1, tzinfo=UTC)),
        lambda: _asked(Export.ACCOUNT_CSV, By.CODE, None, None, None, None),
        lambda: _asked(Export.JOURNAL_CSV, By.CODE, ACCOUNT, None, None, None),
    ],
)
def test_an_option_that_means_nothing_is_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(LocalError):
        wrong()


def answering(answer: httpx.Response) -> httpx.AsyncClient:
    """Return a client whose every request is answered so."""
    return httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer), base_url="http://billing")


def names_in(directory: Path) -> list[str]:
    """Return the names of the files in a directory."""
    return sorted(path.name for path in directory.iterdir())


async def test_a_whole_answer_becomes_the_file_and_a_refusal_leaves_the_old_one(tmp_path: Path) -> None:
    output = tmp_path / "book.zip"
    async with answering(httpx.Response(200, content=b"whole")) as http:
        assert await _download(http, "/x", {}, output) == 5
    assert output.read_bytes() == b"whole"
    headers = {"content-type": "application/problem+json"}
    refused = httpx.Response(404, json={"detail": "there is no book"}, headers=headers)
    async with answering(refused) as http:
        with pytest.raises(LocalError, match="there is no book"):
            await _download(http, "/x", {}, output)
    assert names_in(tmp_path) == ["book.zip"]
    assert output.read_bytes() == b"whole"


async def test_an_answer_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    class Broken(httpx.AsyncByteStream):
        async def __aiter__(self):  # type: ignore[no-untyped-def] # noqa: ANN204 - httpx's own protocol
            yield b"half"
            raise httpx.ReadError("gone")

    async with answering(httpx.Response(200, stream=Broken())) as http:
        with pytest.raises(httpx.ReadError):
            await _download(http, "/x", {}, tmp_path / "book.zip")
    assert names_in(tmp_path) == []


async def test_the_partner_may_be_left_out_where_there_is_one_book() -> None:
    one, two = ({"id": str(UUID(int=number)), "partner_name": f"Chamber {number}"} for number in (1, 2))
    async with answering(httpx.Response(200, json={"items": [one], "next": None})) as http:
        assert await _only_book(http, "/books") == one["id"]
    async with answering(httpx.Response(200, json={"items": [one, two], "next": None})) as http:
        with pytest.raises(LocalError, match=r"Chamber 1.*Chamber 2"):
            await _only_book(http, "/books")
