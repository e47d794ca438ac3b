"""The form: what is wrong is told beside the field, what was typed stays, and nothing is saved."""

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from policies.models import PolicyDocument, PolicyTarget
from policies.statements.flows import put_authorization, put_statement
from policies.statements.rules import StatementParameters
from portal.rehearsal.draft import DOCUMENT_LIMIT, MOST_DOCUMENTS
from portal.rehearsal.models import Rehearsal
from tests.rehearsal.pages import PAGE, PRODUCTION, ROOT_OF_ORGANIZATION, STANDALONE, Rehearser, document, part_of, words_of

WRONG = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Denny",
      "Principal": "*",
      "Action": "signin:Authenticate",
      "Resource": "*",
      "Condition": {"NotIpAdress": {"aws:SourceIp": "203.0.113.0/24"}}
    }
  ]
}"""
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def refused(answer: Any) -> Any:
    """Check that a form was refused and nothing saved, and return the page."""
    assert answer.status_code == 400, answer.status_code
    assert not Rehearsal.objects.exists()
    assert "what you typed is still here" in part_of(answer, "problems")
    return answer


def written_in(page: Any, number: int = 0) -> str:
    """Return what stands in the textarea of a document."""
    found = re.search(rf'<textarea name="document{number}-text".*?>\n(.*?)</textarea>', page.content.decode(), re.DOTALL)
    assert found
    return html.unescape(found[1])


def test_every_problem_of_a_document_is_listed_with_its_place_and_its_line_marked(rehearser: Rehearser) -> None:
    page = refused(rehearser.sends(**{"document0-kind": "resource", "document0-text": WRONG}))
    faults = part_of(page, "faults")
    assert "Line 5, column 17 $.Statement[0].Effect : `Denny` is not valid here." in faults
    assert "Line 9, column 21 $.Statement[0].Condition.NotIpAdress" in faults
    marked = re.findall(r"▶ (\d+)</span> <mark>(.*?)</mark>", page.content.decode())
    assert [(number, html.unescape(line).strip()) for number, line in marked] == [
        ("5", '"Effect": "Denny",'),
        ("9", '"Condition": {"NotIpAdress": {"aws:SourceIp": "203.0.113.0/24"}}'),
    ]
    assert written_in(page) == WRONG
    assert 'aria-invalid="true" aria-describedby="document0-faults"' in page.content.decode()


@pytest.mark.parametrize(("text", "words"), [("{", "Line 1, column 2"), ("[]", "Line 1, column 1"), ("not JSON", "This is not JSON")])
def test_what_is_no_document_is_told_with_its_place(rehearser: Rehearser, text: str, words: str) -> None:
    assert words in part_of(refused(rehearser.sends(**{"document0-text": text})), "faults")


def test_each_field_of_a_statement_says_what_is_wrong_with_it(rehearser: Rehearser) -> None:
    fields = {"statement-source_vpc": "vpc-1", "statement-source_ip": "203.0.113.0/40", "statement-vpc_source_ip": "10.0.0.1"}
    content = refused(rehearser.sends(**fields)).content.decode()
    errors = dict(re.findall(r'id="statement-(\w+)-error">(.*?)</p>', content))
    assert errors == {
        "source_ip": "This is not valid. Expected an IP address or a block such as 203.0.113.0/24.",
        "source_vpc": "This is not valid. Expected vpc- and 8 or 17 hexadecimal digits.",
        "requested_region": "A VPC or a VPC endpoint needs its Region: the same VPC ID can exist in several.",
    }
    assert 'value="203.0.113.0/40"' in content


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"principals-text": "user/a\narn:aws:iam::999999999999:user/b"},
            "Line 2: `arn:aws:iam::999999999999:user/b` is no identity of this account.",
        ),
        ({"principals-text": "group/a"}, "Line 1: `group/a` is no identity of this account."),
        ({"principals-text": ""}, "Choose or type one principal at least."),
        ({"principals-text": "\n".join(f"user/u{number}" for number in range(201))}, "201 principals are too many. Expected 200 at most."),
        ({"networks-text": "203.0.113.999"}, "Line 1: `203.0.113.999` is no address, VPC, VPC endpoint or Region."),
        ({"networks-text": "203.0.113.1\nvpc-12345678 10.0.0.1"}, "Line 2: `vpc-12345678 10.0.0.1` needs both a VPC and a VPC endpoint, or neither."),
        ({"networks-text": "vpc-12345678 vpce-0a1b2c3d 10.0.0.1"}, "names no Region. A VPC endpoint is in one"),
        ({"networks-text": "us-west-2"}, "`us-west-2` names no address."),
        ({"networks-text": "203.0.113.1 203.0.113.2"}, "names two things of one kind."),
        ({"networks-text": ""}, "Choose or type one network at least."),
        ({"networks-text": "\n".join(f"203.0.113.{number}" for number in range(21))}, "21 networks are too many. Expected 20 at most."),
        (
            {
                "networks-text": "\n".join(f"203.0.113.{number}" for number in range(20)),
                "principals-text": "\n".join(f"user/u{number}" for number in range(150)),
            },
            "150 principals from 20 networks are too many at once. Expected 2000 pairs at most.",
        ),
        ({"document0-kind": "rcp", "document0-text": document()}, "Policies of an organization have no effect here"),
        ({"document0-kind": "identity", "document0-text": document()}, "Choose the user or role that has the policy."),
        ({"document0-text": document(), "document1-text": document()}, "An account has one sign-in policy, which holds all statements."),
        ({"document0-text": document(), "statement-source_ip": "203.0.113.0/24"}, "add and remove permission statements: not both."),
        ({"document0-text": "x" * (DOCUMENT_LIMIT + 1)}, f"The document has {DOCUMENT_LIMIT + 1} characters. Expected {DOCUMENT_LIMIT} at most"),
    ],
)
def test_what_cannot_be_rehearsed_says_why_and_stays_typed(rehearser: Rehearser, fields: dict[str, str], words: str) -> None:
    page = refused(rehearser.sends(**fields))
    assert words in words_of(page)
    for value in fields.values():
        assert html.escape(value.strip()[:60], quote=False).partition('"')[0] in page.content.decode()


def test_a_policy_of_the_organization_needs_a_target_above_the_account_and_its_limit(rehearser: Rehearser) -> None:
    rcp = {"document0-kind": "rcp", "document0-text": document(Bool={"aws:SecureTransport": "x" * 5200})}
    words = words_of(refused(rehearser.sends(PRODUCTION, **rcp)))
    assert "Choose where it is attached" in words
    assert "Expected 5120 at most" in words
    assert "Choose where it is attached" in words_of(refused(rehearser.sends(PRODUCTION, **rcp | {"document0-target": "ou-ab12cd34ef-33333333"})))


def test_there_is_room_for_twenty_documents(rehearser: Rehearser) -> None:
    scp = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}})
    twenty: dict[str, str] = {}
    for number in range(MOST_DOCUMENTS + 1):
        twenty |= {f"document{number}-kind": "scp", f"document{number}-target": ROOT_OF_ORGANIZATION, f"document{number}-text": scp}
    assert "21 documents are too many." in words_of(refused(rehearser.sends(PRODUCTION, **twenty)))
    twenty.pop("document20-text")
    assert rehearser.rehearses(PRODUCTION, **twenty).status_code == 200


def test_long_documents_are_carried_and_more_than_a_request_carries_is_refused(rehearser: Rehearser) -> None:
    large = document(StringEquals={"aws:SourceVpc": ["x" * 19_000]})
    identity = {"document0-kind": "identity", "document0-target": f"arn:aws:iam::{STANDALONE}:user/alice", "document0-text": large}
    assert "Principal" in part_of(refused(rehearser.sends(**identity)), "faults"), "an identity policy has no principal"
    assert rehearser.rehearses(**{"document0-text": large}).status_code == 200
    fields: dict[str, str] = {}
    for number in range(11):
        fields |= {f"document{number}-kind": "resource", f"document{number}-text": large}
    assert "characters together. Expected 200000 at most." in words_of(rehearser.sends(**fields))
    for number in range(11, 20):
        fields |= {f"document{number}-kind": "resource", f"document{number}-text": large}
    assert rehearser.sends(**fields).status_code in {400, 413}


def test_pol_07_the_more_a_document_compares_the_fewer_pairs_are_rehearsed_at_once(rehearser: Rehearser) -> None:
    whos, places = "\n".join(f"user/u{number}" for number in range(100)), "\n".join(f"203.0.113.{number}" for number in range(20))
    crowd = {"principals-text": whos, "networks-text": places}

    def comparing(values: list[str]) -> dict[str, str]:
        return {"document0-text": document(StringLike={"aws:RequestedRegion": values}).replace(" ", "")}

    bombs = [comparing(["*a"] * 2_000), comparing(["*${aws:SourceIp}"] * 400)]
    for bomb in bombs:
        said = words_of(refused(rehearser.sends(**crowd, **bomb)))
        found = re.search(r"100 principals from 20 networks are too many at once\. Expected (\d+) pairs at most\.", said)
        assert found, said
        assert 100 < int(found[1]) < 500
    for bomb in bombs:
        assert rehearser.rehearses(**bomb).status_code == 200, "one principal from two networks is not too much"
    assert rehearser.rehearses(**crowd, **comparing(["*a"] * 400)).status_code == 200


def test_a_document_more_is_added_without_saving_and_keeps_what_was_typed(rehearser: Rehearser) -> None:
    page = rehearser.sends(do="add", **{"document0-text": WRONG, "networks-text": "203.0.113.77"})
    assert page.status_code == 200
    assert page.content.decode().count('data-testid="document"') == 2
    assert written_in(page) == WRONG
    assert written_in(page, 1) == ""
    assert "203.0.113.77" in page.content.decode()
    assert not Rehearsal.objects.exists()


def test_what_stands_can_be_edited_as_a_document_removed_and_detached(rehearser: Rehearser) -> None:
    sid = put_statement(PRODUCTION, StatementParameters(source_ip="203.0.113.0/24"))
    text = document(StringEquals={"aws:RequestedRegion": "us-east-1"})
    rcp = PolicyDocument.objects.create(type="rcp", name="NotHere", organization_id="o-exampleorg", text=text)
    PolicyTarget.objects.create(document=rcp, target=ROOT_OF_ORGANIZATION)
    page = rehearser.sends(PRODUCTION, do="use:consolidated")
    assert json.loads(written_in(page))["Statement"][0]["Condition"]["NotIpAddress"] == {"aws:SourceIp": ["203.0.113.0/24"]}
    attached = f"rcp:{ROOT_OF_ORGANIZATION}:NotHere"
    page = rehearser.sends(PRODUCTION, do=f"use:{attached}")
    assert written_in(page) == text
    assert f'<option value="{ROOT_OF_ORGANIZATION}" selected>' in page.content.decode()
    everybody = {"authorization": "on", "principals-text": "user/Nikki_Wolf"}
    assert "Stays out" not in rehearser.rehearses(PRODUCTION, **everybody).content.decode().partition("<dl")[0]
    put_authorization(PRODUCTION)
    assert "Stays out" in rehearser.rehearses(PRODUCTION, **everybody).content.decode().partition("<dl")[0]
    mended = rehearser.rehearses(PRODUCTION, **everybody | {f"detach:{attached}": "on", f"remove:{sid}": "on"})
    assert "user/Nikki_Wolf — newly from: 203.0.113.10, 198.51.100.7" in part_of(mended, "gaining")
    changes = part_of(mended, "changes")
    assert f"The permission statement {sid} is removed." in changes
    assert f"The policy NotHere is detached from {ROOT_OF_ORGANIZATION}." in changes


def test_people_and_networks_that_are_not_in_the_world_can_be_typed(rehearser: Rehearser) -> None:
    page = rehearser.rehearses(
        authorization="on",
        **{
            "principals-text": f"user/Newcomer\narn:aws:iam::{STANDALONE}:role/team/Auditor\nuser/Newcomer",
            "networks-text": "203.0.113.5\nvpc-12345678 vpce-0a1b2c3d 10.9.9.9 eu-west-1\n2001:DB8::0001",
            "document0-text": document(StringNotEqualsIfExists={"aws:SourceVpc": "vpc-12345678"}),
        },
    )
    words, rows = words_of(page), page.content.decode().count('<th scope="row" class="mono">user/Newcomer</th>')
    assert rows == 1
    for name in ("user/Newcomer", "role/team/Auditor", "vpc-12345678/vpce-0a1b2c3d/10.9.9.9/eu-west-1", "2001:db8::1"):
        assert name in words


def test_brw_01_the_form_needs_its_token(rehearser: Rehearser) -> None:
    answer = Client(enforce_csrf_checks=True).post(PAGE, {"account": STANDALONE, "example": "addresses"})
    assert answer.status_code == 403
    assert not Rehearsal.objects.exists()


INJECTED = '"><script>alert(1)</script>{{7*7}}'


def test_what_is_typed_is_never_markup(rehearser: Rehearser) -> None:
    fields = {
        "document0-name": INJECTED,
        "document0-text": INJECTED,
        "principals-text": INJECTED,
        "networks-text": INJECTED,
        "statement-source_ip": INJECTED,
        f"who:{INJECTED}": "on",
        f"place:{INJECTED}": "on",
        f"remove:{INJECTED}": "on",
        f"detach:{INJECTED}": "on",
    }
    assert "<script>alert" not in refused(rehearser.sends(**fields)).content.decode()


def test_a_saved_rehearsal_shows_what_was_typed_as_text(rehearser: Rehearser) -> None:
    text = document(StringEquals={"aws:SourceVpc": "</pre><script>alert(1)</script>"}).replace('"Effect"', '"Sid": "A1", "Effect"')
    fields = {"document0-kind": "rcp", "document0-target": PRODUCTION, "document0-name": "<img src=x onerror=alert(1)>", "document0-text": text}
    page = rehearser.rehearses(PRODUCTION, authorization="on", **fields, **{"detach:rcp:<b>:<i>x": "on"})
    cell = rehearser.get(f"{rehearser.address}/0/0")
    for content in (page.content.decode(), cell.content.decode()):
        assert "<script>alert" not in content
        assert "<img src=x" not in content
        assert "<b>" not in content


@pytest.mark.parametrize(
    "body", ["account=", "account=x%00", "account=123456789012&account=111122223333", "account[]=1", "do=rehearse", "account=%ED%A0%80"]
)
def test_inp_malformed_forms_are_refused(rehearser: Rehearser, body: str) -> None:
    token = rehearser.token_of(PAGE)
    rehearser.client.raise_request_exception = False
    answer = rehearser.client.post(PAGE, f"csrfmiddlewaretoken={token}&{body}", content_type="application/x-www-form-urlencoded")
    assert 400 <= answer.status_code < 500
    assert not Rehearsal.objects.exists()
