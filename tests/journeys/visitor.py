"""A visitor: one browser with its own cookies, which sends every form as its page has it, and reads the mailbox over HTTP."""

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings as django_settings
from django.test import Client

from accounts.mail.tasks import sweep
from accounts.models import SignInSession
from portal.conf import conf
from portal.world.people import Person
from tests.mfa.codes import secret_on, two_codes, unused_code

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15"
HOME = re.compile(r"/console/([0-9]{12}-[a-z0-9]{8})/home")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
FORM = "application/x-www-form-urlencoded"
_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
SKIP = "/signin/mfa/register/skip"
"""Where "Not now" is sent."""


@dataclass
class Form:
    """One form of a page: where it is sent, and what its fields hold before anybody types."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    ticks: set[str] = field(default_factory=set)
    submits: bool = False


class _Forms(HTMLParser):
    """Reads every form that is sent by POST; one with the submit button `submits`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form" and values.get("method") == "post":
            self._open = Form(values.get("action") or "")
            self.found.append(self._open)
        elif self._open is None:
            return
        elif tag == "input" and values.get("type") == "checkbox":
            self._open.ticks.add(values["name"] or "")
            if "checked" in values:
                self._open.fields[values["name"] or ""] = "on"
        elif tag == "input" and values.get("name"):
            self._open.fields[values["name"] or ""] = values.get("value") or ""
        elif tag == "button" and values.get("data-testid") == "submit":
            self._open.submits = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def _forms_in(html: str) -> list[Form]:
    """Read the forms of a page alone: what stands between them is most of it, and reading HTML is slow."""
    reader = _Forms()
    reader.feed("".join(_FORM.findall(html)))
    return reader.found


def forms_in(html: str) -> list[Form]:
    """Return the forms of a page that have the submit button."""
    return [form for form in _forms_in(html) if form.submits]


def form_to(html: str, action: str) -> Form:
    """Return the one form of a page that is sent to `action`, whatever its button looks like."""
    forms = [form for form in _forms_in(html) if form.action == action]
    assert len(forms) == 1, f"{len(forms)} forms to {action}"
    return forms[0]


def form_of(page: Any) -> Form:
    """Return the one form of a page that has the submit button; its action is the page's own address unless it names one."""
    forms = forms_in(page.content.decode())
    assert len(forms) == 1, f"{len(forms)} forms with a submit button at {page.request['PATH_INFO']}, status {page.status_code}"
    request = page.request
    forms[0].action = forms[0].action or request["PATH_INFO"] + (f"?{request['QUERY_STRING']}" if request.get("QUERY_STRING") else "")
    return forms[0]


def text_of(page: Any) -> str:
    """Return what a page says: its text without tags, white space folded."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", page.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).replace("&#x27;", "'").replace("&quot;", '"')


def alerts_of(page: Any) -> str:
    """Return what a page's errors say."""
    return " ".join(re.sub(r"<[^>]+>", "", found) for found in re.findall(r'role="alert"[^>]*>(.*?)</', page.content.decode(), flags=re.DOTALL))


class Visitor:
    """One browser in front of the portal. CSRF is checked as in production; nothing is followed unless a test says so."""

    def __init__(self, *, address: str = "203.0.113.7", user_agent: str = FIREFOX, language: str = "en") -> None:
        self.address = address
        self.user_agent = user_agent
        self._token: tuple[str, str] | None = None
        self.client = Client(
            enforce_csrf_checks=True,
            HTTP_HOST="localhost:8000",
            HTTP_USER_AGENT=user_agent,
            HTTP_ACCEPT_LANGUAGE=language,
            REMOTE_ADDR=address,
        )

    # Pages and forms

    def get(self, address: str) -> Any:
        """Open an address of the portal, absolute or local."""
        parts = urlsplit(address)
        assert not parts.netloc or address.startswith(conf.base_url), f"{address} leads away from the portal"
        return self.client.get(parts.path + (f"?{parts.query}" if parts.query else ""))

    def opens(self, address: str) -> Any:
        """Open a page that is there, and return it."""
        page = self.get(address)
        assert page.status_code == 200, f"{address}: {page.status_code} {page.headers.get('Location', '')}"
        return page

    def sends(self, page: Any, **typed: str) -> Any:
        """Fill in the form of a page and send it. Only fields that the page has can be filled in."""
        form = form_of(page)
        unknown = typed.keys() - form.fields.keys() - form.ticks
        assert not unknown, f"{page.request['PATH_INFO']} has no {unknown}"
        return self.posts(form.action, form.fields | typed)

    def posts(self, address: str, fields: dict[str, str]) -> Any:
        """Send fields to an address as a browser sends a form of this very origin."""
        return self.client.post(address, urlencode(fields), content_type=FORM, HTTP_ORIGIN=conf.base_url)

    def posts_with_token(self, address: str, **fields: str) -> Any:
        """Send fields to an address without having opened its page, with the CSRF token of a page that anyone may open."""
        return self.posts(address, {"csrfmiddlewaretoken": self.token(), **fields})

    def token(self) -> str:
        """Return the CSRF token of a page that anyone may open; it is read once for each of this browser's CSRF cookies."""
        cookie = self.client.cookies.get(django_settings.CSRF_COOKIE_NAME)
        if self._token is None or cookie is None or self._token[0] != cookie.value:
            token = form_of(self.opens("/signin/root")).fields["csrfmiddlewaretoken"]
            self._token = self.client.cookies[django_settings.CSRF_COOKIE_NAME].value, token
        return self._token[1]

    def goes(self, answer: Any, target: str) -> Any:
        """Follow a redirect that must lead to `target`, and return what is there."""
        went = (answer.status_code, answer.headers.get("Location"))
        assert went == (303, target), f"{went} {text_of(answer)[:600]}"
        return self.opens(target)

    def walks(self, answer: Any) -> tuple[list[str], Any]:
        """Follow redirects as far as they lead; return the paths that were passed and the last page."""
        passed: list[str] = []
        while answer.status_code in {302, 303}:
            assert len(passed) < 10
            target = answer.headers["Location"]
            passed.append(urlsplit(target).path)
            answer = self.get(target)
        return passed, answer

    def starts_over(self, answer: Any) -> Any:
        """Follow redirects that must lead to the beginning, which tells that the sign-in was interrupted; return that page."""
        _, page = self.walks(answer)
        assert (page.request["PATH_INFO"], page.request["QUERY_STRING"]) == ("/console/", "timed_out=1"), text_of(page)[:600]
        assert "Your sign-in took too long or was interrupted. Start again." in text_of(page)
        return page

    def enters_console(self, answer: Any) -> str:
        """Follow the end of a sign-in, hop by hop, to a console home page, and return the session's name."""
        passed, page = self.walks(answer)
        assert passed[:2] == ["/v1/authorize", "/console/callback"], (answer.status_code, passed, alerts_of(answer))
        home = HOME.fullmatch(passed[2])
        assert home, passed
        assert page.status_code == 200
        return home[1]

    # The steps of a sign-in

    def passes_check(self, page: Any) -> Any:
        """Answer the security check that `page` shows; the training room tells the answer."""
        shown = self.client.get("/training/api/captcha", headers={"X-Training": "1"})
        assert shown.status_code == 200
        return self.sends(page, captcha=shown.json()["answer"])

    def names_root(self, person: Person) -> Any:
        """Give a root user's address at the beginning of a sign-in."""
        return self.sends(self.opens("/console/?user=root"), email=person.email)

    def reaches_root_password(self, person: Person) -> Any:
        """Go as far as the root user's password page, from a browser that does not know the root user."""
        check = self.goes(self.names_root(person), "/signin/security-check")
        return self.goes(self.passes_check(check), "/signin/password")

    def reaches_code(self, person: Person) -> Any:
        """Go as far as the page that asks for the mailed code."""
        page = self.reaches_root_password(person)
        return self.goes(self.sends(page, password=person.password), "/signin/verification-code")

    def gives_mailed_code(self, page: Any, person: Person) -> Any:
        """Type the newest code of the mailbox, and put off the second factor that a root user without one is offered."""
        return self.puts_off_registration(self.sends(page, code=self.newest_mail(person.email)["codes"][0]))

    def puts_off_registration(self, answer: Any) -> Any:
        """Follow a redirect to the offer of registering a second factor, and answer it with "Not now"."""
        offer = self.goes(answer, "/signin/mfa/register")
        form = form_to(offer.content.decode(), SKIP)
        return self.posts(form.action, form.fields)

    def registers_app(self, page: Any, *, name: str = "phone") -> tuple[Any, str]:
        """Add the secret that a registration page shows to an app, type what it asks for, and return the answer and the secret."""
        secret = secret_on(page)
        before, now = two_codes(secret)
        typed = {"code": before, "code2": now} if "code2" in form_of(page).fields else {"code": now}
        return self.sends(page, name=name, **typed), secret

    def shows_factor(self, answer: Any, person: Person) -> Any:
        """Follow a redirect to the second factor's page, and answer it with a code of the person's app that was never used."""
        page = self.goes(answer, "/signin/mfa/")
        if person.passkey:
            page = self.opens("/signin/mfa/?type=totp")
        return self.sends(page, code=unused_code(person))

    def signs_in_as_root(self, person: Person, *, password: str = "") -> str:
        """Sign in as a root user whom this browser does not know and who has no second factor; return the session's name."""
        page = self.reaches_root_password(person)
        page = self.goes(self.sends(page, password=password or person.password), "/signin/verification-code")
        return self.enters_console(self.gives_mailed_code(page, person))

    def gives_iam(self, person: Person, *, account: str = "", username: str = "", password: str = "", address: str = "/console/?user=iam") -> Any:
        """Fill in the IAM user's page and send it."""
        page = self.opens(address)
        return self.sends(page, account=account or person.account, username=username or person.username, password=password or person.password)

    def signs_in_as_iam_user(self, person: Person, *, password: str = "", address: str = "/console/?user=iam") -> str:
        """Sign in as an IAM user, with a code where the person has an authenticator app; return the session's name."""
        answer = self.gives_iam(person, password=password, address=address)
        return self.enters_console(self.shows_factor(answer, person) if person.totp_secret else answer)

    def signs_in_as_operator(self, person: Person, *, wanted: str = "/admin/") -> Any:
        """Sign in as an operator, and return the page that was asked for."""
        page = self.opens(f"/signin/operator?next={wanted}")
        answer = self.sends(page, username=person.username, password=person.password)
        return self.goes(self.shows_factor(answer, person), wanted)

    def sends_sign_out(self, name: str) -> Any:
        """Sign out of one session from its own console page."""
        token = TOKEN.search(self.opens(f"/console/{name}/home").content.decode())
        assert token
        return self.posts(f"/console/{name}/sign-out", {"csrfmiddlewaretoken": token[1]})

    # What is seen from outside

    def mails_to(self, email: str) -> list[dict[str, Any]]:
        """Return the mails of a mailbox, newest first, as the inbox gives them."""
        sweep()
        answer = self.client.get("/inbox/api/messages", {"to": email})
        assert answer.status_code == 200
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    def newest_mail(self, email: str) -> dict[str, Any]:
        """Return the newest mail of a mailbox."""
        return self.mails_to(email)[0]

    def events(self, account: str = "") -> list[dict[str, Any]]:
        """Return the records of an account, oldest first, as the event log gives them."""
        answer = self.client.get("/trail/api/events", {"account": account} if account else {})
        assert answer.status_code == 200, answer.content
        found: list[dict[str, Any]] = answer.json()["events"]
        return found[::-1]

    def training(self, call: str, **body: object) -> Any:
        """Call a training control."""
        answer = self.client.post(f"/training/api/{call}", json.dumps(body), content_type="application/json", headers={"X-Training": "1"})
        assert answer.status_code == 200, answer.content
        return answer.json()

    def is_in(self, name: str) -> bool:
        """Tell whether the console of the session called `name` opens here."""
        answer = self.get(f"/console/{name}/home")
        assert answer.status_code in {200, 303}, answer.status_code
        return bool(answer.status_code == 200)


def live_sessions() -> int:
    """Return how many sessions have not ended."""
    return SignInSession.objects.filter(ended_at=None).count()
