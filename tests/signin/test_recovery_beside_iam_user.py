"""A root user's password is not reset in a browser in which an IAM user is signed in, at whatever step of the recovery."""

from portal.world.people import Person
from tests.journeys.visitor import Visitor, alerts_of

FIRST = "You must sign out before you can reset the root user password."


def test_no_step_of_a_recovery_is_open_beside_an_iam_user(root_user: Person, iam_user: Person) -> None:
    visitor = Visitor()
    page = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email=root_user.email), "/password/forgot/security-check")
    visitor.goes(visitor.passes_check(page), "/password/forgot/sent")
    link = visitor.newest_mail(root_user.email)["links"][0]
    name = visitor.signs_in_as_iam_user(iam_user)
    assert FIRST in alerts_of(visitor.opens("/password/forgot"))
    assert FIRST in alerts_of(visitor.opens("/password/forgot/security-check"))

    page = visitor.goes(visitor.get(link), "/password/new")

    assert FIRST in alerts_of(page)
    refused = visitor.posts_with_token("/password/new", new_password="Fresh-Harbor-2217", confirm_password="Fresh-Harbor-2217")
    assert FIRST in alerts_of(refused)
    page = visitor.goes(visitor.sends(page), "/password/new")
    assert not visitor.is_in(name)

    visitor.goes(visitor.sends(page, new_password="Fresh-Harbor-2217", confirm_password="Fresh-Harbor-2217"), "/password/done")
