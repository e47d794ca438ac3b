"""Which phone a request asks for, by the names that a script knows: `person`, or `account` and `username`."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Principal
from portal.core.errors import BadInput
from portal.inbox import parameters
from portal.training.phone.holders import holder_named, holder_of
from portal.world.people import people


def named_in(request: HttpRequest) -> Principal | None:
    """Return who the query names, or None when it names nobody.

    `person` is the number of a person in `/training/api/world`. Raises `NotFound` for somebody who does not exist, `BadInput` for
    what is no such query.
    """
    person = parameters.number(request, "person", default=None, most=9999)
    account, username = parameters.text(request, "account"), parameters.text(request, "username")
    if person is None:
        return holder_named(account=account, username=username) if account or username else None
    listed = people()
    if account or username or person >= len(listed):
        raise BadInput(_("Send `person` with a number from the list of people, or else `account` and `username`."))
    return holder_of(listed[person])


def address_of_api(holder: Principal) -> str:
    """Return where a page of `holder` asks for what is new."""
    names = {"account": holder.account_id or "", "username": holder.name}
    return f"{reverse('training:api_phone')}?{urlencode({name: value for name, value in names.items() if value})}"
