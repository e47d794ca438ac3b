"""Deleting a permission statement: the dialog, who gains, the event of the API, and adding it again."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest

from accounts.models import SignInSession
from portal.conf import conf
from portal.core import clock
from portal.world.people import Person
from tests.awsapi.conftest import key_of
from tests.awsapi.program import Program
from tests.console.access.steps import ELSEWHERE, EMERGENCY, OFFICE, VPC, held, live, opened, page_of, put, records, switched_on
from tests.console.browsing import Browser
from tests.journeys.visitor import text_of

DELETE = "DeleteResourcePermissionStatement"


def dialog_of(session: SignInSession, sid: str) -> str:
    """Return the address of the dialog that asks about a statement."""
    return page_of(session, f"delete?statement={quote(sid, safe='')}")


def test_a_statement_is_deleted_and_its_event_is_that_of_the_api(laptop: Browser, here: SignInSession) -> None:
    kept, sid, other = put(source_ip=ELSEWHERE), put(source_ip=OFFICE), put(**VPC)
    page = opened(laptop, here)
    href = re.search(rf'data-statement="{re.escape(sid)}".*?href="(delete\?[^"]+)"', page, re.DOTALL)
    assert href
    assert page_of(here, unescape(href[1])) == dialog_of(here, sid)
    dialog = laptop.get(dialog_of(here, sid)).content.decode()
    assert held(dialog, "sid").startswith(sid)
    assert f"Only from {OFFICE}" in dialog
    answer = laptop.send(dialog_of(here, sid), page=dialog_of(here, sid))
    assert answer.status_code == 303
    assert live() == [kept, other]
    Program.of(key_of("111122223333", "Carlos")).answered("signin", DELETE, statementId=other)
    by_page, by_call = records(DELETE)
    assert by_page["requestParameters"] == {"statementId": sid}
    assert by_call["requestParameters"]["statementId"] == other
    assert by_page["responseElements"] == by_call["responseElements"]
    assert (by_page["eventSource"], by_page["awsRegion"]) == (by_call["eventSource"], by_call["awsRegion"])
    assert by_page.keys() == by_call.keys()


def test_a_deletion_is_undone_by_adding_it_again(laptop: Browser, here: SignInSession) -> None:
    sid = put(**VPC, vpc_source_ip="10.0.0.0/16", excluded_principal=EMERGENCY)
    after = laptop.send(dialog_of(here, sid), page=dialog_of(here, sid))["Location"]
    page = laptop.get(after).content.decode()
    assert "The permission statement was deleted." in held(page, "notice")
    again = re.search(r'href="(add\?[^"]+)" data-testid="add-again"', page)
    assert again
    form = opened(laptop, here, unescape(again[1]))
    for value in ("vpc-0abc123def456789a", "10.0.0.0/16", EMERGENCY):
        assert f'value="{value}"' in form
    assert '<option value="us-west-2" selected>' in form


def test_the_dialog_tells_who_gains(laptop: Browser, here: SignInSession) -> None:
    sid = put(source_ip=OFFICE, excluded_principal=EMERGENCY)
    assert "nobody is affected until it is switched on" in text_of(laptop.get(dialog_of(here, sid)))
    switched_on("111122223333")
    gaining = held(laptop.get(dialog_of(here, sid)).content.decode(), "gaining")
    assert re.search(r"user/Carlos\b.*: .*Home", gaining)
    assert "EmergencyAdmin" not in gaining


def test_pol_03_a_statement_of_another_account_does_not_exist_here(laptop: Browser, here: SignInSession, other_iam_user: Person) -> None:
    sid = put("444455556666", source_ip=OFFICE)
    assert laptop.get(dialog_of(here, sid)).status_code == 404
    answer = laptop.send(dialog_of(here, sid), page=page_of(here, "add"))
    assert answer.status_code == 404
    assert OFFICE not in text_of(answer)
    assert live("444455556666") == [sid]
    assert records(DELETE)[-1]["errorCode"] == "ResourceNotFoundException"
    deleted = put("444455556666", source_ip=ELSEWHERE)
    there = laptop.opens(other_iam_user)
    laptop.send(dialog_of(there, deleted), page=dialog_of(there, deleted))
    page = opened(laptop, here, f"?done=deleted&statement={quote(deleted, safe='')}")
    assert ELSEWHERE not in page, "nor what it was put with"


@pytest.mark.parametrize("sid", ["", "short", "A" * 64, "x" * 3000, "../../x", "<b>"])
def test_what_is_no_statement_is_not_found(laptop: Browser, here: SignInSession, sid: str) -> None:
    assert laptop.get(dialog_of(here, sid)).status_code == 404
    assert laptop.send(dialog_of(here, sid), page=page_of(here, "add")).status_code == 404


def test_a_statement_is_deleted_once(laptop: Browser, here: SignInSession) -> None:
    sid = put(source_ip=OFFICE)
    dialog = dialog_of(here, sid)
    assert laptop.send(dialog, page=dialog).status_code == 303
    assert laptop.send(dialog, page=page_of(here, "add")).status_code == 404


def test_ses_09_deleting_needs_a_recent_proof_and_comes_back_to_the_statement(laptop: Browser, here: SignInSession, iam_user: Person) -> None:
    sid = put(source_ip=OFFICE)
    clock.advance(conf.reauthentication_lifetime + timedelta(seconds=1))
    answer = laptop.send(dialog_of(here, sid), page=page_of(here, "add"))
    assert answer["Location"].startswith(f"/console/{here.name}/mfa/confirm?next=")
    assert live() == [sid]
    confirm = f"/console/{here.name}/mfa/confirm"
    answer = laptop.send(confirm, page=answer["Location"], next=dialog_of(here, sid), type="password", password=iam_user.password)
    assert answer["Location"] == dialog_of(here, sid)
    assert laptop.get(answer["Location"]).status_code == 200
