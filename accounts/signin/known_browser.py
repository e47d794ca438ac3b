"""Which identities have proved themselves in this browser before: a signed cookie that lists them.

The cookie names principals with their credential epoch, so a changed password makes every browser new again. It is written
only after a proof and holds what that very browser did, so planting one's own cookie in another's browser gains nothing
(security catalogue DEV-07; decision record 005). It skips no factor: it only spares the security check and the mailed code.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import Principal
from portal.core.http import YEAR, once, read_cookie, write_cookie
from portal.core.signed import sign, signed_value

COOKIE = "browser"
MOST = 20
_SALT = "vestibule.known-browser"


def _known(request: HttpRequest) -> dict[str, int]:
    def read() -> dict[str, int]:
        found = signed_value(read_cookie(request, COOKIE), salt=_SALT, max_age=YEAR)
        return found if isinstance(found, dict) else {}

    return once(request, "known browser", read)


def knows(request: HttpRequest, principal_id: int, credential_epoch: int) -> bool:
    """Tell whether this principal has signed in from this browser since the password was last changed."""
    return _known(request).get(str(principal_id)) == credential_epoch


def remember(request: HttpRequest, response: HttpResponseBase, principal: Principal) -> None:
    """Add `principal` to the browser's list; the oldest of more than `MOST` is dropped."""
    known = _known(request)
    key = str(principal.pk)
    if known.get(key) == principal.credential_epoch:
        return
    others = [entry for entry in known.items() if entry[0] != key]
    entries = [*others, (key, principal.credential_epoch)][-MOST:]
    write_cookie(response, COOKIE, sign(dict(entries), salt=_SALT), max_age=YEAR)
