"""The app on a person's phone, as tests hold it: the secret of a registered device, and codes it has not shown yet."""

import re
from html import unescape
from time import sleep, time
from typing import Any

from accounts.models import Principal
from mfa.models import AuthenticatorApp
from mfa.totp import codes
from mfa.totp.flows import secret_of
from portal.core.tokens import new_token, seal
from portal.world.people import Person

_SECRET = re.compile(r'data-testid="secret">([A-Z2-7 ]+)<')


def principal_of(person: Person) -> Principal:
    """Return a person of the demo world as the database has it now, account included."""
    found = Principal.objects.select_related("account")
    if not person.account:
        return found.get(kind=Principal.Kind.OPERATOR, name=person.username)
    if person.username:
        return found.get(kind=Principal.Kind.IAM_USER, account_id=person.account, name=person.username)
    return found.get(kind=Principal.Kind.ROOT, account_id=person.account)


def app_of(principal: Principal, *, name: str = "phone", drift: int = 0) -> AuthenticatorApp:
    """Give a principal an authenticator app that is registered already."""
    marks = {"serial": f"arn:aws:iam::{principal.account_id}:mfa/{name}-{new_token()[:8]}", "sealed_secret": seal(codes.new_secret())}
    app = AuthenticatorApp(user=principal, type=AuthenticatorApp.Type.TOTP, name=name, confirmed=True, drift=drift, **marks)
    app.save()
    return app


def secret_in(app: AuthenticatorApp) -> str:
    """Return the secret of a device, as the phone has it."""
    secret = secret_of(app)
    assert secret
    return secret


def secret_on(page: Any) -> str:
    """Return the secret that a registration page shows, without the spaces between its groups."""
    found = _SECRET.search(unescape(page.content.decode()))
    assert found, "the page shows no secret"
    return found[1].replace(" ", "")


def step_now() -> int:
    """Return the time step of this moment, and wait over the last second of one: what a test makes of it is then still so."""
    left = codes.PERIOD - time() % codes.PERIOD
    if left < 2:
        sleep(left + 0.05)
    return codes.step_at(time())


def code_now(secret: str, *, ahead: int = 0) -> str:
    """Return the code of this moment, or of so many steps ahead (negative: behind)."""
    return codes.code_at(secret, step_now() + ahead)


def two_codes(secret: str, *, ahead: int = 0) -> tuple[str, str]:
    """Return the code before this moment's and this moment's: what someone types who has waited for the second."""
    step = step_now() + ahead
    return codes.code_at(secret, step - 1), codes.code_at(secret, step)


def next_code(app: AuthenticatorApp) -> str:
    """Return a code of a device that it accepts now and that was never used.

    Where the present codes are all used up, the device is put back as if that had been half a minute ago.
    """
    app.refresh_from_db()
    step, used = step_now() + app.drift, app.last_step
    if used > step:
        AuthenticatorApp.objects.filter(pk=app.pk).update(last_step=step)
        used = step
    return codes.code_at(secret_in(app), max(step, used + 1))


def unused_code(person: Person) -> str:
    """Return a code of a person's oldest app that it accepts now and that was never used."""
    app = AuthenticatorApp.objects.filter(user=principal_of(person), confirmed=True).order_by("pk").first()
    assert app, f"{person} has no authenticator app"
    return next_code(app)


def wrong_code(app: AuthenticatorApp) -> str:
    """Return six digits that are no code of a device within half an hour of now."""
    secret, step = secret_in(app), step_now()
    near = {codes.code_at(secret, other) for other in range(step - 60, step + 61)}
    return next(code for number in range(200) if (code := f"{number:06d}") not in near)
