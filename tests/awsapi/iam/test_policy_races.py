"""The same change by many at the same moment: one is made, and no quota is passed."""

from collections import Counter

import pytest

from accounts.iam.errors import EntityAlreadyExistsException, LimitExceededException
from accounts.iam.finding import group_named, role_named
from accounts.iam.groups import create_group
from accounts.iam.roles import create_role
from accounts.models import Group, PolicyAttachment, Role, RolePolicy
from policies.identities.attached import attach
from policies.identities.managed import create_policy, create_version, delete_policy
from policies.models import PolicyDocument, PolicyVersion
from portal.core.errors import PortalError
from portal.world.flows import load_world
from tests.awsapi.iam.accounts import ACCOUNT, arn, policy, trust
from tests.races import PARALLEL, racers

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

OWN = arn("policy", "Work")


@pytest.fixture(autouse=True)
def _world(transactional_db: None) -> None:
    load_world(replace=True)


def outcome(work: object, *given: object, **parameters: object) -> str:
    """Do a change and say what came of it."""
    try:
        work(*given, **parameters)  # type: ignore[operator]  # a flow
    except PortalError as error:
        return type(error).__name__
    return "done"


def test_a_name_is_given_once() -> None:
    create_policy(ACCOUNT, name="Work", text=policy("s3:*"))
    taken = EntityAlreadyExistsException.__name__
    works = (
        lambda: outcome(create_group, ACCOUNT, name="Developers"),
        lambda: outcome(create_role, ACCOUNT, name="Worker", trust=trust(ACCOUNT)),
        lambda: outcome(create_policy, ACCOUNT, name="Fresh", text=policy("s3:*")),
    )
    with racers() as race:
        for work in works:
            assert Counter(race(work)) == {"done": 1, taken: PARALLEL - 1}
    assert (Group.objects.filter(name="Developers").count(), Role.objects.filter(name="Worker").count()) == (1, 1)
    assert PolicyDocument.objects.filter(name="Fresh").count() == 1


def test_a_policy_is_attached_once_and_versions_are_five() -> None:
    create_policy(ACCOUNT, name="Work", text=policy("s3:*"))
    role = role_named(ACCOUNT, "Admin")
    assert role is not None
    with racers() as race:
        assert Counter(race(lambda: outcome(attach, ACCOUNT, role, OWN))) == {"done": PARALLEL}
        found = race(lambda: outcome(create_version, ACCOUNT, OWN, text=policy("s3:*"), as_default=True))
    assert RolePolicy.objects.filter(role=role, policy_arn=OWN).count() == 1
    assert Counter(found) == {"done": 4, LimitExceededException.__name__: PARALLEL - 4}
    assert sorted(PolicyVersion.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert PolicyDocument.objects.get(name="Work").version == 5


def test_what_is_deleted_is_attached_to_nobody() -> None:
    """Whoever comes first wins: a policy is never attached and gone."""
    create_group(ACCOUNT, name="Developers")
    group = group_named(ACCOUNT, "Developers")
    assert group is not None
    for number in range(5):
        create_policy(ACCOUNT, name=f"Race{number}", text=policy("s3:*"))
        own = arn("policy", f"Race{number}")
        turns = iter(range(PARALLEL))
        with racers() as race:
            race(lambda own=own, turns=turns: outcome(attach, ACCOUNT, group, own) if next(turns) % 2 else outcome(delete_policy, ACCOUNT, own))  # type: ignore[misc]  # bound now
        is_attached = group.policy_attachments.filter(policy_arn=own).exists()
        assert is_attached is PolicyDocument.objects.filter(name=f"Race{number}").exists()
    assert not PolicyAttachment.objects.filter(policy_arn__contains="Race").exists()
