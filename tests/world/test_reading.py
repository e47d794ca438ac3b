"""A world file that is wrong says where, and what was expected, before anything is loaded."""

import pytest

from portal.world.definition import World
from portal.world.errors import WorldFileError
from portal.world.reading import parse_world, read_world

SMALL = """
name: small
organizations:
  - {id: o-smallworld, name: Small, management_account: "111122223333", units: [{id: ou-ab12-11111111, name: One}]}
accounts:
  - id: "111122223333"
    name: First
    alias: first
    organization: o-smallworld
    unit: ou-ab12-11111111
    root: {email: first@example.com}
    users:
      - {name: Ana, password: Basket-River-1122}
      - {name: Bo}
"""


def _fault(text: str) -> str:
    with pytest.raises(WorldFileError) as caught:
        parse_world(text, source="small.yaml")
    return str(caught.value)


def test_a_world_is_read_with_its_defaults() -> None:
    world = parse_world(SMALL, source="small.yaml")
    assert isinstance(world, World)
    account = world.accounts[0]
    assert (account.alias, account.status, account.has_root_credentials, account.password_policy) == ("first", "active", True, None)
    assert [user.name for user in account.users] == ["Ana", "Bo"]


def test_the_bundled_world_is_right() -> None:
    assert read_world("anycompany").name == "anycompany"


def test_a_world_that_does_not_exist_names_the_file() -> None:
    with pytest.raises(WorldFileError, match=r"nowhere\.yaml: expected a readable world file"):
        read_world("nowhere")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("alias: first", "alias: 12"), "small.yaml: accounts[0].alias: expected text, found `12`."),
        (('id: "111122223333"\n', "id: 111122223333\n"), "small.yaml: accounts[0].id: expected text, found `111122223333`."),
        (("alias: first", "alias: First_"), "small.yaml: accounts[0].alias: expected 3 to 63 lower-case letters"),
        (("name: First", "nickname: First"), "small.yaml: accounts[0].nickname: expected one of id, name, root"),
        (("    name: First\n", ""), "small.yaml: accounts[0].name: expected a value; it is missing."),
        (("organization: o-smallworld", "organization: o-other"), "small.yaml: accounts[0].organization: expected the id of an organization"),
        (("unit: ou-ab12-11111111", "unit: ou-x"), "small.yaml: accounts[0].unit: expected the id of a unit of the account's organization"),
        (("first@example.com", "first@gmail.com"), "small.yaml: accounts[0].root.email: expected an email address under a reserved domain"),
        (("alias: first", "status: asleep"), "small.yaml: accounts[0].status: expected one of active, suspended, closed, found `asleep`."),
        (("alias: first", "status: closed"), "small.yaml: accounts[0].closed_days_ago: expected a number of days for a closed account"),
        (("alias: first", "closed_days_ago: 3"), "small.yaml: accounts[0].closed_days_ago: expected a number of days for a closed account"),
        (("alias: first", "created_days_ago: soon"), "small.yaml: accounts[0].created_days_ago: expected a whole number, found text."),
        (("alias: first", "has_root_credentials: 1"), "small.yaml: accounts[0].has_root_credentials: expected true or false, found `1`."),
        (("name: Bo", "name: ANA"), "small.yaml: accounts[0].users[1].name: expected a value that no other entry has, found `ana` again."),
        (("name: Bo", "name: B o"), "small.yaml: accounts[0].users[1].name: expected an IAM user name, found `B o`."),
        (("root: {email: first@example.com}", "root: nobody"), "small.yaml: accounts[0].root: expected a mapping, found text."),
        (("name: small", "name: small\nname: big"), "small.yaml: expected well-formed YAML; the name `name` stands twice in one mapping"),
        (("name: small", "name: [small"), "small.yaml: expected well-formed YAML"),
    ],
)
def test_each_fault_is_named_with_its_place(change: tuple[str, str], says: str) -> None:
    assert change[0] in SMALL
    assert _fault(SMALL.replace(*change)).startswith(says)


def test_a_file_that_is_no_mapping_is_refused() -> None:
    assert _fault("- one\n- two") == "small.yaml: expected a mapping, found a list."
    assert _fault("") == "small.yaml: expected a mapping, found nothing."
    assert _fault("accounts: {}\nname: small") == "small.yaml: accounts: expected a list, found a mapping."


def test_yaml_that_would_run_code_is_refused() -> None:
    assert "expected well-formed YAML" in _fault("name: !!python/object/apply:os.system ['true']")


NETWORKS = """
name: small
networks:
  - {name: office, label: {en: Office}, source_ip: 203.0.113.10, cidr: 203.0.113.0/24}
  - {name: inside, label: {en: Inside}, vpc: vpc-0abc123def456789a, vpce: vpce-0fed987cba654321f, vpc_source_ip: 10.0.1.25, region: us-west-2}
"""


def test_networks_are_read() -> None:
    office, inside = parse_world(NETWORKS, source="small.yaml").networks
    assert (office.label.en, office.source_ip, office.cidr, office.region) == ("Office", "203.0.113.10", "203.0.113.0/24", "")
    assert (inside.vpc_source_ip, inside.region, inside.source_ip) == ("10.0.1.25", "us-west-2", "")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("name: office", "name: Office"), "networks[0].name: expected at most 32 lower-case letters"),
        (("name: inside", "name: office"), "networks[1].name: expected a value that no other entry has, found `office` again."),
        (("{en: Office}", "{ja: オフィス}"), "networks[0].label.en: expected what people call this network"),
        (("{en: Office}", "Office"), "networks[0].label: expected a mapping, found text."),
        (("source_ip: 203.0.113.10", "source_ip: 203.0.113.0/24"), "networks[0].source_ip: expected one IPv4 or IPv6 address"),
        (("source_ip: 203.0.113.10, ", ""), "networks[0].source_ip: expected one IPv4 or IPv6 address"),
        (("203.0.113.0/24", "198.51.100.0/24"), "networks[0].cidr: expected a block that `203.0.113.10` belongs to"),
        (("203.0.113.0/24", "203.0.113.10/24"), "networks[0].cidr: expected a block that `203.0.113.10` belongs to"),
        (("cidr: 203.0.113.0/24", "vpce: vpce-0fed987cba654321f"), "networks[0].vpce: expected nothing for a network without `vpc`."),
        (("cidr: 203.0.113.0/24", "region: nowhere-1"), "networks[0].region: expected a region with a sign-in endpoint, found `nowhere-1`."),
        (("vpc: vpc-0abc123def456789a", "vpc: vpc-0ABC"), "networks[1].vpc: expected the id of a VPC"),
        (("vpce-0fed987cba654321f", "endpoint"), "networks[1].vpce: expected the id of a VPC endpoint"),
        (("vpc_source_ip: 10.0.1.25", "vpc_source_ip: 10.0.1.25/32"), "networks[1].vpc_source_ip: expected the private address"),
        ((", region: us-west-2", ""), "networks[1].region: expected the region of the VPC endpoint; it is missing."),
        (("region: us-west-2", "region: us-west-2, source_ip: 203.0.113.10"), "networks[1].source_ip: expected nothing for a network with `vpc`"),
    ],
)
def test_each_fault_of_a_network_is_named_with_its_place(change: tuple[str, str], says: str) -> None:
    assert change[0] in NETWORKS
    assert _fault(NETWORKS.replace(*change)).startswith(f"small.yaml: {says}")
