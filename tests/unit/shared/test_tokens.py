"""A token is believed only if a known key signed it, for us, now, with claims that make sense."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from shared.auth.actor import PARTNER_ROLES, Actor, Role
from shared.auth.signing import SigningKey
from shared.auth.tokens import TokenVerifier, read_jwks
from shared.clock import FixedClock
from shared.errors import NotAuthenticated
from tests.unit.shared.tokens import (
    EPOCH,
    KEY,
    NOW,
    STRANGER,
    b64,
    bearer,
    claims,
    forged,
    new_key,
    public,
    verifier,
)

PARTNER: Final = UUID("0198c0de-0000-7000-8000-00000000000a")


@pytest.fixture(scope="module")
def jwks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A JWKS file with the one key we trust."""
    file = tmp_path_factory.mktemp("keys") / "jwks.json"
    file.write_text(json.dumps(public(KEY)), "utf-8")
    return file


@pytest.fixture(scope="module")
def trusting(jwks: Path) -> TokenVerifier:
    """A verifier that trusts that key."""
    return verifier(jwks)


async def refusal(trusting: TokenVerifier, authorization: str | None) -> tuple[str | None, str]:
    """Return rule and sentence of a refused header."""
    with pytest.raises(NotAuthenticated) as raised:
        await trusting.actor(authorization)
    [error] = raised.value.errors
    assert error.field == "authorization"
    assert raised.value.status == 401
    return error.rule, raised.value.detail


async def test_a_good_token_says_who_acts_with_which_roles_and_scope(trusting: TokenVerifier) -> None:
    said = claims(roles=["ops", "auditor"], partner=str(PARTNER))
    wanted = Actor("ana", frozenset({Role.OPS, Role.AUDITOR}), "bolivia", PARTNER)
    assert await trusting.actor(bearer(said)) == wanted


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_may_be_spelled_in_any_case(trusting: TokenVerifier, scheme: str) -> None:
    assert (await trusting.actor(bearer().replace("Bearer", scheme))).subject == "ana"


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Basic YW5hOnB3",
        "Token x",
        "bearer:x",
        "Bearerx y",
        bearer().partition(" ")[2],
    ],
)
async def test_without_a_bearer_token_nobody_is_signed_in(trusting: TokenVerifier, authorization: str | None) -> None:
    assert await refusal(trusting, authorization) == ("bearer-token", "a bearer token is needed")


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # the name only; providers still use it
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA", "Ed25519"])
async def test_every_algorithm_of_the_architecture_is_understood(tmp_path: Path, algorithm: str) -> None:
    key = new_key("k", algorithm)
    (tmp_path / "jwks.json").write_text(json.dumps(public(key)), "utf-8")
    assert (await verifier(tmp_path / "jwks.json").actor(bearer(key=key))).subject == "ana"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None, 5, ["ES256"]])
async def test_an_unsigned_token_is_nobodys(trusting: TokenVerifier, algorithm: object) -> None:
    for header in ({"alg": algorithm}, {"alg": algorithm, "kid": "first"}):
        assert (await refusal(trusting, forged(header)))[0] == "valid-signature"


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
async def test_the_public_key_is_nobodys_secret(trusting: TokenVerifier, algorithm: str) -> None:
    for secret in (KEY.as_pem(private=False), KEY.as_der(private=False), json.dumps(public(KEY)).encode(), b""):
        token = forged({"alg": algorithm, "kid": "first"}, secret)
        assert (await refusal(trusting, token))[0] == "valid-signature"


async def test_a_symmetric_key_in_the_key_set_opens_nothing(tmp_path: Path) -> None:
    secret = b"a secret that somebody has published by mistake"
    keys = [{"kty": "oct", "kid": "shared", "k": b64(secret)}, *public(KEY)["keys"]]
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": keys}), "utf-8")
    trusting = verifier(tmp_path / "jwks.json")
    assert (await refusal(trusting, forged({"alg": "HS256", "kid": "shared"}, secret)))[0] == "valid-signature"
    assert (await trusting.actor(bearer())).subject == "ana"


async def test_a_key_of_the_same_name_is_not_the_same_key(trusting: TokenVerifier) -> None:
    assert (await refusal(trusting, bearer(key=STRANGER)))[0] == "valid-signature"


async def test_a_key_that_is_not_known_is_not_asked_for_elsewhere(trusting: TokenVerifier) -> None:
    stranger = new_key("unknown")
    own = {"jwk": public(stranger)["keys"][0]}
    remote = {"jku": "https://evil.invalid/jwks.json"}
    for header in ({}, own, remote, {"kid": "first", **own}):
        assert (await refusal(trusting, bearer(key=stranger, header=header)))[0] == "valid-signature"


async def test_a_key_for_one_algorithm_does_not_verify_another(tmp_path: Path) -> None:
    key = new_key("first", "RS256")
    declared = [{**public(key)["keys"][0], "alg": "PS256"}]
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": declared}), "utf-8")
    assert (await refusal(verifier(tmp_path / "jwks.json"), bearer(key=key)))[0] == "valid-signature"


async def test_a_key_for_encryption_verifies_nothing(tmp_path: Path) -> None:
    declared = [{**public(KEY)["keys"][0], "use": "enc"}]
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": declared}), "utf-8")
    assert (await refusal(verifier(tmp_path / "jwks.json"), bearer()))[0] == "valid-signature"


@pytest.mark.parametrize("part", [0, 1, 2])
async def test_a_token_of_which_one_letter_was_changed_is_refused(trusting: TokenVerifier, part: int) -> None:
    parts = bearer().removeprefix("Bearer ").split(".")
    for at in (0, len(parts[part]) // 2):
        letter = "A" if parts[part][at] != "A" else "B"
        changed = [*parts]
        changed[part] = parts[part][:at] + letter + parts[part][at + 1 :]
        assert (await refusal(trusting, f"Bearer {'.'.join(changed)}"))[0] == "valid-signature"


async def test_the_signature_of_one_token_does_not_fit_another(trusting: TokenVerifier) -> None:
    mine, theirs = bearer(), bearer(claims(sub="eve", roles=["ops"], programme="*"))
    head, body, _ = theirs.split(".")
    assert (await refusal(trusting, ".".join((head, body, mine.rpartition(".")[2]))))[0] == "valid-signature"


@pytest.mark.parametrize(
    "header",
    [
        *("", "x", "[]", "1", "null", '"x"', "{}", '{"alg": "ES256"', '{"alg":"ES256","crit":["x"]}', "[" * 30_000),
        *('{"alg":"ES256","crit":5}', '{"alg":"ES256","kid":["first"]}', '{"alg":"ES256","kid":{}}', "1" * 5000),
        *('{"alg":"ES256","b64":false}', '{"alg":"ES256","zip":"DEF"}', '{"alg":"dir","enc":"A128GCM"}', "\x00"),
    ],
)
async def test_a_strange_header_is_refused_whatever_it_says(trusting: TokenVerifier, header: str) -> None:
    assert (await refusal(trusting, forged(header, b"x")))[0] == "valid-signature"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=st.text("aZ0-_=.+/ é☃\x00", max_size=60) | st.text(max_size=10))
async def test_whatever_stands_for_a_token_is_refused_in_a_short_sentence(trusting: TokenVerifier, token: str) -> None:
    rule, sentence = await refusal(trusting, f"Bearer {token}")
    assert rule in ("valid-signature", "bearer-token")
    assert len(sentence) < 250


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("exp", EPOCH + 1, True),
        ("exp", EPOCH - 29, True),
        ("exp", EPOCH - 30, False),
        ("exp", EPOCH - 3600, False),
        ("exp", 0, False),
        ("exp", EPOCH + 0.5, True),
        ("nbf", EPOCH, True),
        ("nbf", EPOCH + 30, True),
        ("nbf", EPOCH + 31, False),
        ("iat", EPOCH + 30, True),
        ("iat", EPOCH + 31, False),
        ("iat", ..., True),
    ],
)
async def test_clocks_may_differ_by_half_a_minute_and_no_more(
    trusting: TokenVerifier,
    name: str,
    value: object,
    accepted: bool,  # noqa: FBT001
) -> None:
    if accepted:
        assert (await trusting.actor(bearer(claims(**{name: value})))).subject == "ana"
    else:
        assert (await refusal(trusting, bearer(claims(**{name: value}))))[0] == "valid-claims"


async def test_a_token_that_was_good_is_refused_once_its_time_is_over(jwks: Path) -> None:
    clock = FixedClock(NOW)
    trusting, token = verifier(jwks, clock), bearer()
    await trusting.actor(token)
    clock.advance(timedelta(seconds=629))
    await trusting.actor(token)
    clock.advance(timedelta(seconds=1))
    rule, sentence = await refusal(trusting, token)
    assert rule == "valid-claims"
    assert "expired" in sentence


WRONG: Final[dict[str, tuple[object, ...]]] = {
    "iss": ("", "Scorebook", "scorebook/", "https://evil.invalid", ["scorebook"], 5),
    "aud": ("", "other", [], ["other"], 5, {"scorebook": 1}),
    "exp": ("", "soon", str(EPOCH + 600), True, [EPOCH + 600], float("nan"), float("inf")),
    "nbf": ("now", True, [0]),
    "sub": ("", 5, True, ["ana"], {}, "a\nb", "a\x00", "x" * 256, "\u202eana"),
    "roles": ("ops", {"ops": True}, 5, True, [["ops"]], [{}]),
    "programme": ("", 5, True, ["bolivia"], ["*"], {}, "**", "Bolivia", "b", "a/b", "bolivia\n", "x" * 32, "\x00"),
    "partner": ("", "x", 5, True, [str(PARTNER)], str(PARTNER)[:-1]),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, wrong in WRONG.items() for value in wrong])
async def test_a_claim_of_the_wrong_kind_is_refused(trusting: TokenVerifier, name: str, value: object) -> None:
    assert (await refusal(trusting, bearer(claims(**{name: value}))))[0] == "valid-claims"


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "sub", "roles", "programme"])
async def test_a_token_without_a_claim_we_need_is_refused_by_name(trusting: TokenVerifier, name: str) -> None:
    for missing in (..., None):
        rule, sentence = await refusal(trusting, bearer(claims(**{name: missing})))
        assert rule == "valid-claims"
        assert name in sentence


async def test_a_payload_that_is_no_object_is_refused_though_it_is_signed(trusting: TokenVerifier) -> None:
    for payload in (b"[]", b"5", b"null", b"x", b"", b"\xff", b"[" * 30_000):
        token = jws.serialize_compact({"alg": "ES256", "kid": "first"}, payload, KEY)
        assert (await refusal(trusting, f"Bearer {token}"))[0] == "valid-signature"


async def test_one_of_several_audiences_may_be_us(trusting: TokenVerifier) -> None:
    assert (await trusting.actor(bearer(claims(aud=["other", "scorebook"])))).subject == "ana"


async def test_every_programme_is_a_scope_of_its_own(trusting: TokenVerifier) -> None:
    assert (await trusting.actor(bearer(claims(programme="*")))).sees_programme("peru")


@pytest.mark.parametrize("roles", [[], ["admin"], ["OPS"], ["ops "], [5, None, True, 1.5]])
async def test_roles_of_other_programs_mean_nothing_here(trusting: TokenVerifier, roles: list[object]) -> None:
    assert (await trusting.actor(bearer(claims(roles=roles)))).roles == frozenset()


async def test_no_claim_makes_a_caller_a_handler(trusting: TokenVerifier) -> None:
    actor = await trusting.actor(bearer(claims(system=True, sub="system:billing", roles=[])))
    assert not actor.system
    assert not actor.has_any([Role.OPS])


@pytest.mark.parametrize("role", sorted(PARTNER_ROLES))
async def test_a_partners_role_without_a_partner_is_not_believed(trusting: TokenVerifier, role: Role) -> None:
    wide: dict[str, object] = {"roles": ["programme-manager", role], "programme": "*"}
    assert await refusal(trusting, bearer(claims(**wide))) == (
        "valid-claims",
        f"the token is not valid: {role} needs a partner",
    )
    assert (await trusting.actor(bearer(claims(**wide, partner=str(PARTNER))))).partner == PARTNER


@pytest.mark.parametrize(
    ("roles", "partner"),
    [
        ({Role.PROGRAMME_MANAGER, Role.TRAINER}, None),
        ({Role.PARTNER_ADMIN, Role.TRAINER}, PARTNER),
        ({Role.AUDITOR}, PARTNER),
    ],
)
async def test_what_the_installations_own_key_issues_is_what_the_verifier_reads(
    tmp_path: Path, roles: set[Role], partner: UUID | None
) -> None:
    key = SigningKey.load_or_create(tmp_path / "key.json", tmp_path / "jwks.json")
    actor = Actor("ana", frozenset(roles), "bolivia", partner)
    clock = FixedClock(NOW)
    token = key.issue(actor, clock=clock, lifetime=timedelta(minutes=5), issuer="scorebook", audience="scorebook")
    trusting = verifier(tmp_path / "jwks.json", clock)
    assert await trusting.actor(f"Bearer {token}") == actor
    clock.advance(timedelta(minutes=5, seconds=30))
    assert (await refusal(trusting, f"Bearer {token}"))[0] == "valid-claims"


def test_the_installations_own_key_stays_the_same_and_its_secret_half_stays_with_its_owner(tmp_path: Path) -> None:
    private, jwks = tmp_path / "key.json", tmp_path / "jwks.json"
    SigningKey.load_or_create(private, jwks)
    kept, published = private.read_bytes(), jwks.read_bytes()
    assert private.stat().st_mode & 0o777 == 0o600
    assert "d" not in json.loads(published)["keys"][0]
    jwks.unlink()
    SigningKey.load_or_create(private, jwks)
    assert (private.read_bytes(), jwks.read_bytes()) == (kept, published)


def test_two_processes_that_come_to_an_empty_home_at_once_go_by_one_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, jwks = tmp_path / "key.json", tmp_path / "jwks.json"
    generate = ECKey.generate_key

    def while_another_is_faster(*args: Any, **kwargs: Any) -> ECKey:  # noqa: ANN401 - as its original
        monkeypatch.setattr(ECKey, "generate_key", generate)
        SigningKey.load_or_create(private, jwks)
        return generate(*args, **kwargs)

    monkeypatch.setattr(ECKey, "generate_key", while_another_is_faster)
    key = SigningKey.load_or_create(private, jwks)
    kept = ECKey.import_key(json.loads(private.read_text("utf-8")))
    assert key._key.kid == kept.kid
    assert [one.kid for one in read_jwks(jwks).keys] == [kept.kid]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jwks.json", "key.json"]
