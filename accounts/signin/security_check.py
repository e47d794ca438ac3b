"""The security check as a stage: shown by rule, each time with a named reason."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.captcha.reasons import Reason
from accounts.captcha.views import ask
from accounts.signin.attempt import Attempt
from accounts.signin.controller import proceed, stage_page
from accounts.signin.stages import Stage

PURPOSE = "signin"
SECURITY_CHECK = Stage("security check", "signin:security_check", lambda attempt: bool(attempt.check_reason) and not attempt.check_passed)


@require_http_methods(["GET", "HEAD", "POST"])
@stage_page(SECURITY_CHECK.url_name)
def security_check(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Show the check; a right answer carries the journey on, a wrong one brings a new check."""
    page = ask(request, purpose=PURPOSE, reason=Reason(attempt.check_reason), action=reverse("signin:security_check"))
    if page is not None:
        return page
    attempt.check_passed = True
    return proceed(request, attempt)
