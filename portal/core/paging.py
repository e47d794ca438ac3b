"""Lists page by key: the address names the row that the next page begins after."""

from django.http import HttpRequest

from portal.core.errors import BadInput


def key_before(request: HttpRequest, *, otherwise: str) -> int | None:
    """Return the key that the address asks for older rows than, None on the first page; raises BadInput with `otherwise` for what is no key."""
    text = request.GET.get("before", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise BadInput(otherwise)
    return int(text)
