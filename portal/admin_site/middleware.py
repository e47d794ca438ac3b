"""Messages after an act, which only the admin site shows."""

from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class AdminMessages(MessageMiddleware):
    """Django's messages, below `/admin/` alone."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the store of messages opened for the admin site, and keep what has not been shown yet."""
        return super().__call__(request) if request.path_info.startswith("/admin/") else self.get_response(request)  # type: ignore[return-value]  # no coroutines here
