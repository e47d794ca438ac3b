"""What a rehearsal must not claim: that a policy of AWS's own goes away, or that somebody signs in to an account that is not active."""

import pytest

from accounts.models import Account
from portal.rehearsal.models import Rehearsal
from tests.policies.enforcement.guarded import deny, deny_rcp
from tests.rehearsal.pages import PRODUCTION, ROOT_OF_ORGANIZATION, STANDALONE, Rehearser, part_of, words_of

OF_AWS = [("scp", "FullAWSAccess"), ("rcp", "RCPFullAWSAccess")]


@pytest.mark.parametrize(("kind", "name"), OF_AWS)
def test_what_aws_attaches_everywhere_is_not_detached_on_paper(rehearser: Rehearser, kind: str, name: str) -> None:
    answer = rehearser.sends(PRODUCTION, **{f"detach:{kind}:{ROOT_OF_ORGANIZATION}:{name}": "on"})
    assert answer.status_code == 400
    assert f"`{name}` is AWS's own" in part_of(answer, "problems")
    assert not Rehearsal.objects.exists()


@pytest.mark.parametrize(("kind", "name"), OF_AWS)
def test_what_aws_attaches_everywhere_is_not_replaced_on_paper(rehearser: Rehearser, kind: str, name: str) -> None:
    text = deny_rcp("signin:*") if kind == "rcp" else deny("signin:*")
    fields = {"document0-kind": kind, "document0-target": ROOT_OF_ORGANIZATION, "document0-name": name, "document0-text": text}
    answer = rehearser.sends(PRODUCTION, **fields)
    assert answer.status_code == 400
    assert f"`{name}` is AWS's own" in part_of(answer, "faults")
    other = rehearser.sends(PRODUCTION, **fields | {"document0-name": "Mine"})
    assert other.status_code == 303, words_of(other)


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_of_an_account_that_is_not_active_it_is_said_that_nobody_signs_in(rehearser: Rehearser, status: str) -> None:
    assert "nobody signs in to it" not in words_of(rehearser.rehearses())
    Account.objects.filter(pk=STANDALONE).update(status=status)
    words = f"This account is {status}: nobody signs in to it, whatever its policies say."
    shown = rehearser.get(rehearser.address)
    assert words in part_of(shown, "not-active")
    assert words in words_of(rehearser.get(f"/rehearsal/?account={STANDALONE}"))
    assert words in words_of(rehearser.get(f"{rehearser.address}/0/0"))
