"""Which identities have proved themselves in this browser before: a signed cookie that lists them.

The cookie names principals with their credential epoch, so a changed password makes every browser new again. It is written
only after a proof and holds what that very browser did, so planting one's own cookie in another's browser gains nothing
(security catalogue DEV-07; decision record 005). It skips no factor: it only spares the security check and the mailed code.
"""

from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import Principal
from portal.core.http import YEAR, read_cookie, write_cookie

COOKIE = "browser"
MOST = 20
_SALT = "vestibule.known-browser"


def _known(request: HttpRequest) -> dict[str, int]:
    value = read_cookie(request, COOKIE)
    if not value:
        return {}
    try:
        found = signing.loads(value, salt=_SALT, max_age=YEAR)
    except signing.BadSignature:
        return {}
    return found if isinstance(found, dict) else {}


def knows(request: HttpRequest, principal_id: int, credential_epoch: int) -> bool:
    """Tell whether this principal has signed in from this browser since the password was last changed."""
    return _known(request).get(str(principal_id)) == credential_epoch


def remember(request: HttpRequest, response: HttpResponseBase, principal: Principal) -> None:
    """Add `principal` to the browser's list; the oldest of more than `MOST` is dropped."""
    known = _known(request)
    key = str(principal.pk)
    if known.get(key) == principal.credential_epoch:
        return
    known.pop(key, None)
    entries = [*known.items(), (key, principal.credential_epoch)][-MOST:]
    write_cookie(response, COOKIE, signing.dumps(dict(entries), salt=_SALT, compress=False), max_age=YEAR)
