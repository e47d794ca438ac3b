"""The IAM user's sign-in, from end to end."""

import pytest

from portal.world.people import Person
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, alerts_of, form_of, text_of


def test_account_name_and_password_stand_on_one_page(visitor: Visitor, iam_user: Person) -> None:
    page = visitor.opens("/signin/iam")
    assert {"account", "username", "password"} <= form_of(page).fields.keys()
    answer = visitor.sends(page, account=iam_user.account, username=iam_user.username, password=iam_user.password)
    name = visitor.enters_console(answer)
    page = visitor.opens(f"/console/{name}/home")
    assert f"arn:aws:iam::{iam_user.account}:user/{iam_user.username}" in text_of(page)


@pytest.mark.parametrize("account", ["111122223333", "1111-2222-3333", " 1111 2222 3333 ", "anycompany", "AnyCompany"])
@pytest.mark.parametrize("username", ["Carlos", "carlos", " CARLOS "])
def test_the_account_by_id_with_or_without_dashes_or_by_alias(visitor: Visitor, iam_user: Person, account: str, username: str) -> None:
    name = visitor.enters_console(visitor.gives_iam(iam_user, account=account, username=username))
    assert name.startswith(f"{iam_user.account}-")


def test_a_user_name_may_be_an_address(visitor: Visitor, iam_user_named_by_email: Person) -> None:
    visitor.signs_in_as_iam_user(iam_user_named_by_email)


def test_users_of_one_name_in_two_accounts_do_not_mix(visitor: Visitor, world: World) -> None:
    here, there = world["111122223333", "alice"], world["123456789012", "alice"]
    assert visitor.gives_iam(here, password=there.password).status_code == 403
    assert visitor.enters_console(visitor.gives_iam(there)).startswith("123456789012-")


@pytest.mark.parametrize("host", ["anycompany.signin.localhost:8000", "111122223333.signin.localhost:8000"])
@pytest.mark.parametrize("path", ["/console", "/console/", "/"])
def test_the_accounts_own_address_has_the_account_filled_in(visitor: Visitor, iam_user: Person, host: str, path: str) -> None:
    answer = visitor.client.get(path, headers={"Host": host})
    account = host.partition(".")[0]
    assert (answer.status_code, answer.headers["Location"]) == (302, f"http://localhost:8000/console/?account={account}")
    page = visitor.opens(answer.headers["Location"])
    assert form_of(page).fields["account"] == account
    visitor.enters_console(visitor.sends(page, username=iam_user.username, password=iam_user.password))


def test_the_accounts_own_address_names_a_region(visitor: Visitor, iam_user: Person) -> None:
    answer = visitor.client.get("/console?region=ap-southeast-1", headers={"Host": "anycompany.signin.localhost:8000"})
    page = visitor.opens(answer.headers["Location"])
    name = visitor.enters_console(visitor.sends(page, username=iam_user.username, password=iam_user.password))
    assert visitor.events(iam_user.account)[-1]["awsRegion"] == "ap-southeast-1"
    assert visitor.is_in(name)


def test_a_remembered_account_is_filled_in_next_time(visitor: Visitor, iam_user: Person, other_iam_user: Person) -> None:
    page = visitor.opens("/signin/iam")
    answer = visitor.sends(page, account="anycompany", username="carlos", password=iam_user.password, remember="on")
    name = visitor.enters_console(answer)
    visitor.walks(visitor.sends_sign_out(name))
    page = visitor.opens("/console/")
    form = form_of(page)
    assert (form.fields["account"], form.fields["username"], form.fields.get("remember")) == ("anycompany", "Carlos", "on")
    assert form.fields["password"] == ""
    page = visitor.opens(f"/console/?account={other_iam_user.account}")
    assert form_of(page).fields["account"] == other_iam_user.account
    assert form_of(page).fields["username"] == ""


def test_an_account_that_is_no_longer_to_be_remembered_is_forgotten(visitor: Visitor, iam_user: Person) -> None:
    page = visitor.opens("/signin/iam")
    visitor.enters_console(visitor.sends(page, account="anycompany", username="carlos", password=iam_user.password, remember="on"))
    page = visitor.opens("/console/?add=1&user=iam")
    fields = form_of(page).fields | {"password": iam_user.password}
    del fields["remember"]
    visitor.enters_console(visitor.posts(form_of(page).action, fields))
    visitor.client.cookies.pop("attempt", None)
    assert form_of(visitor.opens("/signin/iam")).fields["account"] == ""


def test_a_wrong_password_keeps_what_was_typed_but_the_password(visitor: Visitor, iam_user: Person) -> None:
    answer = visitor.gives_iam(iam_user, password="Not-the-password-1")
    assert answer.status_code == 403
    assert "Your authentication information is incorrect. Please try again." in alerts_of(answer)
    form = form_of(answer)
    assert (form.fields["account"], form.fields["username"], form.fields["password"]) == (iam_user.account, iam_user.username, "")
    visitor.enters_console(visitor.sends(answer, password=iam_user.password))


def test_three_failures_bring_the_security_check_and_the_form_again(visitor: Visitor, iam_user: Person) -> None:
    answer = visitor.gives_iam(iam_user, password="Not-the-password-1")
    for _ in range(2):
        answer = visitor.sends(answer, password="Not-the-password-1")
    page = visitor.goes(visitor.sends(answer, password=iam_user.password), "/signin/security-check")
    assert "There were several failed sign-ins with these details." in text_of(page)
    page = visitor.goes(visitor.passes_check(page), "/signin/iam")
    assert form_of(page).fields["username"] == iam_user.username
    visitor.enters_console(visitor.sends(page, password=iam_user.password))


def test_an_administrator_wants_a_new_password_at_the_first_sign_in(visitor: Visitor, iam_user_to_change_password: Person) -> None:
    martha = iam_user_to_change_password
    page = visitor.goes(visitor.gives_iam(martha), "/signin/new-password")
    assert "Your administrator requires you to change your password" in text_of(page)
    page = visitor.sends(page, new_password="short", confirm_password="short")
    assert page.status_code == 400
    assert "Password should have a minimum length of 10 characters." in alerts_of(page)
    page = visitor.sends(page, new_password=martha.password, confirm_password=martha.password)
    assert "Password was used before." in alerts_of(page)
    page = visitor.sends(page, new_password="Fresh-Harbor-2217", confirm_password="Fresh-Harbor-2218")
    assert "The two passwords are not the same." in alerts_of(page)
    name = visitor.enters_console(visitor.sends(page, new_password="Fresh-Harbor-2217", confirm_password="Fresh-Harbor-2217"))
    assert visitor.is_in(name)

    assert visitor.gives_iam(martha, address="/console/?add=1&user=iam").status_code == 403
    visitor.enters_console(visitor.gives_iam(martha, password="Fresh-Harbor-2217", address="/console/?add=1&user=iam"))
    assert [event["eventName"] for event in visitor.events(martha.account)] == ["ChangePassword", "ConsoleLogin", "ConsoleLogin", "ConsoleLogin"]


def test_an_expired_password_is_renewed_on_the_way_in(visitor: Visitor, iam_user_with_expired_password: Person) -> None:
    page = visitor.goes(visitor.gives_iam(iam_user_with_expired_password), "/signin/new-password")
    assert "Your password has expired." in text_of(page)
    visitor.enters_console(visitor.sends(page, new_password="Fresh-Harbor-2217", confirm_password="Fresh-Harbor-2217"))


def test_a_password_expires_on_the_simulated_clock(visitor: Visitor, iam_user: Person) -> None:
    visitor.training("clock", advance_seconds=90 * 86400 - 60)
    visitor.signs_in_as_iam_user(iam_user)
    visitor.training("clock", advance_seconds=120)
    visitor.goes(visitor.gives_iam(iam_user, address="/console/?add=1&user=iam"), "/signin/new-password")


def test_a_hard_expiry_leaves_it_to_the_administrator(visitor: Visitor, iam_user_with_hard_expired_password: Person) -> None:
    answer = visitor.gives_iam(iam_user_with_hard_expired_password)
    assert answer.status_code == 403
    assert "Your password has expired" in text_of(answer)
    assert "Only your administrator can reset it." in alerts_of(answer)
    assert "Your administrator: Mary Major (mary-major@example.com)" in text_of(answer)
    visitor.goes(visitor.get("/signin/new-password"), "/console/?timed_out=1")


def test_a_disabled_user_is_answered_like_a_wrong_password(visitor: Visitor, stranger: Visitor, disabled_iam_user: Person, iam_user: Person) -> None:
    disabled = visitor.gives_iam(disabled_iam_user)
    wrong = stranger.gives_iam(iam_user, password="Not-the-password-1")
    assert disabled.status_code == wrong.status_code == 403
    assert alerts_of(disabled) == alerts_of(wrong)


def test_forgot_password_tells_whom_to_ask(visitor: Visitor, iam_user: Person) -> None:
    page = visitor.opens(f"/console/?account={iam_user.account}")
    assert f'href="/password/forgot/iam-user?account={iam_user.account}"' in page.content.decode()
    page = visitor.opens(f"/password/forgot/iam-user?account={iam_user.account}")
    assert "Only an administrator of the account can reset the password of an IAM user." in text_of(page)
    assert "AnyCompany IT desk (it-desk@example.com)" in text_of(page)
    page = visitor.opens("/password/forgot/iam-user?account=999999999999")
    assert "contact whoever gave you the user name" in text_of(page).lower()


def test_the_way_to_the_root_users_page_keeps_the_region(visitor: Visitor) -> None:
    assert 'href="/signin/root?region=eu-west-1"' in visitor.opens("/console/?user=iam&region=eu-west-1").content.decode()


def test_the_console_opens_where_the_visitor_wanted_to_go(visitor: Visitor, iam_user: Person) -> None:
    passed, _ = visitor.walks(visitor.gives_iam(iam_user, address="/console/?user=iam&next=/trail/"))
    assert passed == ["/v1/authorize", "/console/callback", "/trail/"]


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_red_01_the_console_opens_nowhere_else(visitor: Visitor, iam_user: Person, target: str) -> None:
    page = visitor.client.get("/console/", {"user": "iam", "next": target})
    answer = visitor.sends(page, account=iam_user.account, username=iam_user.username, password=iam_user.password)
    visitor.enters_console(answer)
    other = Visitor()
    page = other.opens("/signin/iam")
    fields = form_of(page).fields | {"account": iam_user.account, "username": iam_user.username, "password": iam_user.password}
    answer = other.client.post("/signin/iam", fields, query_params={"next": target})
    other.enters_console(answer)
