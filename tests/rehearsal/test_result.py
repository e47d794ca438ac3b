"""A saved rehearsal: its page, its cells, its address, its JSON, and the same from a shell."""

import html
import io
import json
import re
import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Principal
from policies.statements.flows import put_authorization, put_statement
from policies.statements.rules import StatementParameters
from portal.core import clock
from portal.core.throttle import Window
from portal.rehearsal import flows
from portal.rehearsal.draft import Draft
from portal.rehearsal.models import Rehearsal
from portal.world.flows import reset_world
from tests.rehearsal.pages import MANAGEMENT, PAGE, PRODUCTION, STANDALONE, Rehearser, cells_of, document, part_of, words_of

SENTENCES = {
    "resource": "Your authentication information is incorrect. Please try again.",
    "rcp": "Authentication failed Invalid request",
    "after": "Authentication failed: To access this account, sign in from a different network, or contact your administrator for more information",
}


def explained(rehearser: Rehearser, who: str, place: int) -> Any:
    """Open the explanation of a principal at a network by the link of its cell."""
    page = rehearser.get(rehearser.address)
    number = list(cells_of(page)).index(who)
    link = f'href="{rehearser.address}/{number}/{place}"'
    assert link in page.content.decode(), "each cell is a link"
    cell = rehearser.get(f"{rehearser.address}/{number}/{place}")
    assert cell.status_code == 200
    return cell


def test_a_cell_explains_each_condition_and_says_what_the_person_reads(rehearser: Rehearser) -> None:
    rehearser.tries("wrong-key")
    cell = explained(rehearser, "user/EmergencyAdmin", 1)
    words = words_of(cell)
    assert "user/EmergencyAdmin from Home" in words
    assert "Now: allowed. After: denied at signin:Authenticate." in words
    assert f"The person reads: {SENTENCES['resource']}" in words
    assert "holds ArnNotEquals aws:PrincipalArn wanted arn:aws:iam::123456789012:user/EmergencyAdmin found missing" in words
    assert "The key is missing, and a negated operator holds where its key is missing." in words
    assert "holds NotIpAddress aws:SourceIp wanted 203.0.113.0/24 found 198.51.100.7" in words
    assert "decides" in words
    assert words.count("Not reached: an earlier phase denies.") == 2
    assert "No policy is evaluated: console authorization is off." in words, "before the change nothing is evaluated"


def test_a_condition_that_does_not_hold_is_told_as_such(rehearser: Rehearser) -> None:
    rehearser.tries("addresses")
    words = words_of(explained(rehearser, "user/EmergencyAdmin", 1))
    assert "does not hold ArnNotEquals signin:PrincipalArn" in words
    assert "does not apply" in words
    assert "The person reads:" not in words


def test_each_kind_of_denial_has_its_own_sentence(rehearser: Rehearser) -> None:
    rehearser.tries("perimeter")
    assert SENTENCES["rcp"] in words_of(explained(rehearser, "user/Nikki_Wolf", 1))
    after = document(StringEquals={"aws:PrincipalAccount": STANDALONE})
    rehearser.rehearses(authorization="on", **{"document0-text": after, "principals-text": "user/alice"})
    words = words_of(explained(rehearser, "user/alice", 0))
    assert SENTENCES["after"] in words
    assert "After: denied at signin:AuthorizeOAuth2Access." in words


def test_what_stands_already_is_the_before(rehearser: Rehearser) -> None:
    put_statement(STANDALONE, StatementParameters(source_ip="203.0.113.0/24"))
    put_authorization(STANDALONE)
    page = rehearser.rehearses(**{"principals-text": "user/alice", "document0-text": document(Bool={"aws:SecureTransport": "true"})})
    assert cells_of(page)["user/alice"] == ["Signs in", "Now can"]
    words = words_of(explained(rehearser, "user/alice", 1))
    assert f"The person reads: {SENTENCES['resource']}" in words
    same = rehearser.rehearses(**{"principals-text": "user/alice"})
    assert cells_of(same)["user/alice"] == ["Signs in", "Stays out"]
    assert "Nothing: before and after are the same." in part_of(same, "changes")
    assert words_of(explained(rehearser, "user/alice", 1)).count("Before and after the change, alike") == 3


def test_console_authorization_that_stays_off_is_said(rehearser: Rehearser) -> None:
    page = rehearser.rehearses(**{"document0-text": document()})
    assert "no policy is evaluated and everybody signs in" in words_of(page)
    assert cells_of(page)["root"] == ["Signs in", "Signs in"]


# The address


def test_the_address_can_be_shared_and_rehearsed_again(rehearser: Rehearser) -> None:
    page = rehearser.tries("addresses")
    assert f'value="http://localhost:8000{rehearser.address}"' in page.content.decode()
    assert re.fullmatch(rf"{PAGE}[a-z0-9]{{16}}", rehearser.address)
    other = Rehearser()
    assert cells_of(other.get(rehearser.address)) == cells_of(page)
    form = other.get(f"{PAGE}?from={rehearser.address.rpartition('/')[2]}")
    assert form.status_code == 200
    assert "&quot;signin:PrincipalArn&quot;: &quot;arn:aws:iam::123456789012:user/EmergencyAdmin&quot;" in form.content.decode()
    assert form.content.decode().count('type="checkbox" name="who:') == form.content.decode().count(' checked> <span class="mono">')


def test_a_rehearsal_is_worked_out_against_what_stands_when_it_is_looked_at(rehearser: Rehearser) -> None:
    rehearser.tries("addresses")
    put_statement(STANDALONE, StatementParameters(source_ip="198.51.100.0/24"))
    put_authorization(STANDALONE)
    cells = cells_of(rehearser.get(rehearser.address))
    assert cells["user/alice"] == ["Now can", "No longer", "Stays out", "Stays out", "Stays out"]


def test_what_is_not_possible_any_more_can_be_mended(rehearser: Rehearser) -> None:
    rehearser.tries("perimeter")
    row = Rehearsal.objects.get()
    row.account.organization = None
    row.account.unit = None
    row.account.save()
    page = rehearser.get(rehearser.address)
    assert page.status_code == 200
    assert "What was rehearsed here is not possible any more" in words_of(page)
    assert "Policies of an organization have no effect here" in words_of(page)
    assert rehearser.get(f"{rehearser.address}/0/0").status_code == 404
    assert rehearser.get(f"{rehearser.address}.json").status_code == 404


@pytest.mark.parametrize("tail", ["/9/0", "/0/9", "/99999999999999999999/0", "x", "x.json"])
def test_there_is_nothing_beside_it(rehearser: Rehearser, tail: str) -> None:
    rehearser.tries("addresses")
    assert rehearser.get(rehearser.address + tail).status_code == 404


def test_it_is_kept_for_ninety_days(rehearser: Rehearser) -> None:
    rehearser.tries("addresses")
    young = rehearser.address
    Rehearsal.objects.update(created_at=clock.now() - timedelta(days=89))
    assert flows.purge() == 0
    assert rehearser.get(young).status_code == 200
    rehearser.tries("addresses")
    Rehearsal.objects.filter(pk=young.rpartition("/")[2]).update(created_at=clock.now() - timedelta(days=91))
    assert rehearser.get(young).status_code == 404
    assert flows.purge() == 1
    assert Rehearsal.objects.count() == 1


def test_no_more_are_kept_than_fit(rehearser: Rehearser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "MOST_KEPT", 2)
    for _ in range(4):
        rehearser.tries("addresses")
    newest = rehearser.address.rpartition("/")[2]
    assert flows.purge() == 2
    assert Rehearsal.objects.filter(pk=newest).exists()


def test_whoever_saves_too_many_waits(rehearser: Rehearser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "BY_ADDRESS", Window("rehearsal-address", allowed=2, seconds=600))
    rehearser.tries("addresses")
    rehearser.tries("addresses")
    answer = rehearser.sends()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")


def test_a_reset_of_the_world_takes_rehearsals_with_it(rehearser: Rehearser) -> None:
    rehearser.tries("addresses")
    reset_world()
    assert rehearser.get(rehearser.address).status_code == 404


def test_the_draft_that_is_stored_is_read_as_it_was_written(rehearser: Rehearser) -> None:
    rehearser.rehearses(
        authorization="off", **{"document0-text": document(), "document0-name": "名前", "networks-text": "203.0.113.1\r\n2001:db8::1"}
    )
    row = Rehearsal.objects.get()
    assert Draft.of_text(row.definition).to_text() == row.definition
    assert Draft.of_text(row.definition).more_networks == "203.0.113.1\n2001:db8::1"


# The same for programs


def shell_of(page: Any) -> str:
    """Return the lines that the page offers to be copied."""
    found = re.search(r'data-copy="([^"]*)" data-copied="[^"]*">Copy the commands', page.content.decode())
    assert found
    return html.unescape(found[1])


def run(lines: str, folder: Path) -> tuple[int, Any]:
    """Do what the offered lines do: write the file, run the command; return exit code and JSON."""
    head, _newline, rest = lines.partition("\n")
    end = re.fullmatch(r"cat > (policy\.json) <<'(END_*)'", head)
    assert end
    text, _end, command = rest.partition(f"\n{end[2]}\n")
    (folder / end[1]).write_text(text + "\n", encoding="utf-8")
    program, manage, name, file, *options = shlex.split(command)
    assert (program, manage, name) == ("python3", "manage.py", "rehearse")
    out, code = io.StringIO(), 0
    try:
        call_command(name, str(folder / file), *options, stdout=out, stderr=io.StringIO())
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    return code, json.loads(out.getvalue())


def comparable(result: Any) -> Any:
    """Return a result without the document's own white space and without how it was put: as a statement or as the policy that it makes."""
    return {name: value for name, value in result.items() if name != "change"}


@pytest.mark.parametrize(("example", "code"), [("addresses", 0), ("perimeter", 0), ("only", 2), ("region", 0), ("vpc", 0), ("nobody", 0)])
def test_the_json_is_what_the_shell_prints(rehearser: Rehearser, tmp_path: Path, example: str, code: int) -> None:
    page = rehearser.tries(example)
    export = rehearser.get(f"{rehearser.address}.json")
    assert export.headers["Content-Type"] == "application/json"
    exit_code, printed = run(shell_of(page), tmp_path)
    exported = export.json()
    assert exit_code == code
    assert comparable(exported) == comparable(printed)
    if not exported["change"]["put"]:
        assert exported["change"] == printed["change"]
    assert exported["version"] == 1


def test_chosen_people_and_networks_reach_the_shell(rehearser: Rehearser, tmp_path: Path) -> None:
    networks = "vpc-12345678 vpce-0a1b2c3d 10.9.9.9 eu-west-1\n203.0.113.5"
    typed = {
        "principals-text": "user/alice\nroot",
        "networks-text": networks,
        "document0-text": document(),
        "authorization": "on",
        "place:home": "on",
    }
    page = rehearser.rehearses(**typed)
    code, printed = run(shell_of(page), tmp_path)
    assert code == 2
    assert printed == rehearser.get(f"{rehearser.address}.json").json()
    assert printed["networks"][0]["name"] == "home"


def test_the_json_is_english_in_every_language(rehearser: Rehearser) -> None:
    rehearser.tries("nobody")
    english = rehearser.get(f"{rehearser.address}.json").json()
    rehearser.send("/language", page=PAGE, language="ja", next=PAGE)
    assert '<html lang="ja"' in rehearser.get(rehearser.address).content.decode()
    assert rehearser.get(f"{rehearser.address}.json").json() == english


def test_what_the_command_cannot_do_is_fetched(rehearser: Rehearser) -> None:
    several = {"document0-text": document(), "document1-kind": "identity", "document1-target": f"arn:aws:iam::{STANDALONE}:user/alice"}
    several["document1-text"] = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "signin:*", "Resource": "*"}})
    page = rehearser.rehearses(authorization="on", **several)
    assert shell_of(page) == f"curl --silent http://localhost:8000{rehearser.address}.json"
    assert "its result is fetched from here" in words_of(page)


# Size


def test_the_number_of_queries_does_not_grow(rehearser: Rehearser) -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert rehearser.get(path).status_code == 200
        return len(found)

    rehearser.rehearses(PRODUCTION, **{"principals-text": "user/Nikki_Wolf", "networks-text": "203.0.113.1", "document0-text": document()})
    few = rehearser.address
    Principal.objects.bulk_create(
        Principal(kind="iam_user", account_id=PRODUCTION, name=f"u{number}", name_key=f"u{number}", unique_id=f"AIDA{number:017}")
        for number in range(90)
    )
    people = "\n".join(f"user/u{number}" for number in range(90))
    networks = "\n".join(f"203.0.113.{number}" for number in range(20))
    rehearser.rehearses(PRODUCTION, **{"principals-text": people, "networks-text": networks, "document0-text": document()})
    many = rehearser.address
    assert queries(many) == queries(few) <= 25
    assert queries(f"{many}/89/19") == queries(f"{few}/0/0") <= 25
    before = queries(f"{PAGE}?account={PRODUCTION}")
    for number in range(3):
        put_statement(PRODUCTION, StatementParameters(source_ip=f"203.0.113.{number}"))
    assert queries(f"{PAGE}?account={PRODUCTION}") == before <= 20
    assert rehearser.get(f"{PAGE}?account={MANAGEMENT}").status_code == 200
