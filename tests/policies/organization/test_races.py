"""Races: two administrators at once pass no quota together, delete nothing that is being attached, and overwrite nobody."""

import itertools

import pytest

from policies.language import PolicyType
from policies.models import PolicyDocument, PolicyTarget
from policies.organization import flows
from policies.organization.rules import version_of
from portal.conf import conf
from portal.core.errors import PortalError
from tests.policies.enforcement.guarded import deny_rcp
from tests.policies.organization.test_flows import ORGANIZATION, RCP, ROOT, UNIT, make_organization
from tests.races import racers

AT_ONCE = 8
ROUNDS = 6


@pytest.fixture(autouse=True)
def _organization(transactional_db: None) -> None:
    make_organization()


def test_race_at_the_quota_exactly_one_attaches() -> None:
    rows = [flows.create_policy(ORGANIZATION, PolicyType.RCP, name=f"P{number}", text=RCP) for number in range(AT_ONCE + conf.policies_per_target)]
    with racers(AT_ONCE) as race:
        for _ in range(ROUNDS):
            PolicyTarget.objects.all().delete()
            for row in rows[AT_ONCE : AT_ONCE + conf.policies_per_target - 2]:
                flows.attach_policy(ORGANIZATION, row.pk, UNIT)
            mine = itertools.count()

            def work(mine: "itertools.count[int]" = mine) -> str:
                try:
                    flows.attach_policy(ORGANIZATION, rows[next(mine)].pk, UNIT)
                except PortalError as error:
                    return type(error).__name__
                return "attached"

            answers = race(work)
            assert sorted(answers) == ["ConstraintViolationException"] * (AT_ONCE - 1) + ["attached"]
            assert PolicyTarget.objects.filter(target=UNIT).count() == conf.policies_per_target - 1


def test_race_one_name_is_given_once() -> None:
    with racers(AT_ONCE) as race:
        for number in range(ROUNDS):

            def work(name: str = f"P{number}") -> str:
                try:
                    flows.create_policy(ORGANIZATION, PolicyType.RCP, name=name, text=RCP)
                except PortalError as error:
                    return type(error).__name__
                return "created"

            assert sorted(race(work)) == ["DuplicatePolicyException"] * (AT_ONCE - 1) + ["created"]


def test_race_of_two_changes_one_is_told_to_read_again() -> None:
    row = flows.create_policy(ORGANIZATION, PolicyType.RCP, name="Perimeter", text=RCP)
    with racers(AT_ONCE) as race:
        for number in range(ROUNDS):
            row.refresh_from_db()
            mine, version = itertools.count(), version_of(row.name, row.text)

            def work(mine: "itertools.count[int]" = mine, version: str = version, number: int = number) -> str:
                text = deny_rcp(f"signin:Action{next(mine)}in{number}")
                try:
                    flows.update_policy(ORGANIZATION, row.pk, name="Perimeter", text=text, read_as=version)
                except PortalError as error:
                    return type(error).__name__
                return "changed"

            assert sorted(race(work)) == ["ConcurrentModificationException"] * (AT_ONCE - 1) + ["changed"]


def test_race_of_attaching_and_deleting_leaves_no_attachment_of_nothing() -> None:
    with racers(2) as race:
        for number in range(ROUNDS):
            row = flows.create_policy(ORGANIZATION, PolicyType.RCP, name=f"P{number}", text=RCP)
            mine = itertools.count()

            def work(mine: "itertools.count[int]" = mine, key: int = row.pk) -> str:
                try:
                    if next(mine):
                        flows.attach_policy(ORGANIZATION, key, ROOT)
                    else:
                        flows.delete_policy(ORGANIZATION, key)
                except PortalError as error:
                    return type(error).__name__
                return "done"

            answers = sorted(race(work))
            assert answers in (["PolicyInUseException", "done"], ["PolicyNotFoundException", "done"])
            there = PolicyDocument.objects.filter(pk=row.pk).exists()
            assert PolicyTarget.objects.filter(document_id=row.pk).exists() is there
            PolicyTarget.objects.all().delete()
