"""Trusting a browser, recognising it, and forgetting it."""

from collections.abc import Sequence

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import Principal
from accounts.signin.attempt import Attempt
from mfa.base import events
from mfa.base.authenticators import devices_of
from mfa.base.rules import rule_of
from mfa.models import Authenticator, TrustedDevice
from portal.conf import conf
from portal.core import clock
from portal.core.devices import describe
from portal.core.http import read_cookie, write_cookie
from portal.core.tokens import digest, keyed_digest, new_token
from portal.network.origin import Origin, network_prefix, origin_of
from portal.trail.names import EventName


def cookie_of(principal_id: int) -> str:
    """Return the cookie of one identity's trust in this browser, named so that it says nothing to others (before any prefix)."""
    return "trust-" + keyed_digest("mfa.trust.cookie", str(principal_id))[:8]


def fingerprint(principal: Principal, devices: Sequence[Authenticator]) -> str:
    """Return what changes with the password, with whatever ends all sessions, and with every change of the second factors."""
    registered = ",".join(str(device.pk) for device in sorted(devices, key=lambda device: device.pk))
    return keyed_digest("mfa.trust", str(principal.pk), str(principal.credential_epoch), registered)


def _browser(origin: Origin) -> str:
    """Return the browser's family without its version, which changes by itself."""
    return describe(origin.user_agent).browser.rpartition(" ")[0] or describe(origin.user_agent).browser


def is_trusted(request: HttpRequest, principal: Principal, devices: Sequence[Authenticator]) -> bool:
    """Tell whether `principal` trusts this browser, where it is now; notes the use, and records a trust that is not accepted."""
    token = read_cookie(request, cookie_of(principal.pk))
    if not token:
        return False
    origin, now = origin_of(request), clock.now()
    row = TrustedDevice.objects.filter(principal=principal, token_digest=digest(token)).first()
    why = _why_not(row, principal, devices, origin)
    if row is None or why:
        events.noted(EventName.TRUST_NOT_ACCEPTED, principal, origin=origin, succeeded=False, error=why)
        return False
    TrustedDevice.objects.filter(pk=row.pk).update(last_used_at=now, address=origin.address)
    return True


def _why_not(row: TrustedDevice | None, principal: Principal, devices: Sequence[Authenticator], origin: Origin) -> str:
    if row is None:
        return "This device is not trusted by this identity"
    if not row.created_at <= clock.now() < row.expires_at:
        return "The trust has expired"
    if row.fingerprint != fingerprint(principal, devices):
        return "The password or the second factors have changed"
    if row.browser != _browser(origin):
        return "The browser has changed"
    return "The network has changed" if row.network != network_prefix(origin.address) else ""


def remember_device(request: HttpRequest, attempt: Attempt, principal: Principal, response: HttpResponseBase) -> None:
    """At the end of a sign-in, trust this browser when its visitor asked for it and showed a second factor; the token is new each time."""
    if not (attempt.trust_wanted and attempt.factor_proved and rule_of(principal).may_trust):
        return
    origin, now, token = origin_of(request), clock.now(), new_token()
    former = read_cookie(request, cookie_of(principal.pk))
    with transaction.atomic():
        if former:
            TrustedDevice.objects.filter(principal=principal, token_digest=digest(former)).delete()
        TrustedDevice.objects.create(
            principal=principal,
            token_digest=digest(token),
            fingerprint=fingerprint(principal, devices_of(principal.pk)),
            browser=_browser(origin)[:64],
            system=describe(origin.user_agent).system[:64],
            network=network_prefix(origin.address),
            address=origin.address,
            created_at=now,
            last_used_at=now,
            expires_at=now + conf.trusted_device_lifetime,
        )
        events.noted(EventName.TRUSTED_DEVICE_ADDED, principal, origin=origin)
    write_cookie(response, cookie_of(principal.pk), token, max_age=int(conf.trusted_device_lifetime.total_seconds()))


def forget(principal: Principal, *, origin: Origin, device_id: int | None = None) -> int:
    """Forget one trusted device of `principal`, or all of them; return how many."""
    rows = TrustedDevice.objects.filter(principal=principal)
    with transaction.atomic():
        count, _rows = (rows.filter(pk=device_id) if device_id is not None else rows).delete()
        if count:
            events.noted(EventName.TRUSTED_DEVICE_FORGOTTEN, principal, origin=origin, count=str(count))
    return count
