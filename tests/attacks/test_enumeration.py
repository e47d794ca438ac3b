"""ENU: nothing tells who exists: not the answer, not what it costs, not what it leaves behind."""

import ast
import re
from typing import Any

import pytest

from accounts.models import OutgoingMail, PasswordRecovery, Principal
from portal.conf import BASE_DIR
from portal.trail.models import Event
from portal.world.people import Person
from tests.attacks.costs import Bill, Costs, empty
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor

CURRENT_HASHER = (19 * 1024, 2, 1)
ROOTS = {
    "known": "management@example.com",
    "unknown": "nobody.at.all@example.com",
    "disabled": "standalone@example.com",
    "without a password": "production@example.com",
    "suspended": "suspended@example.com",
    "closed": "closed@example.com",
    "closed for good": "closed-long-ago@example.com",
    "to be reset": "exposed@example.com",
}
USERS = {
    "known": ("111122223333", "Carlos"),
    "unknown": ("111122223333", "Nobody_At_All"),
    "disabled": ("111122223333", "Terry_Whitlock"),
    "without a password": ("111122223333", "alice"),
    "suspended": ("222222222222", "Li_Juan"),
    "expired": ("111122223333", "Richard_Roe"),
    "expired for good": ("444455556666", "Paulo_Santos"),
    "to change": ("111122223333", "Martha_Rivera"),
    "unknown account": ("987654321098", "Carlos"),
}
HEADERS_THAT_DIFFER = {"Set-Cookie", "Date"}


@pytest.fixture(autouse=True)
def _every_class(world: World) -> None:
    """Make the classes that the demo world does not have: a disabled root user, an IAM user without a password."""
    Principal.objects.filter(email_key=ROOTS["disabled"]).update(is_active=False)
    Principal.objects.filter(kind="iam_user", account_id="111122223333", name="alice").update(password="")


def uniform(answer: Any, *typed: str) -> tuple[int, str, dict[str, str], list[str]]:
    """Return an answer without what is random in each: tokens, ids of challenges, and the visitor's own input."""
    body = answer.content.decode()
    for text in sorted(typed, key=len, reverse=True):
        body = body.replace(text, "TYPED")
    body = re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]+', r"\1", body)
    body = re.sub(r"/signin/security-check/(image|audio)/[0-9]+", r"/\1", body)
    headers = {name: value for name, value in answer.headers.items() if name not in HEADERS_THAT_DIFFER | {"Content-Length"}}
    return answer.status_code, body, headers, sorted(answer.cookies)


def same_for_all(answers: dict[str, Any]) -> None:
    """Compare every class with the first."""
    (_, first), *others = answers.items()
    for name, other in others:
        assert other == first, name


def wrong_root_password(email: str) -> tuple[Any, Visitor]:
    visitor = Visitor()
    page = visitor.sends(visitor.opens("/signin/root"), email=email)
    page = visitor.goes(visitor.passes_check(visitor.goes(page, "/signin/security-check")), "/signin/password")
    return page, visitor


def test_enu_01_a_wrong_root_password_is_answered_alike(cache_client: Any) -> None:
    answers = {}
    for name, email in ROOTS.items():
        page, visitor = wrong_root_password(email)
        answers[name] = uniform(visitor.sends(page, password="Not-the-password-1"), email)
        empty(cache_client)
    same_for_all(answers)
    assert answers["known"][0] == 403


def test_enu_01_a_wrong_iam_password_is_answered_alike(cache_client: Any) -> None:
    answers = {}
    for name, (account, username) in USERS.items():
        visitor = Visitor()
        answer = visitor.sends(visitor.opens("/signin/iam"), account=account, username=username, password="Not-the-password-1")
        answers[name] = uniform(answer, account, username)
        empty(cache_client)
    same_for_all(answers)


def test_enu_01_a_wrong_operators_password_is_answered_alike(operator: Person, cache_client: Any) -> None:
    answers = {}
    for name in (operator.username, "somebody-else"):
        visitor = Visitor()
        answer = visitor.sends(visitor.opens("/signin/operator"), username=name, password="Not-the-password-1")
        answers[name] = uniform(answer, f'value="{name}"')
        empty(cache_client)
    same_for_all(answers)


def test_enu_01_who_was_guessed_at_too_often_is_answered_alike(visitor: Visitor) -> None:
    """Counters are kept for names that nobody has as well: the check comes after as many tries."""
    seen: dict[str, Any] = {}
    for name in ("known", "unknown", "unknown account"):
        account, username = USERS[name]
        other = Visitor(address=f"198.51.100.{len(seen) + 30}")
        answer = other.sends(other.opens("/signin/iam"), account=account, username=username, password="Not-the-password-1")
        path = [answer.status_code]
        for _ in range(4):
            if answer.status_code == 303:
                break
            answer = other.sends(answer, password="Not-the-password-1")
            path.append(answer.status_code)
        seen[name] = (path, answer.headers.get("Location"))
    same_for_all(seen)
    assert seen["known"] == ([403, 403, 403, 303], "/signin/security-check")


def test_enu_02_the_first_step_is_answered_alike(cache_client: Any) -> None:
    answers: dict[str, list[Any]] = {}
    for name, email in ROOTS.items():
        visitor = Visitor()
        first = visitor.sends(visitor.opens("/signin/root"), email=email)
        check = visitor.opens("/signin/security-check")
        page = visitor.goes(visitor.passes_check(check), "/signin/password")
        answers[name] = [uniform(first, email), first.headers["Location"], uniform(check, email), uniform(page, email)]
        empty(cache_client)
    same_for_all(answers)


def test_enu_03_asking_for_a_link_is_answered_alike_and_leaves_as_much_behind(cache_client: Any) -> None:
    answers: dict[str, Any] = {}
    before = OutgoingMail.objects.count()
    for number, (name, email) in enumerate(ROOTS.items(), start=1):
        visitor = Visitor()
        check = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email=email), "/password/forgot/security-check")
        answer = visitor.passes_check(check)
        page = visitor.goes(answer, "/password/forgot/sent")
        answers[name] = [uniform(check, email), uniform(answer, email), uniform(page, email)]
        assert OutgoingMail.objects.count() - before == number
        assert PasswordRecovery.objects.count() == number
        assert Event.objects.filter(event_name="PasswordRecoveryRequested").count() == number
        empty(cache_client)
    same_for_all(answers)
    mails = dict(OutgoingMail.objects.filter(kind="reset_link").values_list("id", "recipient"))
    assert sorted(set(ROOTS.values()) - set(mails.values())) == [ROOTS["unknown"]]
    assert list(mails.values()).count("") == 1, "the decoy"


@pytest.mark.real_hashes
def test_enu_05_a_wrong_root_password_costs_one_hash_and_the_same_statements(costs: Costs, cache_client: Any) -> None:
    bills: dict[str, Bill] = {}
    for round_number in range(2):  # the first round compiles what is compiled once
        for name, email in ROOTS.items():
            page, visitor = wrong_root_password(email)
            with costs.of() as bill:
                visitor.sends(page, password="Not-the-password-1")
            bills[name] = bill
            empty(cache_client)
        if round_number:
            same_for_all(bills)
    assert bills["known"].hashes == [CURRENT_HASHER]
    assert bills["known"].statements


def test_enu_05_naming_a_root_user_costs_the_same(costs: Costs, cache_client: Any) -> None:
    bills: dict[str, Bill] = {}
    for email in (*ROOTS.values(), *ROOTS.values()):
        visitor = Visitor()
        page = visitor.opens("/signin/root")
        with costs.of() as bill:
            visitor.sends(page, email=email)
        bills[email] = bill
        empty(cache_client)
    same_for_all(bills)
    assert not bills[ROOTS["known"]].hashes


@pytest.mark.real_hashes
def test_enu_05_a_wrong_iam_password_costs_one_hash_and_the_same_statements(costs: Costs, cache_client: Any) -> None:
    bills: dict[str, Bill] = {}
    for name, (account, username) in [*USERS.items(), *USERS.items()]:
        visitor = Visitor()
        page = visitor.opens("/signin/iam")
        with costs.of() as bill:
            visitor.sends(page, account=account, username=username, password="Not-the-password-1")
        bills[name] = bill
        empty(cache_client)
    same_for_all(bills)
    assert bills["known"].hashes == [CURRENT_HASHER]


def test_enu_05_the_right_password_of_someone_disabled_costs_as_much_as_a_wrong_one(costs: Costs, disabled_iam_user: Person) -> None:
    bills: dict[str, Bill] = {}
    for password in (disabled_iam_user.password, "Not-the-password-1", disabled_iam_user.password, "Not-the-password-1"):
        visitor = Visitor(address=f"198.51.100.{len(bills) + 40}")
        page = visitor.opens("/signin/iam")
        Event.objects.exists()
        with costs.of() as bill:
            answer = visitor.sends(page, account=disabled_iam_user.account, username=disabled_iam_user.username, password=password)
        if answer.status_code == 403:
            bills[password] = bill
    same_for_all(bills)


def test_enu_05_asking_for_a_link_costs_the_same(costs: Costs, cache_client: Any) -> None:
    bills: dict[str, Bill] = {}
    for email in (*ROOTS.values(), *ROOTS.values()):
        visitor = Visitor()
        page = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email=email), "/password/forgot/security-check")
        with costs.of() as bill:
            visitor.passes_check(page)
        bills[email] = bill
        empty(cache_client)
    same_for_all(bills)
    assert not bills[ROOTS["known"]].hashes


SECRET_NAMES = re.compile(r"(?:^|_)(?:token|secret|digest|code|password|verifier|challenge|state|nonce|mac|signature|encoded|answer)(?:$|_)")
HARMLESS = re.compile(r"status_code")
SERVING = ("accounts", "mfa", "policies", "portal")
NOT_SERVING = {"bootstrap.py", "suite", "demo", "messages", "benchmark"}
"""Run on the command line of whoever owns the machine."""
PRINTS_ITS_DIGESTS = "portal/trail/digests"
"""The hashes of the sealed log are printed, to be kept elsewhere; its signatures are secrets like any other."""
NO_SECRETS_COMPARED = {
    "rules.py: password.casefold() == word.casefold()": "a password that is being chosen, and the account's own name",
    "operator.py: password != getpass.getpass('Password again: ')": "one person types twice",
    "ceremony.py: found.credential_id != answer.credential_id": "ids that a browser tells to everybody who asks with the name",
    "ceremony.py: answer.credential_id != known.credential_id": "ids that a browser tells to everybody who asks with the name",
    "ceremony.py: answer.user_handle != known.user_handle": "an opaque name, which proves nothing (WebAuthn §14.6.1)",
    "context.py: code == current": "codes of languages",
    "catalogue.py: code != settings.LANGUAGE_CODE": "codes of languages",
    "pages.py: len(token) != 2 * CSRF_SECRET_LENGTH": "a length that every token has",
    "refresh_tokens.py: len(token) != _LENGTH": "a length that every token has",
    "oauth_with_iam.py: token.account != call.signer.account": "ids of accounts",
    "pending.py: cache.get(key) == answer": "what was answered: allow or deny",
}


def _names(node: ast.expr) -> list[str]:
    return [found.attr if isinstance(found, ast.Attribute) else found.id for found in ast.walk(node) if isinstance(found, ast.Attribute | ast.Name)]


def test_enu_06_secrets_are_compared_in_constant_time_only() -> None:
    suspicious = []
    for path in sorted(path for folder in SERVING for path in (BASE_DIR / folder).rglob("*.py")):
        if NOT_SERVING & set(path.relative_to(BASE_DIR).parts):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Compare) or not all(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops):
                continue
            sides = [node.left, *node.comparators]
            names = [name for side in sides for name in _names(side)]
            if path.is_relative_to(BASE_DIR / PRINTS_ITS_DIGESTS):
                names = [name for name in names if "digest" not in name.lower()]
            if any(isinstance(side, ast.Constant) for side in sides) or not any(
                SECRET_NAMES.search(name) and not HARMLESS.search(name) for name in names
            ):
                continue
            suspicious.append(f"{path.name}: {ast.unparse(node)}")
    assert set(suspicious) <= set(NO_SECRETS_COMPARED)


@pytest.mark.parametrize("who", [("111122223333", "management@example.com"), ("123456789012", "standalone@example.com")])
def test_enu_08_the_address_is_masked_and_shown_after_the_password_alone(world: World, who: tuple[str, str]) -> None:
    person = world[who]
    Principal.objects.filter(email_key=person.email).update(is_active=True)
    visitor = Visitor()
    page = visitor.reaches_root_password(person)
    assert "***" not in page.content.decode()
    page = visitor.goes(visitor.sends(page, password=person.password), "/signin/verification-code")
    text = page.content.decode()
    masked = re.search(r"\w\*+@example\.com", text)
    assert masked
    assert len(masked[0]) == len("x***@example.com"), "the mask has one length for all"
    assert person.email not in text
