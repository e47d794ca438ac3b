"""DEV: a trusted device spares the second factor there and nowhere else, and no longer than it should."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.http import HttpRequest

from accounts.credentials.flows import replace_password
from accounts.credentials.hashing import hashed
from accounts.models import Principal, SignInSession
from accounts.sessions.flows import end_all, open_session
from accounts.signin.attempt import Attempt
from mfa.base.authenticators import confirm, deactivate, remove, rename
from mfa.base.rules import Need, need, rule_of
from mfa.base.stages import SECOND_FACTOR, assess
from mfa.models import AuthenticatorApp, DirectoryRule, TrustedDevice
from mfa.trust.flows import MOST, cookie_of, forget, neighbourhood, network_of
from portal.conf import conf
from portal.core import clock
from portal.core.tokens import digest, new_token
from portal.network.origin import Origin
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.journeys.visitor import FIREFOX, SAFARI
from tests.mfa.codes import app_of, principal_of
from tests.mfa.trust.conftest import Place

ORIGIN = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent=FIREFOX, host="localhost")
NEWER_FIREFOX = FIREFOX.replace("140.0", "155.0")


def _refusals() -> list[str]:
    """Return why trusts were not accepted, as the events say, oldest first."""
    records = Event.objects.filter(event_name="TrustNotAccepted", succeeded=False).order_by("id").values_list("record", flat=True)
    return [match[1] for record in records if (match := re.search(r'"errorMessage":"([^"]*)"', record))]


def _asked(place: Place, principal: Principal) -> str:
    """Return what a sign-in at a place is asked for after its password."""
    principal.refresh_from_db()
    attempt = Attempt("iam_user", principal=principal.pk, credential_epoch=principal.credential_epoch, password_proved=True)
    request: HttpRequest = place.request()
    request.session = {}  # type: ignore[assignment]  # the part of a session that a stage uses
    assess(request, attempt)
    assert SECOND_FACTOR.pending(attempt) == (attempt.second_factor != Need.NOTHING)
    return attempt.second_factor


def test_a_trusted_device_is_asked_for_no_second_factor_and_its_use_is_noted(nikki: Principal, home: Place) -> None:
    assert _asked(Place(), nikki) == Need.CHALLENGE
    clock.advance(timedelta(days=3))
    home.address = "203.0.113.250"
    home.user_agent = NEWER_FIREFOX
    assert _asked(home, nikki) == Need.NOTHING, "another address of the same block, another version of the same browser"
    row = TrustedDevice.objects.get()
    assert (row.address, row.browser, row.system, row.network) == ("203.0.113.250", "Firefox", "Windows", "203.0.113.0/24")
    assert row.last_used_at - row.created_at >= timedelta(days=3)
    assert Event.objects.filter(event_name="TrustedDeviceAdded", succeeded=True).count() == 1
    assert _refusals() == []


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("unreadable", "unreadable"),
    ],
)
def test_a_trust_holds_in_the_24_of_an_ipv4_and_the_48_of_an_ipv6_address(address: str, network: str) -> None:
    assert neighbourhood(address) == network


def test_a_trust_behind_a_vpc_endpoint_holds_behind_no_other() -> None:
    here = replace(ORIGIN, address="10.0.1.25", vpc="vpc-0abc123def456789a", vpce="vpce-0fed987cba654321f", vpc_source_ip="10.0.1.25")
    assert network_of(here) == network_of(replace(here, address="10.0.1.77", vpc_source_ip="10.0.1.77"))
    others = (replace(here, vpce="vpce-0123456789abcdef0"), replace(here, vpc="", vpce=""), replace(here, address="10.0.2.25"), ORIGIN)
    assert network_of(here) not in {network_of(other) for other in others}
    longest = replace(here, vpce=f"vpce-{'a' * 20}", address="2001:db8:1234:5678:9abc:def0:1234:5678")
    assert len(network_of(longest)) <= 50


@pytest.mark.parametrize(
    ("thief", "why"),
    [
        ({"user_agent": SAFARI}, "The browser has changed"),
        ({"user_agent": ""}, "The browser has changed"),
        ({"address": "203.0.114.7"}, "The network has changed"),
        ({"address": "2001:db8:1::7"}, "The network has changed"),
    ],
)
def test_dev_01_a_copied_cookie_is_worth_nothing_in_another_browser_or_place(nikki: Principal, home: Place, thief: dict[str, str], why: str) -> None:
    assert _asked(home.copy(**thief), nikki) == Need.CHALLENGE
    assert _refusals() == [why]
    record = Event.objects.get(event_name="TrustNotAccepted")
    assert (record.principal_key, record.source_ip) == (nikki.unique_id, thief.get("address", home.address))
    assert _asked(home, nikki) == Need.NOTHING, "the owner's own trust goes on"


def test_dev_01_a_trust_never_skips_the_password(nikki: Principal, home: Place) -> None:
    request = home.request()
    request.session = {}  # type: ignore[assignment]  # the part of a session that a stage uses
    attempt = Attempt("iam_user", principal=nikki.pk, credential_epoch=nikki.credential_epoch + 1, password_proved=True)
    assess(request, attempt)
    assert attempt.second_factor == Need.BLOCKED, "a password that was changed since is none"


@pytest.mark.parametrize("change", ["", "truncated", "longer", "other", "case", "digest", "nul", "long"])
def test_dev_02_an_altered_cookie_is_ignored(nikki: Principal, home: Place, change: str) -> None:
    name = cookie_of(nikki.pk)
    token = home.cookies[name]
    home.cookies[name] = {
        "": "",
        "truncated": token[:-1],
        "longer": token + "A",
        "other": new_token(),
        "case": token.swapcase(),
        "digest": digest(token),
        "nul": token + "\0",
        "long": token * 100,
    }[change]
    assert _asked(home, nikki) == Need.CHALLENGE
    assert set(_refusals()) <= {"This device is not trusted by this identity"}


def test_dev_02_one_identitys_trust_is_none_for_another(nikki: Principal, diego: Principal, home: Place) -> None:
    assert not home.is_trusted(diego)
    home.cookies[cookie_of(diego.pk)] = home.cookies[cookie_of(nikki.pk)]
    assert not home.is_trusted(diego)
    assert _refusals() == ["This device is not trusted by this identity"]


def test_one_browser_is_trusted_by_several_identities_once_each(nikki: Principal, diego: Principal, home: Place) -> None:
    home.trusts(diego)
    home.trusts(nikki)
    assert home.is_trusted(nikki)
    assert home.is_trusted(diego)
    assert TrustedDevice.objects.count() == 2
    assert nikki.unique_id not in str(home.cookies)
    assert str(nikki.pk) not in {name.removeprefix("trust-") for name in home.cookies}


def test_dev_03_a_changed_password_ends_every_trust(nikki: Principal, home: Place) -> None:
    nikki.password = hashed("Former-Lantern-2201")
    nikki.save()
    replace_password(nikki, "Newer-Lantern-7714", origin=ORIGIN, event=EventName.PASSWORD_UPDATED, claim=lambda: True)
    assert _asked(home, nikki) == Need.CHALLENGE
    assert _refusals() == ["The password or the second factors have changed"]


def test_dev_03_another_factor_ends_every_trust(nikki: Principal, home: Place) -> None:
    second = app_of(nikki, name="second")
    AuthenticatorApp.objects.filter(pk=second.pk).update(confirmed=False)
    assert home.is_trusted(nikki), "one that is not confirmed counts for nothing"
    second.refresh_from_db()
    session, _ = open_session(nikki, origin=ORIGIN)
    confirm(second, name="second", origin=ORIGIN, session=session)
    assert not home.is_trusted(nikki)


def test_dev_03_a_removed_factor_ends_every_trust_for_good(nikki: Principal, home: Place) -> None:
    second = app_of(nikki, name="second")
    home.trusts(nikki)
    assert home.is_trusted(nikki)
    remove(nikki, second.pk, origin=ORIGIN, session=None)
    assert not home.is_trusted(nikki), "the same devices as before the second one, and yet not the same trust"


def test_dev_03_a_deactivated_factor_ends_every_trust(nikki: Principal, app: AuthenticatorApp, home: Place) -> None:
    deactivate(app.pk, origin=ORIGIN)
    assert not home.is_trusted(nikki)
    app_of(nikki, name="new")
    assert not home.is_trusted(nikki)


def test_dev_03_whatever_ends_all_sessions_ends_every_trust(nikki: Principal, home: Place) -> None:
    end_all(nikki, SignInSession.End.ENDED_BY_OPERATOR)
    assert not home.is_trusted(nikki)


def test_dev_03_another_name_for_a_device_changes_nothing(nikki: Principal, app: AuthenticatorApp, home: Place) -> None:
    rename(nikki, app.pk, name="renamed", origin=ORIGIN, session=None)
    assert home.is_trusted(nikki)


def test_dev_04_a_trust_lives_as_long_as_its_row_says(nikki: Principal, home: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert TrustedDevice.objects.get().expires_at - TrustedDevice.objects.get().created_at == timedelta(days=90)
    monkeypatch.setenv("PORTAL_TRUSTED_DEVICE_SECONDS", str(30 * 86400))
    home.trusts(nikki)
    clock.advance(timedelta(days=29))
    assert home.is_trusted(nikki)
    clock.advance(timedelta(days=2))
    assert not home.is_trusted(nikki)
    assert _refusals() == ["The trust has expired"]


def test_dev_04_a_clock_put_back_before_the_trust_ends_it(nikki: Principal, home: Place) -> None:
    clock.advance(timedelta(days=-1))
    assert not home.is_trusted(nikki)
    clock.reset()
    assert home.is_trusted(nikki)


def test_dev_04_using_a_trust_makes_it_no_longer(nikki: Principal, home: Place) -> None:
    ends = TrustedDevice.objects.get().expires_at
    clock.advance(timedelta(days=80))
    assert home.is_trusted(nikki)
    assert TrustedDevice.objects.get().expires_at == ends


def test_dev_05_a_forgotten_device_is_asked_at_once(nikki: Principal, diego: Principal, home: Place) -> None:
    office, foreign = Place(address="198.51.100.9", user_agent=SAFARI), Place()
    office.trusts(nikki)
    foreign.trusts(diego)
    of_home = TrustedDevice.objects.get(principal=nikki, network="203.0.113.0/24")
    assert forget(diego, origin=ORIGIN, device_id=of_home.pk) == 0, "somebody else's is not there to be forgotten"
    assert home.is_trusted(nikki)
    assert forget(nikki, origin=ORIGIN, device_id=of_home.pk) == 1
    assert not home.is_trusted(nikki)
    assert office.is_trusted(nikki)
    assert forget(nikki, origin=ORIGIN) == 1
    assert not office.is_trusted(nikki)
    assert foreign.is_trusted(diego)
    assert Event.objects.filter(event_name="TrustedDeviceForgotten", principal_key=nikki.unique_id).count() == 2


@pytest.mark.parametrize("mode", ["every_time", "context_aware"])
def test_dev_06_a_directory_that_asks_every_time_trusts_no_device(nikki: Principal, home: Place, mode: str) -> None:
    DirectoryRule.objects.create(directory=nikki.directory, mode=mode)
    assert _asked(home, nikki) == (Need.NOTHING if mode == "context_aware" else Need.CHALLENGE)


def test_dev_06_nobody_of_the_cloud_and_no_operator_has_trusted_devices(
    root_user: Person, iam_user: Person, operator: Person, home: Place, nikki: Principal
) -> None:
    for person in (root_user, iam_user, operator):
        principal = principal_of(person)
        devices = [app_of(principal, name="phone-of-this-test")]
        assert not rule_of(principal).may_trust
        assert not home.trusts(principal).cookies, "ticking the box, or sending it, does nothing"
        home.cookies[cookie_of(principal.pk)] = home.cookies[cookie_of(nikki.pk)]
        # Even a row that somebody had put there would not count.
        TrustedDevice.objects.filter(principal=nikki).update(principal=principal)
        assert _asked(home, principal) == Need.CHALLENGE
        TrustedDevice.objects.filter(principal=principal).update(principal=nikki)
        assert need(rule_of(principal), has_device=bool(devices), trusted=True) == Need.CHALLENGE


def test_dev_07_a_planted_cookie_is_not_adopted(nikki: Principal) -> None:
    planted, place = new_token(), Place()
    place.cookies[cookie_of(nikki.pk)] = planted
    place.trusts(nikki)
    assert place.cookies[cookie_of(nikki.pk)] != planted
    thief = Place(cookies={cookie_of(nikki.pk): planted})
    assert not thief.is_trusted(nikki)
    assert place.is_trusted(nikki)


def test_dev_07_each_trust_has_a_new_value_and_kills_the_one_before(nikki: Principal, home: Place) -> None:
    thief = home.copy()
    home.trusts(nikki)
    assert home.is_trusted(nikki)
    assert not thief.is_trusted(nikki)
    assert TrustedDevice.objects.count() == 1


def test_dev_07_only_a_digest_is_stored(nikki: Principal, home: Place) -> None:
    token = home.cookies[cookie_of(nikki.pk)]
    row = TrustedDevice.objects.get()
    assert len(token) == 43
    assert row.token_digest == digest(token)
    assert token not in repr([getattr(row, field.attname) for field in TrustedDevice._meta.concrete_fields])
    assert token not in "".join(Event.objects.values_list("record", flat=True))


@pytest.mark.parametrize(("wanted", "proved"), [(False, True), (True, False), (False, False)])
def test_nothing_is_trusted_without_the_wish_or_without_a_second_factor(nikki: Principal, wanted: bool, proved: bool) -> None:
    place = Place()
    assert not place.trusts(nikki, wanted=wanted, proved=proved).cookies
    assert not TrustedDevice.objects.exists()


def test_an_identity_trusts_twenty_devices_and_forgets_the_oldest(nikki: Principal, diego: Principal, home: Place) -> None:
    other = Place()
    other.trusts(diego)
    places = [Place(address=f"198.51.{number}.7") for number in range(MOST)]
    for place in places:
        place.trusts(nikki)
    assert TrustedDevice.objects.filter(principal=nikki).count() == MOST
    assert not home.is_trusted(nikki)
    assert places[0].is_trusted(nikki)
    assert other.is_trusted(diego)


def test_the_cookie_is_for_this_host_and_no_script(nikki: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Place().trusts(nikki).cookies[cookie_of(nikki.pk)]
    assert (plain["httponly"], plain["samesite"], plain["path"], plain["domain"]) == (True, "Lax", "/", "")
    assert plain["max-age"] == conf.trusted_device_lifetime.total_seconds()
    monkeypatch.setenv("PORTAL_BASE_URL", "https://signin.example.org")
    place = Place()
    cookie = place.trusts(nikki).cookies[f"__Host-{cookie_of(nikki.pk)}"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, True, "Lax", "/", "")
    assert place.is_trusted(nikki)
    place.cookies = {name.removeprefix("__Host-"): value for name, value in place.cookies.items()}
    assert not place.is_trusted(nikki), "without the prefix it is not read"
