"""What pages call a program, and what they say that it gets."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.oauth.clients import CROSS_DEVICE_ID, SAME_DEVICE_ID, Client, ClientKind
from accounts.oauth.requests import AuthorizationRequest, host_of
from portal.conf import conf


@dataclass(frozen=True, slots=True)
class Program:
    """A program as pages tell of it. `named_itself` is true of one that anybody may have registered under any name."""

    name: str
    gets: str
    goes_to: str
    named_itself: bool
    is_elsewhere: bool


def program_name(client: Client | None, client_id: str) -> str:
    """Return what lists call a program; its client id where nothing better is known."""
    if client_id in {SAME_DEVICE_ID, CROSS_DEVICE_ID}:
        return _("AWS CLI or SDK")
    return client.name if client and client.name else client_id


def how_it_came(client_id: str) -> str:
    """Return whether the answer went to a program on the browser's own computer, or by hand to another; empty for other programs."""
    return {SAME_DEVICE_ID: _("same device"), CROSS_DEVICE_ID: _("another device")}.get(client_id, "")


def program_of(client: Client, asked: AuthorizationRequest) -> Program:
    """Return how the program that asks is told of."""
    elsewhere = client.kind is ClientKind.CROSS_DEVICE
    registered = client.kind is ClientKind.REGISTERED
    host = host_of(asked.redirect_uri)
    if elsewhere:
        goes_to = _("A code that you copy to the other computer")
    else:
        goes_to = host if registered else _("%(host)s, on this computer") % {"host": host}
    name = client.name or client.client_id
    if client.kind is ClientKind.SAME_DEVICE:
        name = _("AWS CLI or SDK on this computer")
    elif elsewhere:
        name = _("AWS CLI or SDK on another computer")
    return Program(name, _gets(asked, registered=registered), goes_to, registered, elsewhere)


def _gets(asked: AuthorizationRequest, *, registered: bool) -> str:
    words = {"time": _span(), "resource": asked.resource}
    if registered and asked.resource:
        return _("Access to %(resource)s with all permissions of this identity, for up to %(time)s") % words
    return _("Temporary credentials with all permissions of this identity, for up to %(time)s") % words


def _span() -> str:
    minutes = int(conf.login_grant_lifetime.total_seconds()) // 60
    if minutes >= 60 and minutes % 60 == 0:
        return ngettext("%(count)d hour", "%(count)d hours", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
