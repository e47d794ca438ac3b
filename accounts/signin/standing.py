"""Who an attempt has proved to be, as the database has it now."""

from django.http import HttpRequest

from accounts.models import Principal
from accounts.signin.attempt import Attempt
from portal.core.http import once
from portal.core.prepared import PreparedQuery

_STILL_GOOD = PreparedQuery(
    lambda pk, epoch: Principal.objects.select_related("account").filter(pk=pk, credential_epoch=epoch, is_active=True), pk=int, epoch=int
)


def _key(principal_id: int, credential_epoch: int) -> str:
    return f"proved principal {principal_id} {credential_epoch}"


def proved_principal(request: HttpRequest, attempt: Attempt) -> Principal | None:
    """Return the attempt's principal with its account; None when its password, or its right to sign in, went in the meantime.

    Read once a request; not at all where `note_principal` has put it there.
    """
    found: Principal | None = once(
        request,
        _key(attempt.principal, attempt.credential_epoch),
        lambda: _STILL_GOOD.first(pk=attempt.principal, epoch=attempt.credential_epoch),
    )
    return found


def note_principal(request: HttpRequest, principal: Principal) -> None:
    """Keep a principal that this very request has read and proved, its account included, so that it is not read again."""
    once(request, _key(principal.pk, principal.credential_epoch), lambda: principal)
