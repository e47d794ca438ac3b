"""Messages after an act, which only the admin site shows."""

from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest, HttpResponse


class AdminMessages(MessageMiddleware):
    """Django's messages, below `/admin/` alone."""

    def process_request(self, request: HttpRequest) -> None:
        """Open the store of messages for the admin site."""
        if request.path_info.startswith("/admin/"):
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Keep what has not been shown yet."""
        return super().process_response(request, response) if hasattr(request, "_messages") else response
