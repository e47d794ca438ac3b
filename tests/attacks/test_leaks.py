"""LEAK: what is secret is nowhere but where it has to be."""

import json
import logging
import re
import stat
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import redis
from django.apps import apps
from django.core import signing
from django.db import connection

from accounts.access_keys.flows import make_key
from accounts.credentials.flows import PasswordChanged
from accounts.models import AuthorizationCode, CaptchaChallenge, MailedCode, OutgoingMail, PasswordRecovery, Principal, SignInSession
from accounts.oauth.flows import Redeemed
from mfa.base.authenticators import Removed
from mfa.recovery.telephone import Heard
from mfa.totp.flows import begin
from portal.conf import BASE_DIR, conf
from portal.core import clock
from portal.core.errors import BadInput
from portal.core.tokens import new_token, seal, unseal
from portal.inbox.models import Message
from portal.network.origin import Origin
from portal.training.phone.key_uri import read_address
from portal.world.people import Person
from tests.admin.second_factors import fill_tables, secrets_in_tables
from tests.console.browsing import principal_of
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor
from tests.policies.recovery.cases import fill_cases

NEW = "Canary-Fresh-7731"
WRONG = "Canary-Wrong-8842"
MAIL = {"portal_message", Message._meta.db_table}
"""The captured mails themselves: this is where a code or a link has to be."""


def dump() -> dict[str, str]:
    """Return every table's rows as text."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # names of tables, from the database itself
            found[table] = repr(cursor.fetchall())
    return found


def test_leak_01_canaries_of_whole_journeys_are_in_no_table_no_log_and_no_cache(
    visitor: Visitor,
    stranger: Visitor,
    root_user: Person,
    iam_user_to_change_password: Person,
    cache_client: redis.Redis,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    canaries: set[str] = {WRONG, NEW}

    page = stranger.reaches_root_password(root_user)
    stranger.sends(page, password=WRONG)
    page = visitor.goes(visitor.names_root(root_user), "/signin/security-check")
    canaries.add(visitor.client.get("/training/api/captcha", headers={"X-Training": "1"}).json()["answer"])
    page = visitor.goes(visitor.passes_check(page), "/signin/password")
    page = visitor.goes(visitor.sends(page, password=root_user.password), "/signin/verification-code")
    code = visitor.newest_mail(root_user.email)["codes"][0]
    answer = visitor.puts_off_registration(visitor.sends(page, code=code))
    for _ in range(2):
        carried = parse_qs(urlsplit(answer.headers["Location"]).query)
        canaries |= {carried[name][0] for name in ("code", "state") if name in carried}
        answer = visitor.get(answer.headers["Location"])
    canaries |= {morsel.value for name, morsel in visitor.client.cookies.items() if name.startswith("s-")}
    page = stranger.goes(stranger.sends(stranger.opens("/password/forgot"), email=root_user.email), "/password/forgot/security-check")
    stranger.passes_check(page)
    link = str(visitor.newest_mail(root_user.email)["links"][0])
    canaries.add(link.rpartition("/")[2])
    page = stranger.goes(stranger.get(link), "/password/new")
    stranger.sends(page, new_password=NEW, confirm_password=NEW)
    page = visitor.goes(visitor.gives_iam(iam_user_to_change_password, address="/console/?add=1&user=iam"), "/signin/new-password")
    visitor.walks(visitor.sends(page, new_password=NEW + "-x", confirm_password=NEW + "-x"))
    canaries |= {root_user.password, iam_user_to_change_password.password, visitor.client.cookies["csrf"].value}

    assert len(canaries) > 8
    for table, rows in dump().items():
        if table in MAIL:
            continue
        assert not [canary for canary in canaries if canary in rows], table
        if table.startswith(("accounts", "mfa", "portal")):
            assert f"'{code}'" not in rows, table
    mails = dump()[Message._meta.db_table]
    assert not [canary for canary in canaries - {link.rpartition("/")[2]} if canary in mails]
    assert not [canary for canary in canaries if canary in caplog.text]
    for key in cache_client.scan_iter():
        if cache_client.type(key) == b"string":
            value: Any = cache_client.get(key)
            assert not [canary for canary in canaries if canary.encode() in value + bytes(key)], key
    assert not [canary for canary in canaries if canary in json.dumps(visitor.events())]


def test_leak_01_an_answer_repeats_no_password(visitor: Visitor, root_user: Person, iam_user: Person, operator: Person) -> None:
    answers = [
        visitor.gives_iam(iam_user, password=WRONG),
        visitor.sends(visitor.opens("/signin/operator"), username=operator.username, password=WRONG),
        visitor.posts_with_token("/signin/iam", account="!", username="Carlos", password=WRONG),
    ]
    stranger = Visitor(address="192.0.2.77")
    answers.append(stranger.sends(stranger.reaches_root_password(root_user), password=WRONG))
    for answer in answers:
        assert WRONG not in answer.content.decode() + str(answer.headers) + str(answer.cookies)


def test_leak_03_no_representation_shows_a_secret(visitor: Visitor, root_user: Person, iam_user: Person) -> None:
    visitor.reaches_code(root_user)
    code = visitor.newest_mail(root_user.email)["codes"][0]
    page = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email=root_user.email), "/password/forgot/security-check")
    visitor.passes_check(page)
    visitor.walks(visitor.gives_iam(iam_user))
    fill_tables(principal_of(root_user))
    hashes = set(Principal.objects.values_list("password", flat=True)) - {""}
    shown = ""
    for model in apps.get_models():
        for row in model._default_manager.all():
            shown += f"{row!r} {row!s}\n"
    for model in (AuthorizationCode, CaptchaChallenge, MailedCode, OutgoingMail, PasswordRecovery, SignInSession):
        assert model._default_manager.exists(), model
    digests = set(SignInSession.objects.values_list("secret_digest", flat=True)) | set(
        AuthorizationCode.objects.values_list("code_digest", flat=True)
    )
    sealed = set(CaptchaChallenge.objects.values_list("sealed_answer", flat=True)) | set(
        OutgoingMail.objects.values_list("sealed_context", flat=True)
    )
    factors = secrets_in_tables()
    assert not [secret for secret in hashes | digests | (sealed - {""}) | factors | {code} if re.search(rf"\b{re.escape(secret)}\b", shown)]


def test_leak_03_outcomes_that_carry_a_secret_do_not_show_it(visitor: Visitor, iam_user: Person) -> None:
    visitor.signs_in_as_iam_user(iam_user)
    assert WRONG not in repr(PasswordChanged(WRONG))
    assert WRONG not in repr(Redeemed(SignInSession.objects.get(), WRONG))
    assert WRONG not in repr(Removed(WRONG))
    registration = begin(principal_of(iam_user), "browser")
    assert registration.secret not in repr(registration)
    assert registration.secret not in repr(read_address(registration.address))
    assert WRONG not in repr(Heard("+1", WRONG, clock.now(), over=False))
    assert str(BadInput("public", detail="detail")) == "public"


HASHED = {
    "accounts.SignInSession.secret_digest",
    "accounts.AuthorizationCode.code_digest",
    "accounts.AuthorizationCode.browser_digest",
    "accounts.PasswordRecovery.token_digest",
    "accounts.MailedCode.code_digest",
    "accounts.MailedCode.attempt_digest",
    "accounts.CaptchaChallenge.browser_digest",
    "mfa.TrustedDevice.token_digest",
    "mfa.FactorRecovery.attempt_digest",
    "mfa.FactorRecovery.link_digest",
    "mfa.FactorRecovery.code_digest",
    "mfa.Passkey.credential_digest",
    "policies.RecoveryCase.code_digest",
    "policies.RecoveryCase.link_digest",
    "policies.RecoveryVisit.link_digest",
    "policies.RecoveryVisit.secret_digest",
}
SEALED = {
    "accounts.AccessKey.sealed_secret",
    "accounts.CaptchaChallenge.sealed_answer",
    "accounts.OutgoingMail.sealed_context",
    "mfa.AuthenticatorApp.sealed_secret",
    "mfa.PhoneCall.sealed_digits",
    "mfa.VirtualDevice.sealed_secret",
    "portal.PhoneApp.sealed_secret",
}
SLOW = {"accounts.Principal.password", "accounts.FormerPassword.encoded"}
PUBLIC = {
    "accounts.AuthorizationCode.code_challenge",
    "accounts.PasswordPolicy.require_symbols",
    "mfa.Passkey.public_key",
    "policies.PermissionStatement.client_token",
    "portal.Digest.digest",
    "portal.Digest.listed_digest",
    "portal.Rehearsal.key",
}
"""A PKCE challenge is the hash of a verifier and public by design, as is the public half of a passkey; a client token keeps a call from being
done twice and opens nothing; the hashes of the sealed log are printed, to be kept elsewhere; a rehearsal's key is its address, and opens it to
those alone who may rehearse that account."""
SECRETIVE = re.compile(r"digest|secret|token|code|password(?!_changed|_polic)|sealed|encoded|answer|seed|key$")


@pytest.mark.real_hashes
def test_leak_04_every_column_that_sounds_secret_is_hashed_or_sealed(visitor: Visitor, root_user: Person, iam_user: Person) -> None:
    visitor.reaches_code(root_user)
    page = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email=root_user.email), "/password/forgot/security-check")
    visitor.passes_check(page)
    visitor.walks(visitor.gives_iam(iam_user))
    fill_tables(principal_of(root_user))
    fill_cases(principal_of(iam_user))
    make_key(principal_of(iam_user), origin=Origin(address="127.0.0.1", region="us-east-1", regional=True, user_agent="tests", host="localhost"))
    for label in HASHED | SEALED | SLOW:
        app, model, field = label.split(".")
        values = {value for value in apps.get_model(app, model).objects.values_list(field, flat=True) if value}
        if label in HASHED:
            assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in values), label
        elif label in SEALED:
            assert all(unseal(value) is not None and unseal(value) not in value for value in values), label
        else:
            assert all(re.match(r"argon2\$argon2id\$v=19\$m=19456,t=2,p=1\$|!", value) for value in values), label
        assert values or label == "accounts.FormerPassword.encoded", label


def test_leak_04_a_new_column_that_sounds_secret_fails_here() -> None:
    sounding = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in {"accounts", "mfa", "portal", "policies"} and not model._meta.proxy
        for field in model._meta.concrete_fields
        if SECRETIVE.search(field.name) and field.get_internal_type() in {"CharField", "TextField", "BinaryField", "JSONField"}
    }
    names = {
        "accounts.Principal.name_key",
        "accounts.Principal.email_key",
        "accounts.Group.name_key",
        "portal.Event.principal_key",
        "portal.Message.recipient_key",
    }
    assert sounding <= HASHED | SEALED | SLOW | PUBLIC | names


def test_leak_05_the_key_is_made_here_and_read_by_its_owner_alone() -> None:
    path = conf.data_dir / "secret-key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().strip()) >= 64
    ignored = (BASE_DIR / ".gitignore").read_text().splitlines()
    assert [line for line in ignored if line.strip("/") == "var"]


def test_leak_05_keys_differ_between_installations(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = set()
    for name in ("one", "two"):
        monkeypatch.setenv("PORTAL_DATA", str(tmp_path / name))
        monkeypatch.delenv("PORTAL_SECRET_KEYS", raising=False)
        keys.add(type(conf)().secret_keys[0])
        assert stat.S_IMODE((tmp_path / name / "secret-key").stat().st_mode) == 0o600
    assert len(keys) == 2


def test_leak_05_tokens_have_256_bits_and_no_pattern() -> None:
    tokens = [new_token() for _ in range(2000)]
    assert len(set(tokens)) == 2000
    for place in range(42):
        assert len({token[place] for token in tokens}) == 64, place


def test_leak_05_nothing_is_signed_with_a_key_that_stands_in_the_source(world: World) -> None:
    sealed = seal("canary")
    assert unseal(sealed) == "canary"
    assert unseal(sealed[:-4] + "AAAA") is None
    with pytest.raises(signing.BadSignature):
        signing.loads(signing.dumps({"1": 0}, salt="vestibule.known-browser"), salt="vestibule.console-authorization")
