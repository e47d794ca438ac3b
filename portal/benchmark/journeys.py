"""The sign-ins that the bench drives: every request that a browser makes, from the sign-in page to the console's home page."""

import json
import time
from typing import Any
from urllib.parse import quote

from mfa.totp.codes import code_at, step_at
from portal.benchmark.browser import Answer, Browser
from portal.world.people import Person

_TRAINING = {"X-Training": "1"}
_OFFER = "/signin/mfa/register"
_NOT_NOW = f"{_OFFER}/skip"


class JourneyFailed(RuntimeError):
    """A sign-in did not end at the console's home page."""


def _into_console(browser: Browser, answer: Answer) -> int:
    """Follow the OAuth handshake to the home page; return the requests that took."""
    steps = ("authorize", "callback", "home")
    for label in steps:
        if answer.status not in {302, 303}:
            raise JourneyFailed(f"{answer.status} before {label}: {answer.body[:200]!r}")
        answer = browser.request(label, "GET", answer.location)
    if answer.status != 200:
        raise JourneyFailed(f"{answer.status} at home")
    return len(steps)


def iam_sign_in(browser: Browser, person: Person) -> int:
    """Sign an IAM user in; return the number of requests."""
    page = browser.request("iam page", "GET", "/console/?user=iam")
    form = {"csrfmiddlewaretoken": page.csrf_token, "account": person.account, "username": person.username, "password": person.password}
    answer = browser.request("iam password", "POST", "/signin/iam", form)
    return 2 + _into_console(browser, answer)


def totp_sign_in(browser: Browser, person: Person) -> int:
    """Sign an IAM user in who has an authenticator app and has not used its present code; return the number of requests."""
    page = browser.request("totp iam page", "GET", "/console/?user=iam")
    form = {"csrfmiddlewaretoken": page.csrf_token, "account": person.account, "username": person.username, "password": person.password}
    answer = browser.request("totp iam password", "POST", "/signin/iam", form)
    page = browser.request("totp page", "GET", answer.location)
    form = {"csrfmiddlewaretoken": page.csrf_token, "code": code_at(person.totp_secret, step_at(time.time()))}
    answer = browser.request("totp code", "POST", answer.location, form)
    return 4 + _into_console(browser, answer)


def root_sign_in(browser: Browser, person: Person) -> int:
    """Sign a root user in from a browser that knows the root user, and put a second factor off; return the number of requests."""
    page = browser.request("root page", "GET", "/console/?user=root")
    answer = browser.request("root email", "POST", "/signin/root", {"csrfmiddlewaretoken": page.csrf_token, "email": person.email})
    page = browser.request("root password page", "GET", answer.location)
    form = {"csrfmiddlewaretoken": page.csrf_token, "password": person.password}
    answer = browser.request("root password", "POST", answer.location, form)
    page = browser.request("root offer", "GET", answer.location)
    answer = browser.request("root not now", "POST", _NOT_NOW, {"csrfmiddlewaretoken": page.csrf_token})
    return 6 + _into_console(browser, answer)


def introduce_root(browser: Browser, person: Person) -> None:
    """Sign a root user in for the first time in this browser: security check and mailed code included; then keep only what makes it known."""
    newest = _mails(browser, person.email, "limit=1")
    after = newest[0]["id"] if newest else 0
    page = browser.request("", "GET", "/console/?user=root")
    answer = browser.request("", "POST", "/signin/root", {"csrfmiddlewaretoken": page.csrf_token, "email": person.email})
    while not answer.location.endswith("/v1/authorize") and "/v1/authorize" not in answer.location:
        page = browser.request("", "GET", answer.location)
        form = {"csrfmiddlewaretoken": page.csrf_token}
        if "security-check" in answer.location:
            form["captcha"] = json.loads(browser.request("", "GET", "/training/api/captcha", headers=_TRAINING).body)["answer"]
        elif answer.location.endswith("/password"):
            form["password"] = person.password
        elif "verification-code" in answer.location:
            form["code"] = _mailed_code(browser, person.email, after)
        elif not answer.location.endswith(_OFFER):
            raise JourneyFailed(f"unexpected step {answer.location}")
        answer = browser.request("", "POST", _NOT_NOW if answer.location.endswith(_OFFER) else answer.location, form)
    forget_sessions(browser)


def _mails(browser: Browser, email: str, query: str) -> list[dict[str, Any]]:
    answer = browser.request("", "GET", f"/inbox/api/messages?to={quote(email)}&{query}")
    found: list[dict[str, Any]] = json.loads(answer.body)["messages"]
    return found


def _mailed_code(browser: Browser, email: str, after: int) -> str:
    for message in _mails(browser, email, f"after={after}&wait=20"):
        if message["codes"]:
            return str(message["codes"][0])
    raise JourneyFailed(f"no code arrived for {email}")


def forget_sessions(browser: Browser) -> None:
    """Drop what belongs to a finished sign-in, so that the next one starts like the first; what makes the browser known stays."""
    browser.cookies = {name: value for name, value in browser.cookies.items() if name.endswith("browser")}
