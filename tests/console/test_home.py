"""The home page of each kind of identity."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import PasswordPolicy, PolicyAttachment, Principal
from accounts.trail import identity_of, identity_of_failed
from portal.core import clock
from portal.network.origin import Origin
from portal.trail.record import console_login
from portal.world.people import Person
from tests.console.browsing import Browser, principal_of

ORIGIN = Origin(address="198.51.100.77", region="us-east-1", regional=False, user_agent="test", host="localhost")


def test_a_root_user_sees_the_account_and_a_warning(laptop: Browser, root_user: Person) -> None:
    page = laptop.home(laptop.opens(root_user)).content.decode()
    assert 'data-testid="account-id">1111-2222-3333<' in page
    assert 'data-copy="111122223333"' in page
    assert "arn:aws:iam::111122223333:root" in page
    assert "anycompany" in page
    assert "Do not use the root user for everyday tasks" in page


def test_an_iam_user_sees_attached_policies(laptop: Browser, iam_user: Person) -> None:
    page = laptop.home(laptop.opens(iam_user)).content.decode()
    assert "arn:aws:iam::111122223333:user/Carlos" in page
    assert "Carlos @ anycompany" in page
    assert "<strong>AdministratorAccess</strong>" in page
    assert "everyday tasks" not in page


def test_last_sign_ins_show_successes_and_failures_of_this_identity_alone(laptop: Browser, iam_user: Person, root_user: Person) -> None:
    carlos, root = principal_of(iam_user), principal_of(root_user)
    console_login(
        identity_of_failed(carlos), origin=ORIGIN, succeeded=False, login_to="", error="Failed authentication", principal_key=carlos.unique_id
    )
    console_login(identity_of(carlos), origin=ORIGIN, succeeded=True, login_to="", principal_key=carlos.unique_id)
    console_login(identity_of(root), origin=ORIGIN, succeeded=True, login_to="", principal_key=root.unique_id)
    page = laptop.home(laptop.opens(iam_user)).content.decode()
    assert page.count("198.51.100.77") == 2
    assert page.count(">Refused<") == 1
    assert page.count("badge--success") == 1


@pytest.mark.parametrize(("age_days", "text"), [(74, None), (75, "expires in 15 days."), (76, "expires in 14 days."), (89, "expires in 1 day.")])
def test_a_password_near_its_end_is_announced_in_the_last_fifteen_days(laptop: Browser, iam_user: Person, age_days: int, text: str | None) -> None:
    PasswordPolicy.objects.filter(pk="111122223333").update(max_age_days=90)
    Principal.objects.filter(pk=principal_of(iam_user).pk).update(password_changed_at=clock.now() - timedelta(days=age_days, minutes=1))
    page = laptop.home(laptop.opens(iam_user)).content.decode()
    if text is None:
        assert "Your password expires" not in page
    else:
        assert text in page


def test_the_home_page_costs_two_queries(laptop: Browser, iam_user: Person, root_user: Person) -> None:
    for session in (laptop.opens(iam_user), laptop.opens(root_user)):
        laptop.home(session)
        with CaptureQueriesContext(connection) as queries:
            assert laptop.home(session).status_code == 200
        assert len(queries) == 2, [query["sql"] for query in queries]


def test_what_is_attached_and_detached_is_seen_at_once(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    arn = "arn:aws:iam::aws:policy/SignInLocalDevelopmentAccess"
    PolicyAttachment.objects.filter(principal=session.principal).delete()
    assert arn not in laptop.home(session).content.decode()
    attached = PolicyAttachment.objects.create(principal=session.principal, policy_arn=arn)
    assert arn in laptop.home(session).content.decode()
    attached.delete()
    assert arn not in laptop.home(session).content.decode()


def test_a_chosen_region_stays_with_its_session(laptop: Browser, iam_user: Person, root_user: Person) -> None:
    carlos, root = laptop.opens(iam_user), laptop.opens(root_user, region="eu-west-1")
    assert 'href="?region=ap-northeast-1" aria-current="true"' in laptop.get(f"/console/{carlos.name}/home?region=ap-northeast-1").content.decode()
    assert 'href="?region=ap-northeast-1" aria-current="true"' in laptop.home(carlos).content.decode()
    assert 'href="?region=eu-west-1" aria-current="true"' in laptop.home(root).content.decode()


@pytest.mark.parametrize("text", ["mars-1", "eu-west-1%00", "%ED%A0%80", "x" * 5000, ""])
def test_a_region_that_does_not_exist_changes_nothing(laptop: Browser, iam_user: Person, text: str) -> None:
    session = laptop.opens(iam_user)
    answer = laptop.get(f"/console/{session.name}/home?region={text}")
    assert answer.status_code < 500
    assert not answer.cookies
    assert 'href="?region=us-east-1" aria-current="true"' in laptop.home(session).content.decode()


def test_the_bare_address_leads_home(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    answer = laptop.get(f"/console/{session.name}/")
    assert (answer.status_code, answer["Location"]) == (303, f"/console/{session.name}/home")


def test_names_are_escaped(laptop: Browser, iam_user: Person) -> None:
    principal = principal_of(iam_user)
    assert principal.account is not None
    principal.account.name = "<b>Any & Co</b>"
    principal.account.save()
    page = laptop.home(laptop.opens(iam_user)).content.decode()
    assert "<b>Any" not in page
    assert "&lt;b&gt;Any &amp; Co&lt;/b&gt;" in page
