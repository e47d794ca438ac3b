"""The page of the security check, which the journeys borrow, and its picture and recording."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.captcha import flows
from accounts.captcha.forms import CaptchaForm
from accounts.captcha.reasons import CaptchaFailure, Reason
from accounts.outcomes import Success
from portal.core.errors import BadInput
from portal.core.http import no_store, see_other

PAGES = "captcha.pages"
"""Session key: for each purpose, the page that shows its check and why, so that "new one" needs no address from the form."""


def render_check(request: HttpRequest, *, purpose: str, reason: Reason, form: CaptchaForm | None = None, action: str) -> HttpResponse:
    """Return the page of the security check, with a new challenge unless this browser has a live one of this purpose.

    A refused answer (`form` with its error) makes the status 400. `action` is the local path that shows the page and takes the answer.
    """
    challenge = flows.current(request, purpose) or flows.issue(request, purpose=purpose, reason=reason)
    request.session[PAGES] = {**request.session.get(PAGES, {}), purpose: [action, reason]}
    form = form or CaptchaForm()
    context = {
        "form": form,
        "challenge": challenge,
        "purpose": purpose,
        "reason": reason.words,
        "action": action,
        "image_url": reverse("captcha:image", args=[challenge.pk]),
        "audio_url": reverse("captcha:audio", args=[challenge.pk]),
        "new_url": reverse("captcha:new"),
    }
    return no_store(render(request, "accounts/captcha/check.html", context, status=400 if form.errors else 200))


def ask(request: HttpRequest, *, purpose: str, reason: Reason, action: str) -> HttpResponse | None:
    """Return the page of the security check, or None when this very request holds its right answer."""
    if request.method != "POST":
        return render_check(request, purpose=purpose, reason=reason, action=action)
    form = CaptchaForm(request.POST)
    if form.is_valid():
        outcome = flows.redeem(request, purpose=purpose, typed=form.cleaned_data["captcha"])
        if isinstance(outcome, Success):
            return None
        form.add_error("captcha", CaptchaFailure(outcome.reason).words)
    return render_check(request, purpose=purpose, reason=reason, form=form, action=action)


@require_GET
def image(request: HttpRequest, challenge_id: int) -> HttpResponse:
    """Answer with the picture of a live challenge of this browser."""
    return no_store(HttpResponse(flows.picture(request, challenge_id), content_type="image/png"))


@require_GET
def audio(request: HttpRequest, challenge_id: int) -> HttpResponse:
    """Answer with the recording of a live challenge of this browser."""
    return no_store(HttpResponse(flows.recording(request, challenge_id), content_type="audio/wav"))


@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Replace the challenge of a purpose whose page this browser has seen, and go back to that page."""
    purpose = request.POST.get("purpose", "")
    seen: list[str] | None = request.session.get(PAGES, {}).get(purpose)
    if seen is None:
        raise BadInput(detail="this browser has seen no security check of that purpose")
    action, reason = seen
    flows.issue(request, purpose=purpose, reason=Reason(reason))
    return see_other(action)
