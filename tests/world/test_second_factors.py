"""The second factors of the demo world's people: registered, answerable with what the world file says, and dumped only as such."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Account, Principal
from mfa.base.rules import Need, grace_left, need, rule_of
from mfa.fido import flows as fido
from mfa.models import Authenticator, AuthenticatorApp, Passkey
from portal.core import clock
from portal.core.tokens import seal, unseal
from portal.models import PhoneApp
from portal.network.origin import Origin
from portal.world.dumping import dump_world
from portal.world.flows import load_world, reset_world
from portal.world.keys import from_base64url, private_key_of
from portal.world.people import Person, people
from tests.attacks.test_leaks import dump
from tests.console.browsing import principal_of
from tests.mfa.fido.authenticator import SoftwareAuthenticator

World = dict[tuple[str, str], Person]

HERE = Origin(address="192.0.2.1", region="us-east-1", regional=False, user_agent="", host="localhost")


def _owner(person: Person) -> Principal:
    return principal_of(person) if person.account else Principal.objects.get(kind="operator", name=person.username)


def test_each_listed_secret_is_that_of_a_registered_app(world: World) -> None:
    with_app = [person for person in people() if person.totp_secret]
    assert {person.username for person in with_app} == {"alice", "Jorge_Souza", "Efua_Owusu", "operator"}
    assert len({person.totp_secret for person in with_app}) == len(with_app)
    for person in with_app:
        app = AuthenticatorApp.objects.get(user=_owner(person), confirmed=True)
        assert unseal(app.sealed_secret) == person.totp_secret
        assert app.last_step == 0
        assert unseal(PhoneApp.objects.get(principal=_owner(person)).sealed_secret) == person.totp_secret
    assert AuthenticatorApp.objects.count() == PhoneApp.objects.count() == len(with_app)


def test_serial_numbers_are_those_that_cloudtrail_shows_and_outlive_a_reset(world: World) -> None:
    before = dict(Authenticator.objects.exclude(user__account=None).values_list("name", "serial"))
    assert before["alice-phone"] == "arn:aws:iam::111122223333:mfa/alice-phone"
    assert before["Jorge_Souza-passkey"].startswith("arn:aws:iam::111122223333:u2f/user/Jorge_Souza/Jorge_Souza-passkey-")
    reset_world()
    assert before == dict(Authenticator.objects.exclude(user__account=None).values_list("name", "serial"))


def test_the_listed_passkey_answers_the_portals_challenge(world: World) -> None:
    jorge = world["111122223333", "Jorge_Souza"]
    assert jorge.passkey
    owner = principal_of(jorge)
    authenticator = SoftwareAuthenticator(
        credential_id=from_base64url(jorge.passkey.credential_id), user_handle=from_base64url(jorge.passkey.user_handle)
    )
    authenticator.key = private_key_of(jorge.passkey)
    for expected in (1, 2):
        shown = authenticator.show(fido.options_for_sign_in(owner, "a-browser"))
        assert fido.verify(owner, "a-browser", json.dumps(shown), origin=HERE) is not None
        assert Passkey.objects.get(user=owner).sign_count == expected
    assert {device.type for device in Authenticator.objects.filter(user=owner)} == {"totp", "fido"}


def test_someone_meets_each_rule(world: World) -> None:
    def meets(person: Person) -> Need:
        owner = _owner(person)
        return need(rule_of(owner), has_device=owner.authenticator_set.exists(), trusted=False)

    late = world["888888888888", "guarded@example.com"]
    assert grace_left(_owner(late)) < timedelta(0)
    assert meets(late) == Need.REGISTER
    assert meets(world["111122223333", "management@example.com"]) == Need.OFFER
    assert meets(world["888888888888", "Diego_Ramirez"]) == Need.REGISTER
    assert meets(world["888888888888", "Efua_Owusu"]) == meets(world["111122223333", "alice"]) == meets(world["", "operator"]) == Need.CHALLENGE
    assert meets(world["111122223333", "Carlos"]) == Need.NOTHING


def test_numbers_are_of_the_range_for_fiction(world: World) -> None:
    numbers = list(Account.objects.exclude(contact_phone="").values_list("contact_phone", flat=True))
    assert len(set(numbers)) == len(numbers) > 4
    assert all(number.startswith("+1 206 555 01") and len(number) == 15 for number in numbers)
    assert Account.objects.get(pk="111122223333").contact_phone
    for account in Account.objects.exclude(contact_phone=""):
        account.full_clean()


def test_leak_01_no_secret_of_the_world_is_stored_in_clear(world: World) -> None:
    secrets = [person.totp_secret for person in people() if person.totp_secret]
    keys = [person.passkey.private_key for person in people() if person.passkey]
    assert secrets
    assert keys
    for table, rows in dump().items():
        assert not [secret for secret in (*secrets, *keys) if secret in rows], table


def test_a_dump_names_second_factors_only_while_they_are_the_files(world: World, tmp_path: Path) -> None:
    text = dump_world(name="mine")
    for person in people():
        assert not person.totp_secret or person.totp_secret in text
    jorge = world["111122223333", "Jorge_Souza"]
    assert jorge.passkey
    assert jorge.passkey.private_key in text
    alice = world["111122223333", "alice"]
    own = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    AuthenticatorApp.objects.filter(user=principal_of(alice)).update(sealed_secret=seal(own))
    Passkey.objects.filter(user=principal_of(jorge)).delete()
    changed = dump_world(name="mine")
    assert alice.totp_secret not in changed
    assert own not in changed
    assert jorge.passkey.private_key not in changed
    assert jorge.totp_secret in changed

    file = tmp_path / "mine.yaml"
    file.write_text(changed, "utf-8")
    call_command("world", "load", str(file), "--replace")
    try:
        assert not Authenticator.objects.filter(user__name="alice", user__account="111122223333").exists()
        assert Account.objects.get(pk="888888888888").iam_users_need_mfa
        late = Principal.objects.get(email="guarded@example.com").first_sign_in_at
        assert late is not None
        assert late < clock.now() - timedelta(days=39)
        assert dump_world(name="mine") == changed
    finally:
        load_world(replace=True)


def test_a_reset_takes_devices_that_were_registered_since_and_brings_lost_ones_back(world: World) -> None:
    owner = principal_of(world["111122223333", "Carlos"])
    AuthenticatorApp.objects.create(user=owner, name="later", type="totp", serial="s", sealed_secret=seal("JBSWY3DPEHPK3PXP"), confirmed=True)
    PhoneApp.objects.all().delete()
    Authenticator.objects.filter(user__name="alice").delete()
    reset_world()
    assert not Authenticator.objects.filter(name="later").exists()
    assert Authenticator.objects.filter(name="alice-phone").exists()
    assert PhoneApp.objects.count() == len([person for person in people() if person.totp_secret])


def test_where_others_reach_the_portal_the_worlds_operator_has_no_known_second_factor(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_PUBLIC", "1")
    load_world(replace=True)
    operator = Principal.objects.get(kind="operator")
    assert not Authenticator.objects.filter(user=operator).exists()
    assert not PhoneApp.objects.filter(principal=operator).exists()


def test_operators_second_factors_outlive_a_reset_where_others_reach_the_portal(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_PUBLIC", "1")
    load_world(replace=True)
    operator = Principal.objects.get(kind="operator")
    sealed = seal("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    app = AuthenticatorApp.objects.create(
        user=operator, name="own", type="totp", serial="operator/own", sealed_secret=sealed, last_step=77, confirmed=True
    )
    AuthenticatorApp.objects.create(user=operator, name="", type="totp", serial="unconfirmed/x", sealed_secret=sealed, confirmed=False)
    reset_world()
    kept = AuthenticatorApp.objects.get(user=operator)
    assert (kept.pk, kept.name, kept.serial, kept.sealed_secret, kept.last_step) == (app.pk, "own", "operator/own", sealed, 77)
