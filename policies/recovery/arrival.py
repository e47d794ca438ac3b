"""Where a recovery's sign-in ends: in a visit of the recovery page, with a cookie of its own, and never in a session."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.signin import attempt as attempts
from accounts.signin.attempt import Attempt
from accounts.signin.refusals import refusal_of, refused
from accounts.signin.standing import proved_principal
from policies.recovery.rules import VISIT_LIFETIME
from policies.recovery.stages import case_of
from policies.recovery.visits import COOKIE, may_visit, open_visit
from portal.core.http import address, see_other, write_cookie
from portal.network.origin import origin_of


def arrive(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Open the visit of an attempt whose stages are all done; everything that it hangs on is looked at once more."""
    principal, case = proved_principal(request, attempt), case_of(request, attempt)
    attempts.forget(request)
    if principal is None or case is None or not may_visit(principal, case):
        return dead_link(request)
    refusal = refusal_of(principal)
    if refusal is not None:
        return refused(request, refusal)
    opened = open_visit(case, principal, factor=attempt.factor_used, origin=origin_of(request))
    response = see_other(address("recovery:delete"))
    write_cookie(response, COOKIE, opened.secret, max_age=int(VISIT_LIFETIME.total_seconds()), samesite="Strict")
    return response


def dead_link(request: HttpRequest) -> HttpResponse:
    """Return the one page for every link that opens nothing, whatever the reason."""
    return render(request, "policies/recovery/dead.html", {}, status=404)
