"""LEAK-01, ENU-08: what proves somebody in a recovery is nowhere but in the mail and the call; the pages show no whole address."""

import logging

import pytest

from accounts.models import Account
from mfa.recovery.telephone import heard_at
from portal.inbox.models import Message
from portal.world.people import Person
from tests.attacks.test_leaks import dump
from tests.journeys.visitor import Visitor
from tests.mfa.recovery.steps import RECOVERY, asks_for_mail, digits_heard, is_called, reaches_challenge


def test_leak_01_link_and_digits_are_in_no_table_no_log_and_no_event(
    visitor: Visitor, root_user_with_totp: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reaches_challenge(visitor, root_user_with_totp)
    link = asks_for_mail(visitor, root_user_with_totp)
    token = link.rpartition("/")[2]
    visitor.sends(visitor.opens(link))
    digits = is_called(visitor, root_user_with_totp)
    visitor.walks(visitor.sends(visitor.goes(visitor.sends(visitor.opens(RECOVERY), code=digits), RECOVERY)))
    for table, rows in dump().items():
        if table != Message._meta.db_table:
            assert token not in rows, table
        assert f"'{digits}'" not in rows, table
    assert digits_heard(root_user_with_totp) == digits, "they were looked for as they were read"
    assert f'"{digits}"' not in str(visitor.events())
    assert digits not in [line.split()[-1] for line in caplog.text.splitlines() if line.strip()]


def test_rst_04_no_request_tells_the_link_as_the_place_it_comes_from(visitor: Visitor, root_user_with_totp: Person) -> None:
    reaches_challenge(visitor, root_user_with_totp)
    link = asks_for_mail(visitor, root_user_with_totp)
    answers = [visitor.opens(link), visitor.get(f"{link}x"), visitor.sends(visitor.opens(link)), visitor.get(link)]
    assert [answer.status_code for answer in answers] == [200, 404, 303, 404]
    assert {answer.headers["Referrer-Policy"] for answer in answers} == {"strict-origin"}


def test_enu_08_address_and_number_are_masked_alike_whatever_their_length(visitor: Visitor, root_user_with_totp: Person) -> None:
    phone = Account.objects.get(pk=root_user_with_totp.account).contact_phone
    reaches_challenge(visitor, root_user_with_totp)
    pages = [visitor.opens("/signin/mfa/troubleshoot"), visitor.opens(RECOVERY)]
    link = asks_for_mail(visitor, root_user_with_totp)
    pages += [visitor.opens(RECOVERY), visitor.opens(link)]
    visitor.sends(pages[-1])
    pages += [visitor.opens(RECOVERY), visitor.opens(f"{RECOVERY}verified")]
    is_called(visitor, root_user_with_totp)
    pages.append(visitor.opens(RECOVERY))
    assert len(heard_at(phone)) == 1
    for page in pages:
        text = page.content.decode()
        assert root_user_with_totp.email not in text
        assert phone not in text
        assert phone[-8:] not in text
