"""A member account whose root user credentials were removed has no root user who signs in."""

from accounts.models import Account
from portal.trail.models import Event
from portal.world.people import Person
from tests.journeys.visitor import Visitor, alerts_of


def test_a_right_password_counts_no_more_once_root_credentials_are_removed(root_user: Person) -> None:
    visitor = Visitor()
    page = visitor.reaches_root_password(root_user)
    Account.objects.filter(pk=root_user.account).update(has_root_credentials=False)

    answer = visitor.sends(page, password=root_user.password)

    assert answer.status_code == 403
    assert "Your authentication information is incorrect. Please try again." in alerts_of(answer)
    assert not Event.objects.get(event_name="ConsoleLogin").succeeded
