"""The gallery: each example one click away, filled in with the world's own accounts, people and networks."""

import re

import pytest

from portal.rehearsal.examples import EXAMPLES
from tests.rehearsal.pages import PAGE, PRODUCTION, STANDALONE, Rehearser, cells_of, part_of, words_of

OFFICE, HOME, VPC, VPC_ELSEWHERE, IPV6 = range(5)
IN, LOST = "Signs in", "No longer"


def test_the_guides_second_example(rehearser: Rehearser) -> None:
    page = rehearser.tries("addresses")
    cells = cells_of(page)
    assert set(cells) == {"root", "user/alice", "user/EmergencyAdmin", "role/Admin", "role/BreakGlassRole"}
    assert cells["user/alice"] == [IN, LOST, LOST, LOST, LOST]
    assert cells["root"] == cells["role/Admin"] == cells["user/alice"]
    assert cells["user/EmergencyAdmin"] == [IN, IN, IN, IN, IN]
    assert "Nobody: whoever can sign in now still can" in part_of(page, "locked-out")
    assert "root , user/alice , role/Admin , role/BreakGlassRole — no longer from: Home" in part_of(page, "losing")
    assert 'data-testid="warning"' not in page.content.decode()


def test_the_guides_first_example(rehearser: Rehearser) -> None:
    page = rehearser.tries("perimeter")
    cells = cells_of(page)
    assert PRODUCTION in words_of(page)
    assert cells["user/Nikki_Wolf"] == [IN, LOST, IN, LOST, LOST]
    assert cells["role/OrgBreakGlassRole"] == [IN, IN, IN, LOST, IN], "the Region is pinned for excluded principals too"
    assert "The resource control policy NetworkPerimeter is attached to r-ab12cd34ef." in part_of(page, "changes")


@pytest.mark.parametrize("example", [example.key for example in EXAMPLES])
def test_every_example_can_be_played_and_filled_in(rehearser: Rehearser, example: str) -> None:
    assert "user/" in "".join(cells_of(rehearser.tries(example)))
    account = PRODUCTION if next(each for each in EXAMPLES if each.key == example).organizational else STANDALONE
    form = rehearser.get(f"{PAGE}?account={account}&example={example}")
    assert form.status_code == 200
    assert '<input type="radio" name="authorization" value="on" checked>' in form.content.decode()


@pytest.mark.parametrize(
    ("example", "codes"),
    [
        ("nobody", {"no_excluded_principal"}),
        ("wrong-key", {"key_before_authentication", "no_excluded_principal"}),
        ("one-phase", {"phase_uncovered"}),
        ("mixed", {"if_exists_missing"}),
    ],
)
def test_a_mistake_earns_its_warnings(rehearser: Rehearser, example: str, codes: set[str]) -> None:
    page = rehearser.tries(example)
    assert set(re.findall(r'data-testid="warning" data-code="(\w+)"', page.content.decode())) == codes
    assert "How to mend it:" in part_of(page, "warnings")
    assert "statement 1" in part_of(page, "warnings")


def test_the_mistake_of_the_service_control_policy_locks_people_out(rehearser: Rehearser) -> None:
    page = rehearser.tries("region")
    assert cells_of(page)["user/Nikki_Wolf"] == [LOST, LOST, IN, LOST, LOST]


def test_named_principals_only_locks_the_others_out(rehearser: Rehearser) -> None:
    page = rehearser.tries("only")
    assert "3 identities can sign in now" in part_of(page, "locked-out")
    for name in ("root", "user/alice", "role/Admin"):
        assert name in part_of(page, "locked-out")
    assert cells_of(page)["user/EmergencyAdmin"] == [IN] * 5


def test_nothing_is_changed_by_a_rehearsal(rehearser: Rehearser) -> None:
    rehearser.tries("vpc")
    rehearser.get(f"{PAGE}?account={STANDALONE}")
    assert "As it stands: off" in words_of(rehearser.get(f"{PAGE}?account={STANDALONE}"))
    assert "The account has no permission statement." in words_of(rehearser.get(f"{PAGE}?account={STANDALONE}"))


def test_an_unknown_example_is_the_blank_form(rehearser: Rehearser) -> None:
    page = rehearser.get(f"{PAGE}?example=nothing")
    assert page.status_code == 200
    assert "As it stands: off" in words_of(page)
