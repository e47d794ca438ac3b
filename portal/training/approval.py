"""Headless approval: what a person does in the browser for `aws login`, in one call, for test suites of client tools."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import Principal, SignInSession
from accounts.oauth import consent
from accounts.oauth.clients import Client, ClientKind, client_of
from accounts.oauth.requests import AuthorizationRequest, RequestRefused, read_request
from accounts.sessions.flows import open_session
from accounts.signin.iam_user.flows import find, password_due
from accounts.signin.refusals import Refusal, refusal_of
from accounts.signin.root.flows import root_by_email
from accounts.trail import identity_of
from mfa.base.authenticators import devices_of
from policies.enforcement.context import question_of
from policies.enforcement.decide import decide
from policies.enforcement.words import denial_words
from portal.conf import conf
from portal.core import ids
from portal.core.actions import SigninAction, Subject
from portal.core.errors import BadInput, Forbidden, NotFound
from portal.core.http import no_store, read_json
from portal.network.origin import Origin, origin_of
from portal.programs.confirmation import code_to_copy
from portal.programs.permits import NotPermitted, require_permit
from portal.trail.record import console_login
from portal.training.guard import training_call

_PATH = "/v1/authorize"
_CANNOT = gettext_lazy("This person cannot sign in at present.")


@training_call
@require_POST
def approve(request: HttpRequest) -> HttpResponse:
    """Answer a program's authorization request as if a person had opened it, signed in and allowed it.

    The body is JSON: `url`, the address that the program prints (`aws login` and `aws login --remote` do), and who the person is:
    `account` (id or alias) and `username` of an IAM user, or `email` of a root user. The answer is JSON: `redirect_url`, where the
    browser would be sent; get it, and the program that listens there goes on. For `--remote` there is `confirmation_code` beside it,
    the text to type into the terminal. A request that cannot be right is answered with the `redirect_url` that says so.

    Neither password nor second factor is asked for: the person's first MFA device counts as shown. Everything else holds: 404 for
    somebody who does not exist, 403 for one who cannot sign in at present, and 403 with the reason where a policy, an
    organization's or the account's rules for signing in say no. The sign-in and the approval are events like any other. Needs
    training, and the header `X-Training: 1`.
    """
    url, person = _read(read_json(request))
    given = _query_of(url)
    try:
        asked = read_request(given)
    except RequestRefused as refused:
        return no_store(JsonResponse({"redirect_url": refused.target}))
    client = client_of(asked.client_id)
    assert client is not None  # noqa: S101  # the request was read, so there is one
    origin = origin_of(request)
    region = asked.region or origin.region
    origin = replace(origin, region=region, regional=origin.regional or bool(asked.region))
    code = _approve(asked, client, person, origin=origin)
    answer = {"redirect_url": asked.answer(code=code)}
    if client.kind is ClientKind.CROSS_DEVICE:
        answer["confirmation_code"] = code_to_copy(code=code, state=asked.state)
    return no_store(JsonResponse(answer))


def _read(body: dict[str, Any]) -> tuple[str, Principal]:
    match body:
        case {"url": str(url), "account": str(account), "username": str(username), **others} if not others:
            named = find(ids.account_key(account), username)
            found = named.principal
            if found is not None and isinstance(password_due(found, named), Refusal):
                raise Forbidden(str(_CANNOT))
        case {"url": str(url), "email": str(email), **others} if not others:
            found = root_by_email(email)
        case _:
            raise BadInput(_('Send `{"url": …, "account": …, "username": …}`, or `{"url": …, "email": …}` for a root user.'))
    if found is None:
        raise NotFound(_("There is no such person in this world."))
    return url, found


def _query_of(url: str) -> QueryDict:
    try:
        parts = urlsplit(url)
        given = QueryDict(parts.query)
    except ValueError as error:
        raise BadInput(_("The URL cannot be read.")) from error
    if parts.path != _PATH:
        raise BadInput(_("The URL must be that of the authorization request, as the program prints it."))
    return given


def _approve(asked: AuthorizationRequest, client: Client, person: Principal, *, origin: Origin) -> str:
    _check_standing(person, origin=origin)
    session = _sign_in(person, origin=origin)
    try:
        note = require_permit(asked, session, client=client, origin=origin)
    except NotPermitted as refused:
        consent.record_answer(asked, session, origin=origin, error=refused.error, note=refused.note)
        raise Forbidden(" ".join([refused.public, *refused.reasons])) from None
    code = consent.allow(asked, session, client=client, origin=origin, note=note)
    assert code is not None  # noqa: S101  # only what waits in a browser can have been answered before
    return code


def _check_standing(person: Principal, *, origin: Origin) -> None:
    """Refuse who cannot sign in at present, and where console access control does not let this person begin."""
    account = person.account
    has_password = person.answerable is not None and person.has_usable_password()
    if account is None or not has_password or refusal_of(person) is not None:
        raise Forbidden(str(_CANNOT))
    decision = decide(question_of(SigninAction.AUTHENTICATE, Subject(account.id, person.arn, origin.region), origin))
    if not decision.allowed:
        raise Forbidden(denial_words(SigninAction.AUTHENTICATE, decision))


def _sign_in(person: Principal, *, origin: Origin) -> SignInSession:
    devices = devices_of(person.pk)
    factor = devices[0].serial if devices else ""
    with transaction.atomic():
        session, _secret = open_session(person, origin=origin, factor=factor)
        console_login(
            identity_of(person),
            origin=origin,
            succeeded=True,
            login_to=f"{conf.base_url}/console/{session.name}/home",
            mfa_used=bool(factor),
            mfa_identifier=factor,
            principal_key=person.unique_id,
        )
    return session
