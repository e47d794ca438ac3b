"""Which device a request is about: one of the visitor's own, whatever number was sent."""

from django.http import QueryDict
from django.utils.translation import gettext as _

from mfa.base import events
from mfa.base.visit import Visit
from mfa.models import Authenticator
from portal.core.errors import BadInput, NotFound
from portal.network.origin import Origin
from portal.trail.names import EventName

_LONGEST_KEY = 18
"""Digits that every database takes as a key."""


def key_of(given: QueryDict) -> int | None:
    """Return the number in the field `device`, None when nothing was chosen; raises BadInput for what is no number."""
    text = given.get("device", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_KEY):
        raise BadInput(_("The device was not named as this page names it. Go back, reload the page and choose again."))
    return int(text)


def chosen_device(given: QueryDict, visit: Visit, *, event: EventName, origin: Origin) -> Authenticator | None:
    """Return the visitor's device that was chosen, None when nothing was.

    Somebody else's device does not exist here: NotFound is raised and the try recorded as a failed `event`, without the number that
    was sent (security catalogue POL-03, SES-08).
    """
    key = key_of(given)
    if key is None:
        return None
    device: Authenticator | None = Authenticator.objects.filter(pk=key, user=visit.principal, confirmed=True).first()
    if device is None:
        events.noted(event, visit.principal, origin=origin, succeeded=False, error="No such device of this identity")
        raise NotFound(_("This identity has no such MFA device. It may have been deleted already."))
    return device
