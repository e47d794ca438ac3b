"""RST-07: a password that was reset by mail is no way around the device."""

from accounts.models import SignInSession
from portal.world.people import Person
from tests.attacks.test_reset import link_of
from tests.journeys.visitor import Visitor, text_of
from tests.mfa.codes import unused_code
from tests.mfa.recovery.steps import RECOVERY, posts_step

NEW = "Fresh-Harbor-2217"


def test_rst_07_after_a_reset_the_device_is_asked_for_all_the_same(visitor: Visitor, root_user_with_totp: Person) -> None:
    page = visitor.goes(visitor.get(link_of(visitor, root_user_with_totp)), "/password/new")
    visitor.goes(visitor.sends(page, new_password=NEW, confirm_password=NEW), "/password/done")
    page = visitor.goes(visitor.names_root(root_user_with_totp), "/signin/password")
    page = visitor.goes(visitor.sends(page, password=NEW), "/signin/mfa/")
    assert not SignInSession.objects.exists()
    assert posts_step(visitor, "recovery_finish").status_code == 400
    assert "Send verification email" in text_of(visitor.opens(RECOVERY)), "the mailbox was proved for the password, and is proved anew"
    visitor.enters_console(visitor.sends(page, code=unused_code(root_user_with_totp)))
