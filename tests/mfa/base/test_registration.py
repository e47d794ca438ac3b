"""Registration within a sign-in: offered to a root user for a while, then asked for."""

from portal.world.people import Person
from tests.journeys.visitor import Visitor


def test_a_root_user_without_a_device_may_put_the_registration_off(visitor: Visitor, standalone_root_user: Person) -> None:
    page = visitor.reaches_code(standalone_root_user)
    answer = visitor.sends(page, code=visitor.newest_mail(standalone_root_user.email)["codes"][0])
    offer = visitor.goes(answer, "/signin/mfa/register")

    visitor.enters_console(visitor.sends(offer))
