"""Pages of the challenge: which type, the code, the passkey, two codes of a clock that is off, and the refusal."""

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Principal
from accounts.outcomes import Failure
from accounts.signin import attempt as attempts
from accounts.signin.attempt import Attempt, attempt_origin
from accounts.signin.remembered_account import remembers_account
from mfa.base import events
from mfa.base.challenge import ChallengeFailure, Check, Proof, Wrong, proof_of, take
from mfa.base.forms import MfaCodeForm
from mfa.base.pages import go_on, out_of_tries, step_of, waits, wants_trust
from mfa.base.rules import Need, rule_of
from mfa.base.stages import SECOND_FACTOR, asked, binding_of
from mfa.email_code.views import email_code
from mfa.fido import flows as fido
from mfa.fido.forms import CredentialForm
from mfa.models import Authenticator
from mfa.totp import flows as totp
from mfa.totp.codes import normalised
from mfa.totp.forms import TwoCodesForm
from portal.core.errors import TooMany
from portal.core.http import see_other
from portal.core.pages import render_alike
from portal.network.origin import origin_of

Type = Authenticator.Type
Refusing = Callable[[Wrong | TooMany], HttpResponse]


@require_http_methods(["GET", "HEAD", "POST"])
@step_of(SECOND_FACTOR.url_name)
def challenge(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:
    """Ask for the second factor and check it; of several types the visitor chooses one first."""
    if attempt.second_factor == Need.BLOCKED or (attempt.second_factor == Need.EMAIL_CODE and not principal.email):
        return _blocked(request, attempt, principal)
    if attempt.second_factor == Need.EMAIL_CODE:
        return email_code(request, attempt, principal)
    types = _types(request, attempt, principal)
    if request.method == "POST":
        if "credential" in request.POST and Type.FIDO in types:
            return _passkey_shown(request, attempt, principal, types)
        if "code" in request.POST and Type.TOTP in types:
            return _code_given(request, attempt, principal, types)
        attempt.factor_type = _one_of(types, request.POST.get("type", ""))
        attempts.save(request, attempt)
        return see_other(SECOND_FACTOR.address)
    chosen = _one_of(types, request.GET.get("type", attempt.factor_type))
    if not chosen:
        return _choice_page(request, attempt, principal, types)
    if len(types) > 1 and chosen != attempt.factor_type:
        attempt.factor_type = chosen
        attempts.save(request, attempt)
    return _passkey_page(request, attempt, principal, types) if chosen == Type.FIDO else _code_page(request, principal, types)


def _types(request: HttpRequest, attempt: Attempt, principal: Principal) -> list[str]:
    """Return the types of the registered devices, each once, in the order in which they are offered."""
    found = {device.type for device in asked(request, attempt, principal).devices}
    return [device_type for device_type in (Type.FIDO, Type.TOTP) if device_type in found]


def _one_of(types: list[str], wanted: str) -> str:
    """Return the type that was chosen, the only one where there is no choice, or nothing."""
    return types[0] if len(types) == 1 else wanted if wanted in types else ""


def _choice_page(request: HttpRequest, attempt: Attempt, principal: Principal, types: list[str]) -> HttpResponse:
    devices = asked(request, attempt, principal).devices
    counts = [(device_type, sum(device.type == device_type for device in devices)) for device_type in types]
    return render_alike(request, "mfa/base/choice.html", lambda: {"choices": counts}, distinct=(str(counts),))


# A code


def _code_page(
    request: HttpRequest, principal: Principal, types: list[str], *, form: MfaCodeForm | None = None, error: str = "", repeated: bool = False
) -> HttpResponse:
    context = {"several": len(types) > 1, "may_trust": rule_of(principal).may_trust}
    if form is None:
        return render_alike(request, "mfa/base/code.html", lambda: {**context, "form": MfaCodeForm()}, distinct=(str(context),))
    said = {"form": form, "error": error, "repeated": repeated, "trust": "trust_device" in request.POST}
    return render(request, "mfa/base/code.html", context | said, status=400 if form.errors else 403)


def _code_given(request: HttpRequest, attempt: Attempt, principal: Principal, types: list[str]) -> HttpResponse:
    code = normalised(request.POST["code"])
    if code is None:
        # What cannot be a code is no try. The form has the words for it; for every right code it would be made in vain.
        return _code_page(request, principal, types, form=MfaCodeForm(request.POST))

    def refusing(why: Wrong | TooMany) -> HttpResponse:
        page = partial(_code_page, request, principal, types, form=MfaCodeForm(request.POST))
        if isinstance(why, TooMany):
            return page(error=why.public)
        return page(error=_("The MFA code is not right. Wait for the next code of your app and enter that one."), repeated=why.repeated)

    attempt.factor_type = Type.TOTP
    return _answered(request, attempt, principal, lambda: proof_of(totp.verify(principal, code)), refusing)


# A passkey


def _passkey_page(
    request: HttpRequest, attempt: Attempt, principal: Principal, types: list[str], *, error: str = "", status: int = 200
) -> HttpResponse:
    context = {"several": len(types) > 1, "may_trust": rule_of(principal).may_trust}
    own = {"passkey_options": fido.options_for_sign_in(principal, binding_of(attempt))}
    if not error:
        return render_alike(request, "mfa/base/passkey.html", lambda: dict(context), distinct=(str(context),), holes=own)
    said = {"error": error, "trust": "trust_device" in request.POST}
    return render(request, "mfa/base/passkey.html", context | own | said, status=status)


def _passkey_shown(request: HttpRequest, attempt: Attempt, principal: Principal, types: list[str]) -> HttpResponse:
    form, origin = CredentialForm(request.POST), origin_of(request)
    page = partial(_passkey_page, request, attempt, principal, types)
    if not form.is_valid():
        return page(error=" ".join(map(str, form.errors["credential"])), status=400)

    def check() -> Proof | Failure:
        return proof_of(fido.verify(principal, binding_of(attempt), form.cleaned_data["credential"], origin=origin))

    def refusing(why: Wrong | TooMany) -> HttpResponse:
        return page(error=why.public if isinstance(why, TooMany) else _("The passkey or security key was not accepted. Try again."), status=403)

    attempt.factor_type = Type.FIDO
    return _answered(request, attempt, principal, check, refusing)


# Two codes


@require_http_methods(["GET", "HEAD", "POST"])
@step_of(SECOND_FACTOR.url_name)
def resynchronise(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:
    """Ask for two consecutive codes, which tell how far an app's clock is off and prove the second factor (IAM user guide)."""
    if attempt.second_factor != Need.CHALLENGE or Type.TOTP not in _types(request, attempt, principal):
        return see_other(SECOND_FACTOR.address)
    if request.method != "POST":
        return render_alike(request, "mfa/base/resynchronise.html", lambda: {"form": TwoCodesForm()}, distinct=())
    form = TwoCodesForm(request.POST)
    if not form.is_valid():
        return render(request, "mfa/base/resynchronise.html", {"form": form}, status=400)
    (first, second), origin = form.codes(), origin_of(request)

    def check() -> Proof | Failure:
        device = totp.resynchronise(principal, first, second, origin=origin, session=None)
        return Failure(totp.why_not_resynchronised(principal, first, second)) if device is None else Proof(device.serial)

    def refusing(why: Wrong | TooMany) -> HttpResponse:
        error = why.public if isinstance(why, TooMany) else totp.TotpFailure(why.reason).words
        return render(request, "mfa/base/resynchronise.html", {"form": form, "error": error}, status=403)

    attempt.factor_type = Type.TOTP
    return _answered(request, attempt, principal, check, refusing)


def _answered(request: HttpRequest, attempt: Attempt, principal: Principal, check: Check, refusing: Refusing) -> HttpResponse:
    """Have an answer checked and answer the browser: on with the journey, the same page again by `refusing`, or back to the beginning."""
    try:
        outcome = take(attempt, principal, check, origin=attempt_origin(origin_of(request), attempt), remembers_account=remembers_account(request))
    except TooMany as error:
        return waits(refusing(error), error.retry_after)
    if isinstance(outcome, Proof):
        attempt.trust_wanted = wants_trust(request, principal)
        return go_on(request, attempt)
    if outcome.reason == ChallengeFailure.SPENT or not isinstance(outcome, Wrong):
        return out_of_tries(request)
    attempts.save(request, attempt)
    return refusing(outcome)


# A refusal


def _blocked(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:
    """Refuse a sign-in that needs a device and has none, and say whom to ask; it ends here."""
    events.challenge_failed(principal, origin=attempt_origin(origin_of(request), attempt), remembers_account=remembers_account(request))
    attempts.forget(request)
    context = {
        "title": _("Your sign-in is blocked"),
        "text": _("You need a registered MFA device to sign in, and you have none."),
        "hint": _("Ask the administrator who manages your users: they can register a device for you, or let you register one when you sign in."),
        "actions": ((_("Back to sign-in"), reverse("console:entry")),),
    }
    return render(request, "accounts/signin/refused.html", context, status=403)
