"""The page where a passkey is registered, for whoever the visit belongs to; and the sign-in with one that the browser offers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Principal
from accounts.outcomes import Failure
from accounts.signin import attempt as attempts
from accounts.signin import known_browser
from accounts.signin.begin import begin
from accounts.signin.refusals import Refusal, refused
from accounts.signin.remembered_account import remembers_account
from accounts.signin.standing import note_principal
from mfa.base.authenticators import DeviceFailure, name_is_free, room_for
from mfa.base.pages import go_on
from mfa.base.rules import rule_of
from mfa.base.visit import Visit
from mfa.fido import autofill, flows
from mfa.fido.flows import PasskeyFailure
from mfa.fido.forms import AutofillForm, RegisterPasskeyForm
from mfa.models import Authenticator, Passkey
from portal.conf import conf
from portal.core.actions import SigninAction, Subject, declares
from portal.core.http import drop_cookie, once, read_cookie, see_other, write_cookie
from portal.core.tokens import new_token
from portal.network.origin import origin_of

COOKIE = "passkey"
"""Cookie that the challenges of autofill are bound to; it says nothing and outlives no challenge."""

_MOST_NAMES = 20
"""Names that are tried as a suggestion."""


@require_http_methods(["GET", "HEAD", "POST"])
def register_passkey(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for a name, let the browser make a passkey, and register it.

    A name that will not do is told before the passkey is looked at: it is kept in the page and goes with the next name.
    """
    if visit.session is not None and not rule_of(visit.principal).self_service:
        return see_other(f"{visit.home}?done=not_yours")
    if not room_for(visit.principal, Authenticator.Type.FIDO):
        context = {**visit.frame, "visit": visit, "full": True, "error": DeviceFailure.FULL.words}
        return render(request, "mfa/fido/register.html", context, status=400 if request.method == "POST" else 200)
    if request.method != "POST":
        return _page(request, visit, RegisterPasskeyForm(initial={"name": suggested_name(visit.principal)}))
    form = RegisterPasskeyForm(request.POST)
    if form.is_valid() and not name_is_free(visit.principal, form.cleaned_data["name"]):
        form.add_error("name", DeviceFailure.NAME_TAKEN.words)
    if not form.is_valid():
        return _page(request, visit, form, made="" if "credential" in form.errors else request.POST["credential"])
    outcome = flows.register(
        visit.principal,
        visit.binding,
        form.cleaned_data["credential"],
        name=form.cleaned_data["name"],
        origin=origin_of(request),
        session=visit.session,
    )
    if not isinstance(outcome, Failure):
        return visit.registered(request, outcome)
    return _page(request, visit, form, error=_words(outcome))


def suggested_name(principal: Principal) -> str:
    """Return a name for a new passkey that no device has yet, or nothing where many have been used up."""
    names = ("passkey", *(f"passkey-{number}" for number in range(2, _MOST_NAMES)))
    return next((name for name in names if name_is_free(principal, name)), "")


def _words(failure: Failure) -> str:
    reason = failure.reason
    return reason.words if isinstance(reason, PasskeyFailure | DeviceFailure) else ""


def _page(request: HttpRequest, visit: Visit, form: RegisterPasskeyForm, *, error: str = "", made: str = "") -> HttpResponse:
    """Show the page with new options; `made` is a passkey that waits for a better name only."""
    context = {
        **visit.frame,
        "visit": visit,
        "form": form,
        "error": error or " ".join(map(str, form.errors.get("credential", []))),
        "made": made,
        "options": "" if made else flows.registration_options(visit.principal, visit.binding),
    }
    return render(request, "mfa/fido/register.html", context, status=400 if error or form.errors else 200)


@require_POST
def options(request: HttpRequest) -> HttpResponse:
    """Answer the options of autofill as JSON, bound to this browser by a cookie; pages that are kept hold none themselves."""
    autofill.count_options(origin_of(request).caller)
    token = read_cookie(request, COOKIE) or new_token()
    response = HttpResponse(flows.options_for_autofill(autofill.binding_of(token)), content_type="application/json")
    write_cookie(response, COOKIE, token, max_age=int(conf.ceremony_lifetime.total_seconds()), samesite="Strict")
    return response


def _claim(request: HttpRequest) -> autofill.Claim:
    """Return what the posted form claims, looked up once a request for both the policy question and the view."""
    return once(request, "passkey claim", lambda: autofill.claim_of(request.POST.get("credential", "")))


def _subject(request: HttpRequest) -> Subject:
    return _claim(request).subject


@require_http_methods(["GET", "HEAD", "POST"])
@declares(SigninAction.AUTHENTICATE, _subject, methods=frozenset({"POST"}))
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in whoever the passkey belongs to: it is both factors. Without a form, as after a change of language, lead to sign-in."""
    if request.method != "POST":
        return see_other(reverse("signin:choose"))
    form = AutofillForm(request.POST)
    if not form.is_valid():
        return render(request, "mfa/fido/not_accepted.html", {}, status=400)
    passkey = autofill.prove(
        _claim(request),
        read_cookie(request, COOKIE),
        origin=origin_of(request),
        remembers_account=remembers_account(request),
        note=getattr(request, "policy_note", None),
    )
    if passkey is None:
        return render(request, "mfa/fido/not_accepted.html", {}, status=403)
    response = _proved(request, passkey, remember=form.cleaned_data["remember"])
    drop_cookie(response, COOKIE)
    return response


def _proved(request: HttpRequest, passkey: Passkey, *, remember: bool) -> HttpResponse:
    """Go on as the password's page does, with both factors proved."""
    owner = passkey.user
    refusal = autofill.refusal(owner)
    if isinstance(refusal, Refusal):
        attempts.forget(request)
        return refused(request, refusal, administrator=owner.account.administrator if owner.account else "")
    attempt = begin(request, autofill.JOURNEYS[owner.kind])
    autofill.identify(attempt, passkey, remember=remember)
    attempt.new_password_needed = refusal
    attempt.browser_known = known_browser.knows(request, owner.pk, owner.credential_epoch)
    note_principal(request, owner)
    return go_on(request, attempt)
