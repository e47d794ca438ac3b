"""The browsers that an identity trusts, as its security page lists them."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import Principal
from mfa.base.authenticators import devices_of
from mfa.base.rules import rule_of
from mfa.models import TrustedDevice
from mfa.trust.flows import MOST, fingerprint
from portal.core import clock
from portal.core.moments import Moment, moment


@dataclass(frozen=True, slots=True)
class ListedTrust:
    """One row: the device as people call it, where it was seen last, and when."""

    key: int
    browser: str
    system: str
    address: str
    since: Moment
    used: Moment
    until: Moment


def listed_trusts(principal: Principal) -> tuple[ListedTrust, ...] | None:
    """Return the devices in which `principal` need not show its second factor, newest first; None where no device may be trusted.

    What has expired, or died with a change of the password or the devices, is not trusted and not listed.
    """
    if not rule_of(principal).may_trust:
        return None
    now = clock.now()
    alive = TrustedDevice.objects.filter(
        principal=principal, fingerprint=fingerprint(principal, devices_of(principal.pk)), created_at__lte=now, expires_at__gt=now
    )
    return tuple(
        ListedTrust(
            key=row.pk,
            browser=row.browser or _("Unknown browser"),
            system=row.system or _("unknown system"),
            address=row.address,
            since=moment(row.created_at),
            used=moment(row.last_used_at),
            until=moment(row.expires_at),
        )
        for row in alive.order_by("-id")[:MOST]
    )
