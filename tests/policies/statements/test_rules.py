"""What a permission statement may be put with, each rule of the service model and of the guide."""

import dataclasses

import pytest
from django.db.models import CharField

from policies.models import PermissionStatement
from policies.statements.rules import CLIENT_TOKEN, NEXT_TOKEN, STATEMENT_ID, TARGET, StatementParameters, faults, is_network

ARN = "arn:aws:iam::123456789012:"


def broken(**parameters: str) -> list[str]:
    """Return the parameters whose rules are broken."""
    return [fault.parameter for fault in faults(StatementParameters(**parameters))]


@pytest.mark.parametrize("vpc", ["vpc-0abc123d", "vpc-0abc123def456789a"])
def test_a_vpc_has_eight_or_seventeen_digits(vpc: str) -> None:
    assert broken(source_vpc=vpc, requested_region="us-west-2") == []


@pytest.mark.parametrize(
    "vpc", ["notavpc", "vpc-", "vpc-0abc123", "vpc-0abc123de", "vpc-0ABC123D", "vpc-0abc123def456789ag", "vpc-0abc123d\n", " vpc-0abc123d"]
)
def test_another_vpc_is_refused(vpc: str) -> None:
    assert broken(source_vpc=vpc, requested_region="us-west-2") == ["sourceVpc"]


@pytest.mark.parametrize("name", ["signin_source_vpce", "console_source_vpce"])
@pytest.mark.parametrize(
    ("vpce", "fits"),
    [("vpce-0a1b2c3d", True), ("vpce-" + "z" * 20, True), ("vpce-0a1b2c3", False), ("vpce-" + "0" * 21, False), ("vpce-0A1B2C3D", False)],
)
def test_an_endpoint_has_eight_to_twenty_characters(name: str, vpce: str, fits: bool) -> None:
    found = broken(**{name: vpce, "requested_region": "us-west-2"})
    assert found == ([] if fits else ["signinSourceVpce" if name == "signin_source_vpce" else "consoleSourceVpce"])


@pytest.mark.parametrize(
    "address", ["203.0.113.10", "203.0.113.0/24", "203.0.113.77/24", "0.0.0.0/0", "2001:db8::7", "2001:db8::/32", "::ffff:203.0.113.7"]
)
def test_an_address_is_one_address_or_block_of_either_family(address: str) -> None:
    assert is_network(address)
    assert broken(source_ip=address) == []


@pytest.mark.parametrize(
    "address",
    ["", "203.0.113", "203.0.113.0/33", "203.0.113.010", "203.0.113.0/24,198.51.100.0/24", "office", "fe80::1%eth0", " 203.0.113.7", "203.0.113.7\n"],
)
def test_anything_else_is_no_address(address: str) -> None:
    assert not is_network(address)
    assert broken(source_ip=address, excluded_principal=ARN + "root") == ([] if not address else ["sourceIp"])


@pytest.mark.parametrize("region", ["us-west-2", "ap-southeast-1", "us-east-1"])
def test_a_region_that_has_an_endpoint(region: str) -> None:
    assert broken(requested_region=region) == []


@pytest.mark.parametrize("region", ["US-WEST-2", "us-west", "us-west-99", "uswest2", "us-west-2 "])
def test_another_region_is_refused(region: str) -> None:
    assert broken(requested_region=region) == ["requestedRegion"]


@pytest.mark.parametrize("name", ["root", "user/EmergencyAdmin", "user/zhang@example.com", "role/BreakGlassRole", "role/" + "r" * 64])
def test_root_users_users_and_roles_can_be_excluded(name: str) -> None:
    assert broken(excluded_principal=ARN + name) == []


def test_a_federated_user_can_be_excluded() -> None:
    assert broken(excluded_principal="arn:aws:sts::123456789012:federated-user/Bob") == []
    assert broken(excluded_principal="arn:aws:sts::123456789012:federated-user/B") == ["excludedPrincipal"]


@pytest.mark.parametrize(
    "arn",
    [
        *(ARN + "user/", ARN + "role/team/BreakGlassRole", ARN + "role/" + "r" * 65, ARN + "user/*", ARN + "group/Admins", ARN + "roots"),
        *("arn:aws:sts::123456789012:assumed-role/Admin/alice", "arn:aws:iam::12345:user/alice", "arn:aws-cn:iam::123456789012:root", "*", "root"),
        ARN + "root\n",
    ],
)
def test_nobody_else_can_be_excluded(arn: str) -> None:
    assert broken(excluded_principal=arn) == ["excludedPrincipal"]


def test_a_statement_needs_a_condition() -> None:
    assert broken() == [""]


def test_an_excluded_principal_alone_is_a_condition() -> None:
    assert broken(excluded_principal=ARN + "user/EmergencyAdmin") == []


@pytest.mark.parametrize("way", [{"source_vpc": "vpc-0abc123d"}, {"signin_source_vpce": "vpce-0a1b2c3d"}, {"console_source_vpce": "vpce-0a1b2c3d"}])
def test_a_way_through_a_vpc_needs_its_region(way: dict[str, str]) -> None:
    assert broken(**way) == ["requestedRegion"]
    assert broken(**way, requested_region="us-west-2") == []


def test_a_private_address_needs_its_vpc() -> None:
    assert broken(vpc_source_ip="10.0.0.0/16") == ["vpcSourceIp"]
    assert broken(vpc_source_ip="10.0.0.0/16", source_ip="203.0.113.0/24") == ["vpcSourceIp"]
    assert broken(vpc_source_ip="10.0.0.0/16", source_vpc="vpc-0abc123d", requested_region="us-west-2") == []
    assert broken(vpc_source_ip="10.0.0.0/99", source_vpc="vpc-0abc123d", requested_region="us-west-2") == ["vpcSourceIp"]


def test_every_fault_is_named_at_once_in_a_sentence_that_says_what_was_expected() -> None:
    found = faults(StatementParameters(source_vpc="v", vpc_source_ip="x", source_ip="y", requested_region="z", excluded_principal="e"))
    assert [fault.parameter for fault in found] == ["sourceVpc", "vpcSourceIp", "sourceIp", "requestedRegion", "excludedPrincipal"]
    assert all("Expected" in fault.sentence and fault.sentence.endswith(".") for fault in found)


def test_every_parameter_has_a_column_of_its_length() -> None:
    longest = {
        "source_vpc": 21,
        "signin_source_vpce": 25,
        "console_source_vpce": 25,
        "vpc_source_ip": 43,
        "source_ip": 43,
        "requested_region": 32,
        "excluded_principal": 2048,
    }
    columns = {column.name: column.max_length for column in PermissionStatement._meta.get_fields() if isinstance(column, CharField)}
    assert longest == {field.name: columns[field.name] for field in dataclasses.fields(StatementParameters)}


@pytest.mark.parametrize(
    ("text", "fits"), [("unique-request-id-12345", True), ("!", True), ("~" * 64, True), ("", False), ("a" * 65, False), ("a b", False), ("é", False)]
)
def test_client_tokens(text: str, fits: bool) -> None:
    assert bool(CLIENT_TOKEN.fullmatch(text)) is fits


@pytest.mark.parametrize(
    ("text", "fits"), [("A" * 64, True), ("a+/9" * 16 + "=", True), ("A" * 63, False), ("A" * 64 + "==", False), ("-" * 64, False)]
)
def test_statement_ids(text: str, fits: bool) -> None:
    assert bool(STATEMENT_ID.fullmatch(text)) is fits


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        *(("123456789012", True), ("o-exampleorg", True), ("r-ab12cd34ef", True), ("r-" + "a" * 30, True)),
        *(("r-ab12", False), ("12345678901", False), ("o-example", False), ("ou-ab12-11111111", False), ("r-" + "a" * 31, False)),
    ],
)
def test_targets(text: str, fits: bool) -> None:
    assert bool(TARGET.fullmatch(text)) is fits


def test_next_tokens() -> None:
    assert NEXT_TOKEN.fullmatch("aZ9+/=_-")
    assert not NEXT_TOKEN.fullmatch("a b")
    assert not NEXT_TOKEN.fullmatch("a" * 2049)
