"""An organisation's policies by their flows: the tree, names of things, and what two administrators at once cannot do."""

from collections.abc import Callable

import pytest

from accounts.models import Account, Organization, OrganizationalUnit
from policies.enforcement.stamp import STAMP
from policies.language import PolicyType
from policies.models import PolicyDocument, PolicyTarget
from policies.organization import flows
from policies.organization.errors import (
    ConcurrentModificationException,
    ConstraintViolationException,
    DuplicatePolicyAttachmentException,
    DuplicatePolicyException,
    InvalidInputException,
    MalformedPolicyDocumentException,
    PolicyInUseException,
    PolicyNotAttachedException,
    PolicyNotFoundException,
    TargetNotFoundException,
)
from policies.organization.rules import ALWAYS_ATTACHED, key_of, normalised, policy_arn, policy_id, version_of
from policies.organization.tree import read_tree
from portal.conf import conf
from tests.policies.enforcement.guarded import deny, deny_rcp

ORGANIZATION, ROOT, UNIT, ACCOUNT = "o-example0001", "r-zz99", "ou-zz99-11111111", "900000000001"
RCP = deny_rcp("signin:*")


@pytest.fixture
def organization(db: None) -> Organization:
    """An organisation with a unit, an account in it, and a management account."""
    return make_organization()


def make_organization() -> Organization:
    """Store an organisation with a unit, an account in it, and a management account."""
    manager = Account.objects.create(pk="900000000000", name="Manager")
    made = Organization.objects.create(pk=ORGANIZATION, name="Example", root_id=ROOT, management_account=manager)
    Account.objects.filter(pk=manager.pk).update(organization=made)
    unit = OrganizationalUnit.objects.create(pk=UNIT, name="Unit", organization=made)
    Account.objects.create(pk=ACCOUNT, name="Member", organization=made, unit=unit)
    return made


def test_ids_and_arns_are_those_of_the_cloud() -> None:
    assert (policy_id(12), key_of("p-00000012"), key_of("p-12"), key_of("p-FullAWSAccess")) == ("p-00000012", 12, None, None)
    assert key_of(policy_id(10**11)) == 10**11
    assert policy_arn(PolicyType.RCP, "p-00000012", organization="o-exampleorg", management_account="111122223333") == (
        "arn:aws:organizations::111122223333:policy/o-exampleorg/resource_control_policy/p-00000012"
    )
    assert ALWAYS_ATTACHED[PolicyType.SCP].arn == "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"
    assert ALWAYS_ATTACHED[PolicyType.RCP].id == "p-RCPFullAWSAccess"
    assert normalised("a\r\nb\rc\n") == "a\nb\nc\n"
    assert len({version_of("a", "b"), version_of("ab", ""), version_of("", "ab")}) == 3


def test_the_tree_is_read_in_order(organization: Organization) -> None:
    tree = read_tree(organization)
    assert [(node.id, node.depth) for node in tree.nodes] == [(ROOT, 0), ("900000000000", 1), (UNIT, 1), (ACCOUNT, 2)]
    assert [node.id for node in tree.accounts_below(ROOT)] == [ACCOUNT]
    assert [node.id for node in tree.accounts_below(UNIT)] == [ACCOUNT]
    assert [node.id for node in tree.accounts_below(ACCOUNT)] == [ACCOUNT]
    assert not tree.accounts_below("900000000000")


def test_a_deep_tree_is_read_as_well(organization: Organization) -> None:
    parent = OrganizationalUnit.objects.get(pk=UNIT)
    for number in range(1500):
        parent = OrganizationalUnit(pk=f"ou-zz99-2{number:07}", name=f"U{number}", organization=organization, parent=parent)
        parent.save()
    assert len(read_tree(organization).nodes) == 1504


def test_each_fault_has_its_name(organization: Organization) -> None:
    row = flows.create_policy(ORGANIZATION, PolicyType.RCP, name="Perimeter", text=RCP)
    version = version_of(row.name, row.text)
    cases: list[tuple[type[Exception], Callable[[], object]]] = [
        (PolicyNotFoundException, lambda: flows.create_policy("o-none", PolicyType.RCP, name="Other", text=RCP)),
        (InvalidInputException, lambda: flows.create_policy(ORGANIZATION, PolicyType.RCP, name="a b", text=RCP)),
        (MalformedPolicyDocumentException, lambda: flows.create_policy(ORGANIZATION, PolicyType.RCP, name="Other", text=deny("signin:*"))),
        (MalformedPolicyDocumentException, lambda: flows.create_policy(ORGANIZATION, PolicyType.SCP, name="Other", text=RCP)),
        (DuplicatePolicyException, lambda: flows.create_policy(ORGANIZATION, PolicyType.RCP, name="Perimeter", text=RCP)),
        (DuplicatePolicyException, lambda: flows.create_policy(ORGANIZATION, PolicyType.SCP, name="FullAWSAccess", text=deny("s3:*"))),
        (ConcurrentModificationException, lambda: flows.update_policy(ORGANIZATION, row.pk, name="Other", text=RCP, read_as="")),
        (PolicyNotFoundException, lambda: flows.update_policy(ORGANIZATION, row.pk + 1, name="Other", text=RCP, read_as=version)),
        (PolicyNotFoundException, lambda: flows.attach_policy(ORGANIZATION, row.pk + 1, ROOT)),
        (TargetNotFoundException, lambda: flows.attach_policy(ORGANIZATION, row.pk, "r-other")),
        (PolicyNotAttachedException, lambda: flows.detach_policy(ORGANIZATION, row.pk, ROOT)),
        (PolicyNotFoundException, lambda: flows.delete_policy(ORGANIZATION, row.pk + 1)),
    ]
    for error, act in cases:
        with pytest.raises(error):
            act()
    flows.attach_policy(ORGANIZATION, row.pk, ROOT)
    with pytest.raises(DuplicatePolicyAttachmentException):
        flows.attach_policy(ORGANIZATION, row.pk, ROOT)
    with pytest.raises(PolicyInUseException):
        flows.delete_policy(ORGANIZATION, row.pk)
    for number in range(conf.policies_per_target - 2):
        flows.attach_policy(ORGANIZATION, flows.create_policy(ORGANIZATION, PolicyType.RCP, name=f"P{number}", text=RCP).pk, ROOT)
    last = flows.create_policy(ORGANIZATION, PolicyType.RCP, name="Last", text=RCP)
    with pytest.raises(ConstraintViolationException):
        flows.attach_policy(ORGANIZATION, last.pk, ROOT)


def test_every_change_makes_a_new_version_stamp(organization: Organization) -> None:
    def differs(act: Callable[[], object]) -> bool:
        before = STAMP.current()
        act()
        return STAMP.current() != before

    row = flows.create_policy(ORGANIZATION, PolicyType.SCP, name="Perimeter", text=deny("s3:*"))
    version = version_of(row.name, row.text)
    assert differs(lambda: flows.attach_policy(ORGANIZATION, row.pk, ROOT))
    assert differs(lambda: flows.update_policy(ORGANIZATION, row.pk, name="Perimeter", text=deny("s3:Get*"), read_as=version))
    assert differs(lambda: flows.detach_policy(ORGANIZATION, row.pk, ROOT))
    assert differs(lambda: flows.delete_policy(ORGANIZATION, row.pk))
    assert not PolicyDocument.objects.exists()
    assert not PolicyTarget.objects.exists()
