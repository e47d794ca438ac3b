"""Several identities in one browser, and how long they stay."""

from accounts.models import SignInSession
from portal.world.people import Person
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, alerts_of, text_of


def adds(visitor: Visitor, person: Person) -> str:
    """Sign a further IAM user in in this browser; return the session's name."""
    page = visitor.opens("/console/?add=1")
    assert 'href="/signin/iam"' in page.content.decode()
    return visitor.signs_in_as_iam_user(person, address="/console/?add=1&user=iam")


def test_a_second_identity_is_added_beside_the_first(visitor: Visitor, iam_user: Person, root_user: Person) -> None:
    first = visitor.signs_in_as_iam_user(iam_user)
    visitor.goes(visitor.get("/console/"), f"/console/{first}/home")
    page = visitor.sends(visitor.opens("/console/?add=1&user=root"), email=root_user.email)
    page = visitor.goes(visitor.passes_check(visitor.goes(page, "/signin/security-check")), "/signin/password")
    page = visitor.goes(visitor.sends(page, password=root_user.password), "/signin/verification-code")
    second = visitor.enters_console(visitor.gives_mailed_code(page, root_user))
    visitor.goes(visitor.get("/console/"), "/console/sessions")
    assert f"user/{iam_user.username}" in text_of(visitor.opens(f"/console/{first}/home"))
    assert f"{root_user.account}:root" in text_of(visitor.opens(f"/console/{second}/home"))
    page = text_of(visitor.opens("/console/sessions"))
    assert iam_user.username in page
    assert root_user.email in page or "root" in page.lower()


def test_ses_12_a_sixth_identity_is_told_to_sign_out_of_one_first(visitor: Visitor, world: World) -> None:
    people = [world["111122223333", name] for name in ("Carlos", "zhang@example.com", "alice", "EmergencyAdmin", "Jorge_Souza")]
    names = [adds(visitor, person) if number else visitor.signs_in_as_iam_user(person) for number, person in enumerate(people)]
    assert len(set(names)) == 5
    for address in ("/console/?add=1", "/console/?add=1&user=iam", "/console/?user=root", "/console/?account=123456789012"):
        answer = visitor.get(address)
        assert answer.status_code == 403, address
        assert "One browser can hold up to five identities at once." in alerts_of(answer)
    sixth = world["123456789012", "alice"]
    answer = visitor.gives_iam(sixth, address="/signin/iam")
    assert answer.status_code == 403, "nor by a form that was open before"
    assert "Sign out of one of them first." in alerts_of(answer)
    assert SignInSession.objects.count() == 5
    assert all(visitor.is_in(name) for name in names)

    visitor.walks(visitor.sends_sign_out(names[2]))
    name = adds(visitor, sixth)
    assert visitor.is_in(name)
    assert not visitor.is_in(names[2])
    assert [visitor.is_in(names[place]) for place in (0, 1, 3, 4)] == [True] * 4


def test_one_identity_may_be_signed_in_twice(visitor: Visitor, iam_user: Person) -> None:
    first = visitor.signs_in_as_iam_user(iam_user)
    second = adds(visitor, iam_user)
    assert first != second
    visitor.walks(visitor.sends_sign_out(second))
    assert visitor.is_in(first)


def test_ses_07_twelve_hours_later_on_the_simulated_clock(visitor: Visitor, iam_user: Person) -> None:
    name = visitor.signs_in_as_iam_user(iam_user)
    visitor.training("clock", advance_seconds=12 * 3600 - 60)
    assert visitor.is_in(name)
    visitor.training("clock", advance_seconds=61)
    passed, page = visitor.walks(visitor.get(f"/console/{name}/home"))
    assert passed
    assert page.status_code == 200
    assert f"user/{iam_user.username}" not in text_of(page)
    visitor.signs_in_as_iam_user(iam_user)


def test_a_signed_out_browser_starts_anew(visitor: Visitor, iam_user: Person) -> None:
    name = visitor.signs_in_as_iam_user(iam_user)
    secret = visitor.client.cookies["s-" + name[-8:]].value
    _, page = visitor.walks(visitor.sends_sign_out(name))
    assert page.status_code == 200
    assert not visitor.is_in(name)
    visitor.client.cookies["s-" + name[-8:]] = secret
    assert not visitor.is_in(name), "the secret that was signed out is dead, whoever kept it"


def test_sign_in_goes_on_in_one_tab_while_another_is_signed_in(visitor: Visitor, iam_user: Person, root_user: Person) -> None:
    name = visitor.signs_in_as_iam_user(iam_user)
    page = visitor.sends(visitor.opens("/console/?add=1&user=root"), email=root_user.email)
    page = visitor.goes(page, "/signin/security-check")
    assert visitor.is_in(name)
    visitor.goes(visitor.passes_check(page), "/signin/password")


def test_a_new_beginning_forgets_the_one_before(visitor: Visitor, iam_user: Person, root_user: Person, standalone_root_user: Person) -> None:
    page = visitor.reaches_root_password(root_user)
    visitor.goes(visitor.sends(visitor.opens("/signin/root"), email=standalone_root_user.email), "/signin/security-check")
    visitor.goes(visitor.sends(page, password=root_user.password), "/signin/security-check")
    assert not SignInSession.objects.exists()
