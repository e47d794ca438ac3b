"""Trusting a browser, recognising it, and forgetting it.

A trust spares the second factor and nothing else: it is looked at after the password, for identities whose rule allows it. What it
is worth stands in its row alone; the cookie is a key without content, and its own age counts for nothing.
"""

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

MOST = 20
"""Trusted devices of one identity; the oldest is forgotten for one more. Simulator's own."""


def cookie_of(principal_id: int) -> str:
    """Return the cookie of one identity's trust in this browser, named so that it says nothing to others (before any prefix)."""
    return "trust-" + keyed_digest("mfa.trust.cookie", str(principal_id))[:8]


def fingerprint(principal: Principal, devices: Sequence[Authenticator]) -> str:
    """Return what changes with the password, with whatever ends all sessions, and with every change of the second factors."""
    registered = ",".join(str(device.pk) for device in sorted(devices, key=lambda device: device.pk))
    return keyed_digest("mfa.trust", str(principal.pk), str(principal.credential_epoch), registered)


def network_of(origin: Origin) -> str:
    """Return the network that a trust holds in; private addresses, which every VPC may have, are those of one VPC endpoint."""
    return f"{origin.vpce} {neighbourhood(origin.address)}" if origin.vpc else neighbourhood(origin.address)


def neighbourhood(address: str) -> str:
    """Return the /24 of an IPv4 address, the /48 of an IPv6 address.

    Providers give a household another address of the same block from day to day; whoever copies the cookie is rarely in that block.
    """
    return network_prefix(address, v4=24, v6=48)


def _family(origin: Origin) -> str:
    """Return the browser's family without its version, which changes by itself."""
    return describe(origin.user_agent).family[:64]


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
    # A trust that is being forgotten at this very moment is no longer there to be used.
    return TrustedDevice.objects.filter(pk=row.pk).update(last_used_at=now, address=origin.address) == 1


def _why_not(row: TrustedDevice | None, principal: Principal, devices: Sequence[Authenticator], origin: Origin) -> str:
    if row is None:
        return "This device is not trusted by this identity"
    if not row.created_at <= clock.now() < row.expires_at:
        return "The trust has expired"
    if row.fingerprint != fingerprint(principal, devices):
        return "The password or the second factors have changed"
    if row.browser != _family(origin):
        return "The browser has changed"
    return "The network has changed" if row.network != network_of(origin) else ""


def remember_device(request: HttpRequest, attempt: Attempt, principal: Principal, response: HttpResponseBase) -> None:
    """At the end of a sign-in, trust this browser when its visitor asked for it and showed a second factor.

    The token is new each time, whatever cookie the browser came with, and replaces what this browser had of the same identity.
    """
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
            browser=_family(origin),
            system=describe(origin.user_agent).system[:64],
            network=network_of(origin),
            address=origin.address,
            created_at=now,
            last_used_at=now,
            expires_at=now + conf.trusted_device_lifetime,
        )
        _forget_oldest(principal)
        events.noted(EventName.TRUSTED_DEVICE_ADDED, principal, origin=origin)
    write_cookie(response, cookie_of(principal.pk), token, max_age=int(conf.trusted_device_lifetime.total_seconds()))


def _forget_oldest(principal: Principal) -> None:
    last_kept = TrustedDevice.objects.filter(principal=principal).order_by("-id").values_list("id", flat=True)[MOST - 1 : MOST].first()
    if last_kept is not None:
        TrustedDevice.objects.filter(principal=principal, id__lt=last_kept).delete()


def forget(principal: Principal, *, origin: Origin, device_id: int | None = None) -> int:
    """Forget one trusted device of `principal`, or all of them; return how many."""
    rows = TrustedDevice.objects.filter(principal=principal)
    with transaction.atomic():
        count, _rows = (rows.filter(pk=device_id) if device_id is not None else rows).delete()
        if count:
            events.noted(EventName.TRUSTED_DEVICE_FORGOTTEN, principal, origin=origin, count=str(count))
    return count
