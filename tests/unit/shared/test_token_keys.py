"""Where token keys come from: a file or an identity provider that may be slow, wrong, renewed or gone."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.auth.tokens import TokenVerifier, _key_set, read_jwks
from shared.errors import NotAuthenticated, Unavailable
from tests.support.waiting import eventually
from tests.unit.shared.tokens import (
    KEY,
    STRANGER,
    Provider,
    Stopwatch,
    bearer,
    dead_address,
    new_key,
    provider,
    public,
    verifier,
)

SECOND: Final = new_key("second")


@pytest.fixture
def stopwatch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    """The time between two looks at the keys, moved by hand."""
    made = Stopwatch()
    monkeypatch.setattr("shared.auth.tokens.time", made)
    return made


@pytest.fixture
def identity() -> Iterator[Provider]:
    """An identity provider with the one key we trust."""
    with provider() as made:
        made.document = public(KEY)
        yield made


async def signed_in(trusting: TokenVerifier, header: str | None = None) -> bool:
    """Tell whether a token is believed."""
    try:
        await trusting.actor(header or bearer())
    except NotAuthenticated:
        return False
    return True


async def test_a_file_that_is_replaced_is_read_again(tmp_path: Path, stopwatch: Stopwatch) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(public(KEY)), "utf-8")
    trusting = verifier(file)
    assert await signed_in(trusting)
    file.write_text(json.dumps(public(SECOND)), "utf-8")
    stopwatch.seconds += 11
    assert await signed_in(trusting, bearer(key=SECOND))
    assert not await signed_in(trusting)


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"5", b"{}", b'{"keys": 5}', b'{"keys": {}}', b"\xff\xfe"])
async def test_without_a_readable_file_nobody_is_refused_for_good(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "jwks.json"
    if content is not None:
        file.write_bytes(content)
    trusting = verifier(file)
    for _ in range(2):
        with pytest.raises(Unavailable) as raised:
            await trusting.actor(bearer())
        assert raised.value.status == 503
        assert str(tmp_path) not in raised.value.detail
    file.write_text(json.dumps(public(KEY)), "utf-8")
    assert await signed_in(trusting)


async def test_a_directory_is_no_key_file(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        await verifier(tmp_path).actor(bearer())


async def test_where_no_keys_are_configured_the_setting_is_named() -> None:
    with pytest.raises(Unavailable, match="setting jwks"):
        await verifier("").actor(bearer())


async def test_a_request_without_a_token_asks_nobody_for_keys(identity: Provider) -> None:
    assert not await signed_in(verifier(identity.address), "Basic YW5hOnB3")
    assert identity.asked == 0


async def test_a_provider_is_asked_once_in_five_minutes(identity: Provider, stopwatch: Stopwatch) -> None:
    trusting = verifier(identity.address)
    for _ in range(3):
        assert await signed_in(trusting)
    stopwatch.seconds += 299
    assert await signed_in(trusting)
    assert identity.asked == 1
    stopwatch.seconds += 1
    assert await signed_in(trusting)
    assert identity.asked == 2


async def test_a_new_key_counts_at_once_and_an_old_one_until_the_next_look(
    identity: Provider, stopwatch: Stopwatch
) -> None:
    trusting = verifier(identity.address)
    assert await signed_in(trusting)
    stopwatch.seconds += 11
    identity.document = public(SECOND)
    assert await signed_in(trusting)
    assert await signed_in(trusting, bearer(key=SECOND))
    assert not await signed_in(trusting)
    assert identity.asked == 2


async def test_both_keys_count_while_a_provider_changes_from_one_to_the_other(identity: Provider) -> None:
    identity.document = public(KEY, SECOND)
    trusting = verifier(identity.address)
    assert await signed_in(trusting)
    assert await signed_in(trusting, bearer(key=SECOND))


async def test_a_token_that_names_no_key_fits_an_only_key(identity: Provider) -> None:
    assert await signed_in(verifier(identity.address), bearer(header={"kid": ...}))
    identity.document = public(KEY, SECOND)
    assert not await signed_in(verifier(identity.address), bearer(header={"kid": ...}))


async def test_bad_tokens_make_nobody_ask_more_often_than_the_cooldown_allows(
    identity: Provider, stopwatch: Stopwatch
) -> None:
    trusting = verifier(identity.address)
    for _ in range(20):
        assert not await signed_in(trusting, bearer(key=STRANGER))
    assert identity.asked == 1
    stopwatch.seconds += 10
    for _ in range(20):
        assert not await signed_in(trusting, bearer(key=SECOND))
    assert identity.asked == 2


async def test_a_rush_of_requests_is_one_question(identity: Provider, stopwatch: Stopwatch) -> None:
    trusting = verifier(identity.address)
    assert all(await asyncio.gather(*(signed_in(trusting) for _ in range(30))))
    assert identity.asked == 1
    stopwatch.seconds += 301
    assert all(await asyncio.gather(*(signed_in(trusting) for _ in range(30))))
    assert identity.asked == 2


async def test_a_caller_who_goes_away_does_not_take_the_keys_from_the_others(identity: Provider) -> None:
    trusting = verifier(identity.address)

    async def asked() -> bool:
        return identity.asked == 1

    with identity.silent():
        first, second = (asyncio.create_task(signed_in(trusting)) for _ in range(2))
        await eventually(asked)
        first.cancel()
    assert await second
    assert first.cancelled()
    assert identity.asked == 1


@pytest.mark.parametrize(
    ("status", "raw"),
    [
        *((500, b"{}"), (404, b"not here"), (302, b""), (200, b"<html>Sign in</html>")),
        *((200, b"[]"), (200, b'{"keys": null}'), (200, b'"\xff"')),
    ],
)
async def test_a_provider_that_answers_nonsense_leaves_the_old_keys_in_force(
    identity: Provider, stopwatch: Stopwatch, status: int, raw: bytes
) -> None:
    trusting = verifier(identity.address)
    assert await signed_in(trusting)
    identity.status, identity.raw = status, raw
    stopwatch.seconds += 301
    with structlog.testing.capture_logs() as logged:
        assert await signed_in(trusting)
    assert [line["event"] for line in logged] == ["token_keys_unreadable"]
    assert await signed_in(trusting)
    assert identity.asked == 2, "a provider in trouble is left alone for a while"
    with pytest.raises(Unavailable):
        await verifier(identity.address).actor(bearer())


async def test_a_provider_in_trouble_from_the_start_is_asked_again_with_every_request(identity: Provider) -> None:
    identity.status = 503
    trusting = verifier(identity.address)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await trusting.actor(bearer())
    identity.status = 200
    assert await signed_in(trusting)
    assert identity.asked == 3


async def test_a_provider_that_is_not_there_is_our_trouble_and_not_the_callers() -> None:
    with pytest.raises(Unavailable):
        await verifier(dead_address()).actor(bearer())


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/x", "http://", "http://127.0.0.1:none/x", "file:///x", "://x"])
async def test_an_address_that_is_none_is_said_to_the_log_and_kept_from_the_caller(address: str) -> None:
    with structlog.testing.capture_logs() as logged, pytest.raises(Unavailable) as raised:
        await verifier(address).actor(bearer())
    assert raised.value.detail == "the token keys cannot be read now"
    assert [line["event"] for line in logged] == ["token_keys_unreadable"]


async def test_the_password_in_an_address_reaches_no_caller(identity: Provider) -> None:
    identity.status = 500
    for address in (identity.address, dead_address()):
        with pytest.raises(Unavailable) as raised:
            await verifier(address.replace("http://", "http://me:hunter2@")).actor(bearer())
        assert "hunter2" not in raised.value.detail


@pytest.mark.parametrize("drip", [False, True], ids=["says nothing", "drips"])
async def test_a_provider_that_is_too_slow_is_given_up(
    identity: Provider,
    stopwatch: Stopwatch,
    monkeypatch: pytest.MonkeyPatch,
    drip: bool,  # noqa: FBT001
) -> None:
    trusting = verifier(identity.address)
    assert await signed_in(trusting)
    monkeypatch.setattr("shared.auth.tokens._ANSWER_SECONDS", 0.2)
    identity.drip = drip
    with contextlib.nullcontext() if drip else identity.silent():
        with pytest.raises(Unavailable):
            await verifier(identity.address).actor(bearer())
        stopwatch.seconds += 301
        assert await signed_in(trusting), "the old keys serve meanwhile"


@pytest.mark.parametrize(
    "odd",
    [
        *("x", 5, None, [], {}, {"kty": "EC"}, {"kty": 5}, {"kty": ["EC"]}, {"kty": "LMS", "x": "AA"}),
        *({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": "EC", "crv": "P-0", "x": "AA", "y": "AA"}),
        *({"kty": "RSA", "n": "", "e": ""}, {"kty": "OKP", "crv": "Ed25519", "x": "AA"}),
        *({**public(STRANGER)["keys"][0], "use": 5}, {**public(STRANGER)["keys"][0], "key_ops": "verify"}),
    ],
)
async def test_a_key_we_cannot_use_costs_us_no_other(identity: Provider, odd: object) -> None:
    identity.document = {"keys": [odd, *public(KEY)["keys"], odd]}
    assert await signed_in(verifier(identity.address))


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
words = st.sampled_from(["EC", "RSA", "OKP", "P-256", "Ed25519", "AQAB", "sig", "enc", "verify", ""])
members = st.sampled_from(["kty", "crv", "x", "y", "n", "e", "kid", "use", "alg", "key_ops", "x5c"])


@settings(max_examples=60)
@given(json_values | st.lists(st.dictionaries(members, words | json_values)).map(lambda keys: {"keys": keys}))
def test_a_document_of_any_shape_is_a_key_set_or_a_value_error(document: object) -> None:
    try:
        found = _key_set(document)
    except ValueError as error:
        assert str(error) == "that is not a JSON Web Key Set"  # noqa: PT017 - either outcome is fine
    else:
        assert isinstance(document, dict)
        assert len(found.keys) <= len(document["keys"])


def test_a_key_file_is_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "jwks.json").write_text(json.dumps(public(KEY, SECOND)), "utf-8")
    assert [key.kid for key in read_jwks(tmp_path / "jwks.json").keys] == ["first", "second"]
