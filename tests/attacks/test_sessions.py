"""SES: attacks on sessions, from before a sign-in to after its end."""

import json
import re
from typing import Any

import pytest
import redis
from django.conf import settings

from accounts.models import AuthorizationCode, Principal, SignInSession
from accounts.sessions.flows import open_session
from portal.core.tokens import new_token
from portal.network.origin import Origin
from portal.world.people import Person
from tests.console.browsing import principal_of
from tests.journeys.visitor import Visitor, form_of, text_of

NEW = "Fresh-Harbor-2217"
COOKIES = re.compile(r"attempt|csrf|browser|account|authorization|operator|language|messages|s-[a-z0-9]{8}")


def test_ses_01_a_planted_session_id_is_never_adopted(visitor: Visitor, stranger: Visitor, root_user: Person) -> None:
    visitor.client.cookies["attempt"] = "planted" * 4
    visitor.opens("/signin/root")
    page = visitor.sends(visitor.opens("/signin/root"), email=root_user.email)
    ids = [visitor.client.cookies["attempt"].value]
    assert ids[0] != "planted" * 4
    page = visitor.goes(page, "/signin/security-check")
    page = visitor.goes(visitor.passes_check(page), "/signin/password")
    answer = visitor.sends(page, password=root_user.password)
    ids.append(visitor.client.cookies["attempt"].value)
    assert ids[0] != ids[1], "a new id once the password is proved"
    stranger.client.cookies["attempt"] = ids[0]
    stranger.goes(stranger.get("/signin/verification-code"), "/console/?timed_out=1")
    page = visitor.goes(answer, "/signin/verification-code")
    name = visitor.enters_console(visitor.gives_mailed_code(page, root_user))
    for planted in ids:
        stranger.client.cookies["attempt"] = planted
        stranger.goes(stranger.get("/signin/verification-code"), "/console/?timed_out=1")
    assert not stranger.is_in(name)


def test_ses_01_the_secret_is_new_when_the_console_opens(visitor: Visitor, stranger: Visitor, iam_user: Person) -> None:
    """The secret of the half-way session, which a redirect could have shown, is dead once the console is open."""
    answer = visitor.gives_iam(iam_user)
    (cookie,) = [name for name in visitor.client.cookies if name.startswith("s-")]
    before = visitor.client.cookies[cookie].value
    name = visitor.enters_console(answer)
    assert visitor.client.cookies[cookie].value != before
    stranger.client.cookies[cookie] = before
    assert not stranger.is_in(name)


def test_ses_02_secrets_and_names_are_random_and_unknown_ones_open_nothing(visitor: Visitor, iam_user: Person) -> None:
    secrets = {new_token() for _ in range(10_000)}
    assert len(secrets) == 10_000
    assert {len(secret) for secret in secrets} == {43}, "256 bits"
    principal, origin = principal_of(iam_user), Origin("203.0.113.7", "us-east-1", regional=False, user_agent="", host="localhost")
    names = {open_session(principal, origin=origin)[0].name for _ in range(200)}
    assert len(names) == 200
    for name in sorted(names)[:20]:
        visitor.client.cookies["s-" + name[-8:]] = new_token()
        assert not visitor.is_in(name)
    for junk in ("", "x" * 2000, "\x01", "null", "%00"):
        visitor.client.cookies["s-" + name[-8:]] = junk
        assert not visitor.is_in(name)


def test_ses_03_every_cookie_of_a_sign_in_is_narrow(visitor: Visitor, root_user: Person, iam_user: Person, operator: Person) -> None:
    seen: dict[str, Any] = {}
    real = visitor.client.request

    def noted(**request: Any) -> Any:
        answer = real(**request)
        seen.update({name: morsel for name, morsel in answer.cookies.items() if morsel.value})
        return answer

    visitor.client.request = noted  # type: ignore[method-assign]  # looks at every answer on its way
    visitor.signs_in_as_root(root_user)
    page = visitor.opens("/console/?add=1&user=iam")
    visitor.enters_console(visitor.sends(page, account=iam_user.account, username=iam_user.username, password=iam_user.password, remember="on"))
    visitor.signs_in_as_operator(operator)
    assert {"attempt", "csrf", "browser", "account", "authorization", "operator"} <= seen.keys()
    for name, morsel in seen.items():
        assert COOKIES.fullmatch(name), name
        assert morsel["httponly"], name
        assert morsel["samesite"] in {"Lax", "Strict"}, name
        assert morsel["path"] == "/", name
        assert not morsel["domain"], name
        assert len(morsel.value) < 1024, name


def test_ses_05_a_reset_kills_sessions_codes_and_half_sign_ins(visitor: Visitor, stranger: Visitor, root_user: Person) -> None:
    """A is signed in, B stands before `/v1/authorize`, C holds a code, D has proved the password alone."""
    open_one = stranger.signs_in_as_root(root_user)
    half, holder, prover = Visitor(), Visitor(), Visitor()
    before_authorize = half.gives_mailed_code(half.reaches_code(root_user), root_user)
    holding = holder.gives_mailed_code(holder.reaches_code(root_user), root_user)
    holding = holder.get(holding.headers["Location"])
    proved = prover.reaches_code(root_user)
    code = prover.newest_mail(root_user.email)["codes"][0]
    page = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email=root_user.email), "/password/forgot/security-check")
    visitor.goes(visitor.passes_check(page), "/password/forgot/sent")
    (link,) = visitor.newest_mail(root_user.email)["links"]
    page = visitor.goes(visitor.get(link), "/password/new")
    visitor.goes(visitor.sends(page, new_password=NEW, confirm_password=NEW), "/password/done")

    assert not stranger.is_in(open_one)
    passed, _ = half.walks(before_authorize)
    assert passed == ["/v1/authorize", "/console/"]
    passed, _ = holder.walks(holding)
    assert passed[0] == "/console/callback"
    assert not any(re.fullmatch(r"/console/[0-9]{12}-.*/home", path) for path in passed)
    prover.starts_over(prover.sends(proved, code=code))
    assert not [
        name for name in SignInSession.objects.values_list("name", flat=True) if any(each.is_in(name) for each in (stranger, half, holder, prover))
    ]


def test_ses_06_a_disabled_user_is_out_wherever_the_sign_in_stands(visitor: Visitor, iam_user: Person, root_user: Person) -> None:
    before_authorize = visitor.gives_iam(iam_user)
    other = Visitor()
    holding = other.get(other.gives_iam(iam_user).headers["Location"])
    third = Visitor()
    page = third.reaches_code(root_user)
    code = third.newest_mail(root_user.email)["codes"][0]
    Principal.objects.filter(account_id=iam_user.account).update(is_active=False)
    passed, _ = visitor.walks(before_authorize)
    assert passed == ["/v1/authorize", "/console/"]
    passed, _ = other.walks(holding)
    assert passed[0] == "/console/callback"
    assert "home" not in passed[-1]
    third.starts_over(third.sends(page, code=code))


def test_ses_06_a_deleted_user_is_out_in_the_middle_of_a_sign_in(visitor: Visitor, iam_user: Person, root_user: Person) -> None:
    page = visitor.reaches_root_password(root_user)
    Principal.objects.filter(account_id=root_user.account).delete()
    assert visitor.sends(page, password=root_user.password).status_code == 403


def test_ses_06_a_forced_change_dies_with_the_right_to_sign_in(visitor: Visitor, iam_user_to_change_password: Person) -> None:
    person = iam_user_to_change_password
    page = visitor.goes(visitor.gives_iam(person), "/signin/new-password")
    Principal.objects.filter(kind="iam_user", account_id=person.account, name=person.username).update(is_active=False)
    visitor.starts_over(visitor.sends(page, new_password=NEW, confirm_password=NEW))
    page = visitor.get("/signin/new-password")
    assert page.status_code == 303


def test_ses_06_a_deleted_user_cannot_make_the_forced_change(visitor: Visitor, iam_user_to_change_password: Person) -> None:
    person = iam_user_to_change_password
    page = visitor.goes(visitor.gives_iam(person), "/signin/new-password")
    Principal.objects.filter(kind="iam_user", account_id=person.account, name=person.username).delete()
    visitor.starts_over(visitor.sends(page, new_password=NEW, confirm_password=NEW))


def test_ses_06_a_deleted_root_user_gets_no_code_again(visitor: Visitor, root_user: Person) -> None:
    page = visitor.reaches_code(root_user)
    Principal.objects.filter(kind="root", account_id=root_user.account).delete()
    assert visitor.posts_with_token("/signin/verification-code/resend").status_code in {303, 403, 404}
    assert visitor.sends(page, code="000000").status_code < 500


def test_ses_11_starting_over_wipes_what_was_proved(visitor: Visitor, root_user: Person, iam_user: Person) -> None:
    page = visitor.reaches_code(root_user)
    code = visitor.newest_mail(root_user.email)["codes"][0]
    visitor.goes(visitor.sends(visitor.opens("/signin/root"), email=root_user.email), "/signin/security-check")
    answer = visitor.sends(page, code=code)
    visitor.goes(answer, "/signin/security-check")
    assert not SignInSession.objects.exists()


def test_ses_11_a_second_tab_of_another_journey_leaves_no_half_signed_user(visitor: Visitor, root_user: Person, iam_user: Person) -> None:
    page = visitor.reaches_code(root_user)
    code = visitor.newest_mail(root_user.email)["codes"][0]
    name = visitor.signs_in_as_iam_user(iam_user)
    visitor.goes(visitor.sends(page, code=code), "/console/?timed_out=1")
    assert SignInSession.objects.count() == 1
    assert visitor.is_in(name)


def test_ses_11_a_reload_of_the_last_step_signs_nobody_in_twice(visitor: Visitor, root_user: Person) -> None:
    page = visitor.reaches_code(root_user)
    code = visitor.newest_mail(root_user.email)["codes"][0]
    form = form_of(page)
    name = visitor.enters_console(visitor.puts_off_registration(visitor.sends(page, code=code)))
    again = visitor.posts(form.action, form.fields | {"code": code})
    visitor.walks(again)
    assert SignInSession.objects.count() == 1
    assert visitor.is_in(name)


def test_ses_11_the_callback_opened_again_does_no_harm(visitor: Visitor, iam_user: Person) -> None:
    """A reload or a step back: the cookie that waited for the answer is gone, so the code is not even looked at."""
    answer = visitor.get(visitor.gives_iam(iam_user).headers["Location"])
    callback = answer.headers["Location"]
    passed, _ = visitor.walks(answer)
    name = passed[-1].split("/")[2]
    visitor.walks(visitor.get(callback))
    assert visitor.is_in(name)


def test_ses_14_the_session_store_holds_json_without_a_secret(visitor: Visitor, root_user: Person, cache_client: redis.Redis) -> None:
    page = visitor.reaches_code(root_user)
    code = visitor.newest_mail(root_user.email)["codes"][0]
    visitor.sends(page, code="000000" if code != "000000" else "000001")
    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")
    stored: list[Any] = [cache_client.get(key) for key in cache_client.scan_iter() if b"session" in key]
    assert stored
    for value in stored:
        text = value.decode()
        assert isinstance(json.loads(text), dict)
        assert root_user.password not in text
        assert code not in text
    assert "pickle" not in json.dumps(settings.CACHES, default=str)


def test_a_half_way_session_opens_nothing_but_the_authorization(visitor: Visitor, iam_user: Person) -> None:
    visitor.gives_iam(iam_user)
    session = SignInSession.objects.get()
    assert session.console_since is None
    for page in ("home", "security", "", "sign-out"):
        assert visitor.get(f"/console/{session.name}/{page}").status_code in {303, 404, 405}
    assert text_of(visitor.opens("/console/")).count("IAM user")
    assert not AuthorizationCode.objects.exists()


@pytest.mark.parametrize("cookie", ["browser", "account", "authorization"])
@pytest.mark.parametrize("value", ["", "x", "x:y:z", "e30:1abc:forged", "%F0%9F", "a" * 1024, "a" * 5000, '{"1": 0}', "111122223333|<script>"])
def test_dev_02_a_cookie_that_was_not_made_here_is_ignored(visitor: Visitor, root_user: Person, cookie: str, value: str) -> None:
    visitor.client.cookies[cookie] = value
    assert visitor.opens("/signin/iam").status_code == 200
    assert "<script>" not in visitor.opens("/console/?user=iam").content.decode().replace('<script type="module"', "")
    visitor.goes(visitor.names_root(root_user), "/signin/security-check")
    assert visitor.get("/console/callback?code=x&state=y").status_code == 303


def test_dev_02_the_known_browser_of_one_is_no_known_browser_of_another(
    visitor: Visitor, stranger: Visitor, root_user: Person, standalone_root_user: Person
) -> None:
    visitor.signs_in_as_root(root_user)
    stranger.client.cookies["browser"] = visitor.client.cookies["browser"].value
    stranger.goes(stranger.names_root(standalone_root_user), "/signin/security-check")
    value = visitor.client.cookies["browser"].value
    for forged in (value[:-1], value[::-1], value.replace(":", ".", 1), value + "x"):
        stranger.client.cookies["browser"] = forged
        stranger.goes(stranger.names_root(root_user), "/signin/security-check")
