"""Recovery through support, in the browser: the operator's pages, the mailed link, and the page that it leads to."""

import os
import re
import subprocess
import sys

import boto3
import pytest
from playwright.sync_api import Page, expect

from portal.bootstrap import CHECKOUT
from portal.world.people import Person
from tests.browser import steps
from tests.browser.conftest import People
from tests.browser.inspection import Inspector
from tests.fixtures.browser import OpenPage
from tests.fixtures.server import Live, demo_environment
from tests.mfa.codes import code_now

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.parametrize("language", ["en", "ja"])]

ACCOUNT = "123456789012"
ROOT = "standalone@example.com"
LINK = "Recover access to your console"


@pytest.fixture
def locked(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """The standalone account lets a network in that nobody of this test is in, and nobody else."""
    command = [sys.executable, "manage.py", "aws-env", "--as", "EmergencyAdmin", "--account", ACCOUNT, "--url", live.base_url]
    variables = demo_environment(live.database) | {"PORTAL_DATA": str(live.folder)}  # with --data it would start twice
    written = subprocess.run(command, cwd=CHECKOUT, env=variables, capture_output=True, text=True, check=True).stdout
    bare = {"PATH": os.environ["PATH"]}
    shell = subprocess.run(["sh", "-c", 'eval "$1"; env -0', "sh", written], env=bare, capture_output=True, text=True, check=True).stdout
    for name, value in (line.split("=", 1) for line in shell.split("\0") if line):
        monkeypatch.setenv(name, value)
    signin = boto3.session.Session().client("signin")
    signin.put_resource_permission_statement(sourceIp="192.0.2.0/24")
    signin.put_resource_permission_statement(sourceVpc="vpc-0abc123def4567890", requestedRegion="us-west-2")
    signin.put_console_authorization_configuration(targetId=ACCOUNT)


def press(page: Page, name: str) -> None:
    """Press a button, and wait for the answer."""
    with page.expect_navigation():
        page.get_by_test_id(name).click()


def operator_at_the_desk(page: Page, operator: Person) -> None:
    """Sign the operator in, and open the list of cases."""
    page.goto("/signin/operator?next=/operator/recovery/")
    steps.fill(page, username=operator.username, password=operator.password)
    steps.pass_check(page)
    steps.fill(page, code=code_now(operator.totp_secret))
    expect(page.get_by_test_id("open-case")).to_be_visible()


def reaches_link(desk: Page) -> str:
    """Open a case and go as far as the mailed link; return its address."""
    desk.get_by_test_id("open-case").click()
    steps.fill(desk, account=ACCOUNT, reason="TICKET-4711")
    press(desk, "send-code")
    steps.fill(desk, code=steps.mail_to(desk, ROOT)["codes"][0])
    press(desk, "send-link")
    expect(desk.get_by_test_id("send-link")).to_be_visible()
    link: str = steps.mail_to(desk, ROOT, subject=LINK)["links"][0]
    return link


def test_the_operators_pages(open_page: OpenPage, people: People, locked: None, language: str) -> None:
    desk = open_page(language=language)
    inspector = Inspector(desk)
    operator_at_the_desk(desk, people["", "operator"])
    inspector.look("no cases")
    desk.get_by_test_id("open-case").click()
    steps.fill(desk, account="", reason="")
    inspector.look("nothing typed")
    steps.fill(desk, account=ACCOUNT, reason="TICKET-4711 " + "locked-out-" * 20)
    inspector.look("a new case")
    press(desk, "send-code")
    code = steps.mail_to(desk, ROOT)["codes"][0]
    steps.fill(desk, code=f"{(int(code) + 1) % 10**6:06}")
    inspector.look("a wrong code")
    steps.fill(desk, code=code)
    inspector.look("the address is verified")
    press(desk, "send-link")
    desk.get_by_test_id("withdraw").locator("summary").click()
    inspector.look("the link was mailed, and the case is about to be withdrawn")
    press(desk, "withdraw-now")
    inspector.look("a withdrawn case")
    desk.goto("/operator/recovery/")
    inspector.look("the list of cases")
    assert not inspector.faults, "\n".join(inspector.faults)


def test_a_lock_out_ends_by_way_of_support(open_page: OpenPage, people: People, locked: None, language: str) -> None:
    desk, home = open_page(language="en"), open_page(language=language)
    inspector = Inspector(home)
    administrator, developer = people[ACCOUNT, "EmergencyAdmin"], people[ACCOUNT, "alice"]
    steps.name_iam_user(home, administrator)
    expect(home.get_by_role("alert")).to_be_visible()
    operator_at_the_desk(desk, people["", "operator"])
    link = reaches_link(desk)
    home.goto(link)
    expect(home).to_have_url(re.compile("/recovery/sign-in$"))
    steps.fill(home, username=administrator.username, password="wrong")
    inspector.look("wrong password of a recovery")
    steps.fill(home, username=developer.username, password=developer.password)
    expect(home.get_by_test_id("missing-permission")).to_be_visible()
    inspector.look("the permission is missing")
    press(home, "leave")
    steps.fill(home, username=administrator.username, password=administrator.password)
    expect(home.get_by_test_id("statements")).to_be_visible()
    steps.fill(home, account="111122223333")
    inspector.look("what will be deleted, and another account was typed")
    steps.fill(home, account=ACCOUNT)
    expect(home.get_by_test_id("sign-in")).to_be_visible()
    inspector.look("recovered")
    home.goto(link)
    inspector.look("a dead link")
    steps.sign_in_iam_user(home, administrator)
    assert not inspector.faults, "\n".join(inspector.faults)
