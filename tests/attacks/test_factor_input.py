"""INP: malformed input on every form of second factors and of the trainee's phone is a clear refusal and never an error of the portal."""

from collections.abc import Callable

import pytest

from accounts.models import Account, Principal, SignInSession
from mfa.base import guessing
from mfa.models import Authenticator
from mfa.totp import qr
from portal.network.origin import network_prefix
from tests.attacks.test_input import VALUES, post
from tests.console.browsing import Browser
from tests.fixtures.people import World
from tests.journeys.visitor import TOKEN, Visitor
from tests.mfa.base.steps import half_way
from tests.mfa.codes import app_of, principal_of
from tests.mfa.fido.conftest import holder_of

Stand = Callable[[Visitor, World], str]
"""Puts a visitor where the forms can be sent, once more for each value; returns the path that theirs are below."""

CARLOS, ROOT = ("111122223333", "Carlos"), ("111122223333", "management@example.com")
MARY, OPERATOR = ("444455556666", "Mary_Major"), ("", "operator")
REFUSED = {"nul", "lone surrogate", "not utf-8", "duplicated", "list", "nested", "far overlong"}
CREDENTIALS = {
    "array": "{field}=%5B%5D",
    "number in JSON": "{field}=1",
    "null": "{field}=null",
    "wrong types": "{field}=%7B%22id%22:1,%22rawId%22:%5B%5D,%22type%22:%7B%7D,%22response%22:%22x%22%7D",
    "types within": "{field}=%7B%22id%22:%22AA%22,%22rawId%22:%22AA%22,%22type%22:%22public-key%22,%22response%22:%7B%22clientDataJSON%22:1%7D%7D",
    "deep": "{field}=" + "%5B" * 3000,
    "escaped surrogate": "{field}=%7B%22id%22:%22%5Cud800%22,%22rawId%22:%22%5Cud800%22,%22type%22:%22public-key%22,%22response%22:%7B%7D%7D",
    "great number": "{field}=" + "9" * 4000,
}


def signed_in(visitor: Visitor, world: World, who: tuple[str, str]) -> str:
    """Have somebody signed in, without a form, and return the path of the console."""
    browser = Browser()
    browser.client = visitor.client
    return f"/console/{browser.opens(world[who]).name}/"


def at_challenge(visitor: Visitor, world: World) -> str:
    half_way(visitor, principal_of(world[CARLOS]))
    visitor.get("/signin/mfa/")
    return "/signin/mfa/"


def at_registration(visitor: Visitor, world: World) -> str:
    Account.objects.filter(pk="444455556666").update(iam_users_need_mfa=True)
    half_way(visitor, principal_of(world[MARY]))
    visitor.get("/signin/mfa/register")
    return "/signin/mfa/register"


def at_recovery(visitor: Visitor, world: World) -> str:
    half_way(visitor, principal_of(world[ROOT]), "root")
    visitor.get("/signin/mfa/")
    return "/signin/mfa/recovery/"


def at_autofill(_visitor: Visitor, _world: World) -> str:
    return "/signin/"


def in_console(visitor: Visitor, world: World) -> str:
    return signed_in(visitor, world, CARLOS)


def as_operator(visitor: Visitor, world: World) -> str:
    if not SignInSession.objects.filter(principal__kind="operator").exists():
        visitor.signs_in_as_operator(world[OPERATOR])
    return "/operator/security/"


def at_phone(_visitor: Visitor, world: World) -> str:
    return f"/training/phone/{principal_of(world[CARLOS]).pk}/"


ROOMS = {
    "mfa/confirm": {"type": "totp", "password": "x", "code": "000000", "credential": "x", "next": "/"},
    "mfa/register/app": {"name": "new", "code": "000000", "code2": "000001"},
    "mfa/register/passkey": {"name": "new", "credential": "x"},
    "mfa/resynchronise": {"code": "000000", "code2": "000001"},
    "mfa/rename": {"device": "1", "name": "other"},
    "mfa/delete": {"device": "1"},
    "mfa/trusted/forget": {"device": "1"},
    "end-session": {"session": "x"},
}
FORMS: dict[str, tuple[Stand, dict[str, dict[str, str]]]] = {
    "challenge": (
        at_challenge,
        {
            "": {"code": "000000", "type": "fido", "credential": "x"},
            "resynchronise": {"code": "000000", "code2": "000001"},
            "email-code/resend": {"next": "x"},
        },
    ),
    "registration": (
        at_registration,
        {"/skip": {"x": "y"}, "/app": {"name": "new", "code": "000000", "code2": "000001"}, "/passkey": {"name": "new", "credential": "x"}},
    ),
    "recovery": (at_recovery, {"": {"code": "000000"}, "mail": {"x": "y"}, "call": {"x": "y"}, "finish": {"x": "y"}, "link/nothing": {"x": "y"}}),
    "autofill": (at_autofill, {"passkey": {"credential": "x", "remember": "on"}, "passkey/options": {"x": "y"}}),
    "console": (in_console, {**ROOMS, "users/deactivate": {"device": "1"}, "users/requirement": {"needed": "maybe"}}),
    "operator": (as_operator, ROOMS),
    "phone": (
        at_phone,
        {
            "add": {"address": "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP", "secret": "JBSWY3DPEHPK3PXP", "name": "x", "number": "0"},
            "remove": {"number": "0"},
            "lose": {"x": "y"},
        },
    ),
}


@pytest.fixture(autouse=True)
def _one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have one QR code drawn for all secrets: that of each answer is not what is looked at, and takes longer to make than the rest of its page."""
    drawn = qr.image("otpauth://totp/Vestibule:Carlos?secret=JBSWY3DPEHPK3PXP&issuer=Vestibule")
    monkeypatch.setattr(qr, "image", lambda _text: drawn)


@pytest.mark.parametrize("place", FORMS)
def test_inp_no_form_of_second_factors_breaks_on_malformed_input(visitor: Visitor, world: World, place: str) -> None:
    carlos, root = principal_of(world[CARLOS]), principal_of(world[ROOT])
    app_of(carlos)
    app_of(root)
    holder_of(world[CARLOS])
    known = set(SignInSession.objects.values_list("pk", flat=True))
    before = set(Authenticator.objects.filter(confirmed=True).values_list("pk", "name"))
    stand, forms = FORMS[place]
    below = stand(visitor, world)
    token = token_of(visitor, below, place)
    for path, right in forms.items():
        for field in right:
            others = "&".join(f"{name}={value}" for name, value in right.items() if name != field)
            for kind, value in (VALUES | (CREDENTIALS if field == "credential" else {})).items():
                if place in {"challenge", "recovery", "registration"}:
                    below = stand(visitor, world)
                for owner in (carlos, root):
                    guessing.OF_IDENTITY.forget(str(owner.pk))
                guessing.BY_ADDRESS.forget(network_prefix("203.0.113.7"))
                body = f"{others}&{value.format(field=field)}" if field != "credential" else value.format(field=field)
                answer = post(visitor, below + path, token, body)
                said = f"{below}{path} {field} {kind}: {answer.status_code}"
                assert answer.status_code < 500, said
                assert answer.status_code in range(400, 500) or kind not in REFUSED, said
                assert b"<script>alert" not in answer.content, said
                assert b"9801547" not in answer.content, said
    assert set(Authenticator.objects.filter(confirmed=True).values_list("pk", "name")) == before
    opened = SignInSession.objects.exclude(pk__in=known)
    assert opened.count() == (1 if place in {"console", "operator"} else 0)
    assert Principal.objects.get(pk=carlos.pk).credential_epoch == carlos.credential_epoch


def token_of(visitor: Visitor, below: str, place: str) -> str:
    """Return a token that the forms of a place take."""
    page = {"console": f"{below}security", "operator": below, "phone": below}.get(place, "/signin/")
    answer = visitor.get(page)
    found = TOKEN.search(answer.content.decode())
    assert found, f"{page} answers {answer.status_code}"
    return found[1]
