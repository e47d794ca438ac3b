"""Who may rehearse which accounts, and who sees what of others."""

import pytest

from portal.rehearsal.models import Rehearsal
from tests.admin.operators import OperatorBrowser
from tests.fixtures.people import World
from tests.rehearsal.pages import MANAGEMENT, PAGE, PRODUCTION, STANDALONE, Rehearser, words_of

CLOSED = [{"PORTAL_TRAINING": "0"}, {"PORTAL_TRAINING": "1", "PORTAL_TRAINING_OPERATORS": "1"}]


@pytest.fixture
def saved(rehearser: Rehearser) -> str:
    """The address of a rehearsal of the standalone account, made while training was open to everybody."""
    rehearser.tries("addresses")
    return rehearser.address


def close(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def accounts_in(page: str) -> set[str]:
    return {account for account in (MANAGEMENT, PRODUCTION, STANDALONE) if account in page}


def test_while_training_is_open_everybody_rehearses_every_account(rehearser: Rehearser) -> None:
    page = rehearser.get(PAGE)
    assert page.status_code == 200
    assert accounts_in(page.content.decode()) == {MANAGEMENT, PRODUCTION, STANDALONE}
    assert rehearser.get(f"{PAGE}?account={PRODUCTION}").status_code == 200
    assert rehearser.get(f"{PAGE}?account=999999999999").status_code == 404


@pytest.mark.parametrize("variables", CLOSED)
def test_strangers_are_told_what_to_sign_in_as_and_nothing_else(saved: str, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    close(monkeypatch, variables)
    stranger = Rehearser()
    for path in (PAGE, saved, f"{saved}/0/0", f"{PAGE}abcdefghijklmnop", f"{PAGE}?account={STANDALONE}", f"{PAGE}?from={saved.rpartition('/')[2]}"):
        page = stranger.get(path)
        assert page.status_code == 403, path
        assert "signin:GetResourcePolicy" in words_of(page)
        assert not accounts_in(words_of(page))
    export = stranger.get(f"{saved}.json")
    assert (export.status_code, export.json()["error"]) == (401, "unauthorized")
    rows = Rehearsal.objects.count()
    assert stranger.send(PAGE, page="/signin/operator", account=STANDALONE, example="addresses").status_code == 403
    assert Rehearsal.objects.count() == rows


@pytest.mark.parametrize("variables", CLOSED)
def test_who_may_read_the_policy_rehearses_the_own_account_alone(
    world: World, saved: str, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    close(monkeypatch, variables)
    carlos = Rehearser()
    carlos.opens(world[MANAGEMENT, "Carlos"])
    page = carlos.get(PAGE)
    assert page.status_code == 200
    assert accounts_in(page.content.decode()) == {MANAGEMENT}
    assert "try-perimeter" not in page.content.decode(), "no policy of an organization reaches the management account"
    assert carlos.rehearses(MANAGEMENT).status_code == 200
    for path in (saved, f"{saved}/0/0", f"{saved}.json", f"{PAGE}?account={STANDALONE}", f"{PAGE}?from={saved.rpartition('/')[2]}"):
        answer = carlos.get(path)
        assert answer.status_code == 404, path
        assert "EmergencyAdmin" not in answer.content.decode()
    rows = Rehearsal.objects.count()
    assert carlos.send(PAGE, page=PAGE, account=STANDALONE, example="addresses").status_code == 404
    assert Rehearsal.objects.count() == rows


@pytest.mark.parametrize(
    ("account", "name", "status"),
    [
        (STANDALONE, "EmergencyAdmin", 200),
        (STANDALONE, "standalone@example.com", 200),
        (STANDALONE, "alice", 403),
    ],
)
def test_the_permission_decides(world: World, monkeypatch: pytest.MonkeyPatch, account: str, name: str, status: int) -> None:
    close(monkeypatch, CLOSED[0])
    browser = Rehearser()
    browser.opens(world[account, name])
    assert browser.get(PAGE).status_code == status


def test_with_several_identities_each_account_that_allows_it_can_be_chosen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    close(monkeypatch, CLOSED[0])
    browser = Rehearser()
    for key in ((MANAGEMENT, "Carlos"), (STANDALONE, "alice"), (PRODUCTION, "Nikki_Wolf"), (STANDALONE, "standalone@example.com")):
        browser.opens(world[key])
    assert {MANAGEMENT} <= accounts_in(browser.get(f"{PAGE}?account={MANAGEMENT}").content.decode())


@pytest.mark.parametrize("variables", CLOSED)
def test_an_operator_rehearses_every_account(
    operator_browser: OperatorBrowser, rehearser: Rehearser, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    rehearser.tries("addresses")
    close(monkeypatch, variables)
    page = operator_browser.client.get(PAGE)
    assert accounts_in(page.content.decode()) == {MANAGEMENT, PRODUCTION, STANDALONE}
    assert operator_browser.client.get(rehearser.address).status_code == 200


def test_the_page_is_linked_where_people_look(rehearser: Rehearser) -> None:
    for path in ("/", "/training/", "/trail/", "/inbox/"):
        assert f'href="{PAGE}"' in rehearser.get(path).content.decode(), path
