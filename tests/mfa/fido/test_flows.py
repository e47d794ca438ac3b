"""Challenges that are good once, for one browser and one purpose; credentials that belong to one identity; counters (PK-01, -04 to -08, -11, -12)."""

import json
from datetime import timedelta

import pytest

from accounts.mail.kinds import MailKind
from accounts.models import OutgoingMail, SignInSession
from accounts.outcomes import Failure
from accounts.sessions.flows import open_session
from mfa.base.authenticators import DeviceFailure, Removed, remove
from mfa.base.authenticators import rename as rename_device
from mfa.fido import flows
from mfa.fido.challenges import Verification
from mfa.fido.flows import PasskeyFailure
from mfa.models import Authenticator, Ceremony, Passkey
from portal.conf import conf
from portal.core import clock
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.mfa.codes import principal_of
from tests.mfa.fido.authenticator import PRESENT, SoftwareAuthenticator, decode
from tests.mfa.fido.conftest import BINDING, ORIGIN, Holder, register

OTHER_BROWSER = "c" * 64


def shows(holder: Holder, *, binding: str = BINDING, options: str = "", flags: int | None = None) -> Authenticator | None:
    """Let a holder answer a fresh challenge of this browser, or the one given, with its own passkey."""
    options = options or flows.options_for_sign_in(holder.principal, binding)
    return flows.verify(holder.principal, binding, json.dumps(holder.authenticator.show(options, flags=flags)), origin=ORIGIN)


def test_a_passkey_is_registered_with_all_that_is_known_of_it(iam_user: Person) -> None:
    principal = principal_of(iam_user)
    authenticator = SoftwareAuthenticator(synced=True)
    passkey = register(principal, authenticator, name="password-manager")
    stored = Passkey.objects.get(pk=passkey.pk)
    assert stored.confirmed
    assert (stored.type, stored.name, stored.binding) == (Authenticator.Type.FIDO, "password-manager", "")
    assert (stored.discoverable, stored.user_verified, stored.synced, stored.backed_up) == (True, True, True, True)
    assert (stored.attachment, stored.transports, stored.attestation) == ("platform", "internal", "none")
    assert stored.aaguid == "00000000-0000-0000-0000-000000000000"
    assert decode(stored.credential_id) == authenticator.credential_id
    assert len(decode(stored.user_handle)) == 64
    assert stored.serial.startswith("arn:aws:iam::111122223333:u2f/user/Carlos/password-manager-")
    assert Event.objects.filter(event_name=EventName.ENABLE_MFA_DEVICE).count() == 1


def test_a_passkey_signs_in_and_its_use_is_noted(iam_user_with_passkey: Holder) -> None:
    shown = shows(iam_user_with_passkey)
    assert shown is not None
    assert shown.serial == iam_user_with_passkey.passkey.serial
    stored = iam_user_with_passkey.reloaded()
    assert stored.sign_count == 1
    assert stored.last_used_at is not None


def test_an_identity_keeps_one_handle_that_says_nothing(iam_user: Person, other_iam_user: Person) -> None:
    principal = principal_of(iam_user)
    before = json.loads(flows.registration_options(principal, BINDING))["user"]["id"]
    again = json.loads(flows.registration_options(principal, OTHER_BROWSER))["user"]["id"]
    first, second = register(principal, SoftwareAuthenticator()), register(principal, SoftwareAuthenticator(), name="second")
    assert {before, again, first.user_handle, second.user_handle} == {before}
    assert register(principal_of(other_iam_user), SoftwareAuthenticator()).user_handle != before


def test_registered_passkeys_are_excluded_and_allowed_with_their_transports(iam_user_with_passkey: Holder) -> None:
    passkey = iam_user_with_passkey.passkey
    wanted = [{"type": "public-key", "id": passkey.credential_id, "transports": ["usb"]}]
    assert json.loads(flows.registration_options(iam_user_with_passkey.principal, BINDING))["excludeCredentials"] == wanted
    options = json.loads(flows.options_for_sign_in(iam_user_with_passkey.principal, BINDING))
    assert (options["allowCredentials"], options["userVerification"]) == (wanted, "preferred")


def test_presence_is_enough_after_the_password(iam_user_with_passkey: Holder) -> None:
    assert shows(iam_user_with_passkey, flags=PRESENT) is not None


# PK-01: a challenge is good once, for what it was given out for


def test_pk_01_a_challenge_is_good_once(iam_user_with_passkey: Holder) -> None:
    options = flows.options_for_sign_in(iam_user_with_passkey.principal, BINDING)
    assert shows(iam_user_with_passkey, options=options) is not None
    assert shows(iam_user_with_passkey, options=options) is None


def test_pk_01_an_answer_cannot_be_sent_again(iam_user_with_passkey: Holder) -> None:
    options = flows.options_for_sign_in(iam_user_with_passkey.principal, BINDING)
    posted = json.dumps(iam_user_with_passkey.authenticator.show(options))
    assert flows.verify(iam_user_with_passkey.principal, BINDING, posted, origin=ORIGIN) is not None
    flows.options_for_sign_in(iam_user_with_passkey.principal, BINDING)
    assert flows.verify(iam_user_with_passkey.principal, BINDING, posted, origin=ORIGIN) is None


@pytest.mark.parametrize("posted", ["", "{}", "nonsense", "x" * 20_000])
def test_pk_01_a_challenge_is_used_up_by_whatever_comes_back(iam_user_with_passkey: Holder, posted: str) -> None:
    options = flows.options_for_sign_in(iam_user_with_passkey.principal, BINDING)
    assert flows.verify(iam_user_with_passkey.principal, BINDING, posted, origin=ORIGIN) is None
    assert shows(iam_user_with_passkey, options=options) is None


def test_pk_01_a_wrong_answer_uses_the_challenge_up(iam_user_with_passkey: Holder) -> None:
    options = flows.options_for_sign_in(iam_user_with_passkey.principal, BINDING)
    assert shows(iam_user_with_passkey, options=options, flags=0) is None
    assert shows(iam_user_with_passkey, options=options) is None


def test_pk_01_two_tabs_have_a_challenge_each(iam_user_with_passkey: Holder) -> None:
    first, second = (flows.options_for_sign_in(iam_user_with_passkey.principal, BINDING) for _tab in range(2))
    assert shows(iam_user_with_passkey, options=first) is not None
    assert shows(iam_user_with_passkey, options=second) is not None
    assert shows(iam_user_with_passkey, options=second) is None


def test_pk_01_a_challenge_of_another_browser_is_refused(iam_user_with_passkey: Holder) -> None:
    options = flows.options_for_sign_in(iam_user_with_passkey.principal, OTHER_BROWSER)
    assert shows(iam_user_with_passkey, options=options) is None
    flows.options_for_sign_in(iam_user_with_passkey.principal, BINDING)
    assert shows(iam_user_with_passkey, options=options) is None
    assert shows(iam_user_with_passkey, options=options, binding=OTHER_BROWSER) is not None


def test_pk_01_a_challenge_of_another_identity_is_refused(iam_user_with_passkey: Holder, other_iam_user_with_passkey: Holder) -> None:
    options = flows.options_for_sign_in(other_iam_user_with_passkey.principal, BINDING)
    assert shows(iam_user_with_passkey, options=options) is None


def test_pk_01_a_challenge_of_another_purpose_is_refused(iam_user_with_passkey: Holder, other_iam_user: Person) -> None:
    creation = json.loads(flows.registration_options(iam_user_with_passkey.principal, BINDING))
    as_request = json.dumps({"rpId": creation["rp"]["id"], "challenge": creation["challenge"]})
    assert shows(iam_user_with_passkey, options=as_request) is None
    assert shows(iam_user_with_passkey, options=flows.options_for_autofill(BINDING)) is None

    principal = principal_of(other_iam_user)
    request = json.loads(flows.options_for_sign_in(principal, BINDING))
    as_creation = json.dumps({"rp": {"id": request["rpId"]}, "user": creation["user"], "challenge": request["challenge"]})
    posted = json.dumps(SoftwareAuthenticator().make(as_creation))
    outcome = flows.register(principal, BINDING, posted, name="passkey", origin=ORIGIN, session=None)
    assert outcome == Failure(PasskeyFailure.NOT_ACCEPTED)


def test_pk_01_a_challenge_expires(iam_user_with_passkey: Holder) -> None:
    options = flows.options_for_sign_in(iam_user_with_passkey.principal, BINDING)
    clock.advance(conf.ceremony_lifetime - timedelta(seconds=1))
    assert shows(iam_user_with_passkey, options=options) is not None
    options = flows.options_for_sign_in(iam_user_with_passkey.principal, BINDING)
    clock.advance(conf.ceremony_lifetime)
    assert shows(iam_user_with_passkey, options=options) is None


def test_pk_01_challenges_are_long_and_never_the_same(iam_user_with_passkey: Holder) -> None:
    given = [json.loads(flows.options_for_sign_in(iam_user_with_passkey.principal, BINDING))["challenge"] for _ in range(50)]
    assert len(set(given)) == 50
    assert {len(decode(challenge)) for challenge in given} == {32}


# PK-04: what was asked for stands on the server


def test_pk_04_the_stored_word_decides_whether_the_user_must_be_verified(iam_user_with_passkey: Holder) -> None:
    options = flows.options_for_sign_in(iam_user_with_passkey.principal, BINDING)
    Ceremony.objects.update(user_verification=Verification.REQUIRED)
    edited = json.dumps(json.loads(options) | {"userVerification": "discouraged"})
    assert shows(iam_user_with_passkey, options=edited, flags=PRESENT) is None


# PK-05: another identity's passkey


def test_pk_05_another_identitys_passkey_is_refused(iam_user_with_passkey: Holder, other_iam_user_with_passkey: Holder) -> None:
    options = flows.options_for_sign_in(iam_user_with_passkey.principal, BINDING)
    posted = json.dumps(other_iam_user_with_passkey.authenticator.show(options))
    assert flows.verify(iam_user_with_passkey.principal, BINDING, posted, origin=ORIGIN) is None
    assert other_iam_user_with_passkey.reloaded().last_used_at is None


def test_pk_05_a_passkey_that_is_not_registered_or_was_removed_is_refused(iam_user_with_passkey: Holder) -> None:
    options = flows.options_for_sign_in(iam_user_with_passkey.principal, BINDING)
    unknown = SoftwareAuthenticator(user_handle=iam_user_with_passkey.authenticator.user_handle)
    assert flows.verify(iam_user_with_passkey.principal, BINDING, json.dumps(unknown.show(options)), origin=ORIGIN) is None
    remove(iam_user_with_passkey.principal, iam_user_with_passkey.passkey.pk, origin=ORIGIN, session=None)
    assert shows(iam_user_with_passkey) is None


def test_a_passkey_whose_registration_is_not_complete_signs_nobody_in(iam_user_with_passkey: Holder) -> None:
    Authenticator.objects.update(confirmed=False)
    assert shows(iam_user_with_passkey) is None


# PK-06: a counter that does not grow


def test_pk_06_a_cloned_key_is_refused_recorded_and_mailed(root_user: Person) -> None:
    authenticator = SoftwareAuthenticator()
    principal = principal_of(root_user)
    holder = Holder(root_user, principal, authenticator, register(principal, authenticator, name="root-key"))
    OutgoingMail.objects.all().delete()
    for count, fine in ((4, True), (5, True), (5, False), (2, False), (6, True)):
        authenticator.count = count - 1
        assert (shows(holder) is not None) == fine, count
    assert holder.reloaded().sign_count == 6
    events = Event.objects.filter(event_name=EventName.PASSKEY_CLONE_SUSPECTED)
    assert events.count() == 2
    assert json.loads(events.latest("id").record)["additionalEventData"]["serialNumber"] == holder.passkey.serial
    assert [mail.recipient for mail in OutgoingMail.objects.filter(kind=MailKind.PASSKEY_SUSPECTED)] == [root_user.email] * 2


def test_pk_06_a_counter_that_stays_at_zero_is_no_counter(root_user_with_passkey: Holder) -> None:
    for _sign_in in range(3):
        assert shows(root_user_with_passkey) is not None
    assert root_user_with_passkey.reloaded().sign_count == 0
    assert not Event.objects.filter(event_name=EventName.PASSKEY_CLONE_SUSPECTED).exists()


def test_pk_06_a_wrong_signature_with_an_old_counter_raises_no_alarm(iam_user_with_passkey: Holder) -> None:
    assert shows(iam_user_with_passkey) is not None
    iam_user_with_passkey.authenticator.count = 0
    options = flows.options_for_sign_in(iam_user_with_passkey.principal, BINDING)
    posted = iam_user_with_passkey.authenticator.show(options, signature=lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]))
    assert flows.verify(iam_user_with_passkey.principal, BINDING, json.dumps(posted), origin=ORIGIN) is None
    assert not Event.objects.filter(event_name=EventName.PASSKEY_CLONE_SUSPECTED).exists()


# PK-07: the backup state


def test_pk_07_the_backup_state_is_kept_up_to_date(root_user_with_passkey: Holder) -> None:
    assert root_user_with_passkey.passkey.backed_up
    assert shows(root_user_with_passkey, flags=0x01 | 0x08) is not None
    assert not root_user_with_passkey.reloaded().backed_up
    assert shows(root_user_with_passkey, flags=0x01) is None


# PK-08: one credential, one identity


def test_pk_08_a_credential_belongs_to_one_identity(iam_user_with_passkey: Holder, other_iam_user: Person) -> None:
    impostor = SoftwareAuthenticator(credential_id=iam_user_with_passkey.authenticator.credential_id)
    for principal in (principal_of(other_iam_user), iam_user_with_passkey.principal):
        posted = json.dumps(impostor.make(flows.registration_options(principal, BINDING)))
        outcome = flows.register(principal, BINDING, posted, name="stolen", origin=ORIGIN, session=None)
        assert outcome == Failure(PasskeyFailure.ALREADY_REGISTERED)
    assert Passkey.objects.filter(credential_digest=iam_user_with_passkey.passkey.credential_digest).count() == 1
    assert shows(iam_user_with_passkey) is not None


# PK-11: a registration belongs to the browser that began it, and happens once


def test_pk_11_a_registration_cannot_be_sent_from_another_session_or_again(iam_user: Person) -> None:
    principal, authenticator = principal_of(iam_user), SoftwareAuthenticator()
    posted = json.dumps(authenticator.make(flows.registration_options(principal, BINDING)))
    elsewhere = flows.register(principal, OTHER_BROWSER, posted, name="passkey", origin=ORIGIN, session=None)
    assert elsewhere == Failure(PasskeyFailure.NOT_ACCEPTED)
    first = flows.register(principal, BINDING, posted, name="passkey", origin=ORIGIN, session=None)
    assert isinstance(first, Passkey)
    remove(principal, first.pk, origin=ORIGIN, session=None)
    again = flows.register(principal, BINDING, posted, name="passkey", origin=ORIGIN, session=None)
    assert again == Failure(PasskeyFailure.NOT_ACCEPTED)
    assert not Passkey.objects.filter(user=principal).exists()


def test_pk_11_a_registration_of_one_identity_is_none_of_another(iam_user: Person, other_iam_user: Person) -> None:
    posted = json.dumps(SoftwareAuthenticator().make(flows.registration_options(principal_of(other_iam_user), BINDING)))
    outcome = flows.register(principal_of(iam_user), BINDING, posted, name="passkey", origin=ORIGIN, session=None)
    assert outcome == Failure(PasskeyFailure.NOT_ACCEPTED)


# PK-12: names, limits, the last one


def test_pk_12_eight_devices_and_no_more(iam_user: Person) -> None:
    principal = principal_of(iam_user)
    for number in range(8):
        register(principal, SoftwareAuthenticator(), name=f"key-{number}")
    posted = json.dumps(SoftwareAuthenticator().make(flows.registration_options(principal, BINDING)))
    outcome = flows.register(principal, BINDING, posted, name="key-9", origin=ORIGIN, session=open_session(principal, origin=ORIGIN)[0])
    assert outcome == Failure(DeviceFailure.FULL)
    assert Passkey.objects.filter(user=principal).count() == 8


def test_pk_12_a_name_that_is_taken_registers_nothing(iam_user_with_passkey: Holder) -> None:
    principal = iam_user_with_passkey.principal
    posted = json.dumps(SoftwareAuthenticator().make(flows.registration_options(principal, BINDING)))
    outcome = flows.register(principal, BINDING, posted, name="passkey", origin=ORIGIN, session=open_session(principal, origin=ORIGIN)[0])
    assert outcome == Failure(DeviceFailure.NAME_TAKEN)
    assert Passkey.objects.filter(user=principal).count() == 1


def test_pk_12_renaming_and_deleting_are_events_and_deleting_ends_other_sessions(iam_user_with_passkey: Holder) -> None:
    principal, passkey = iam_user_with_passkey.principal, iam_user_with_passkey.passkey
    here, _secret = open_session(principal, origin=ORIGIN)
    elsewhere, _other_secret = open_session(principal, origin=ORIGIN)
    rename_device(principal, passkey.pk, name="blue-key", origin=ORIGIN, session=here)
    renamed = iam_user_with_passkey.reloaded()
    assert (renamed.name, renamed.serial) == ("blue-key", passkey.serial)
    outcome = remove(principal, passkey.pk, origin=ORIGIN, session=here)
    assert isinstance(outcome, Removed)
    assert outcome.secret
    assert not Passkey.objects.filter(pk=passkey.pk).exists()
    elsewhere.refresh_from_db()
    assert elsewhere.end_reason == SignInSession.End.FACTORS_CHANGED
    names = set(Event.objects.values_list("event_name", flat=True))
    assert {EventName.MFA_DEVICE_RENAMED, EventName.DEACTIVATE_MFA_DEVICE} <= names


def test_pk_12_the_last_passkey_of_a_root_user_stays(root_user_with_passkey: Holder) -> None:
    outcome = remove(root_user_with_passkey.principal, root_user_with_passkey.passkey.pk, origin=ORIGIN, session=None)
    assert outcome == Failure(DeviceFailure.LAST_ONE)
    assert shows(root_user_with_passkey) is not None
