"""Addresses below `/console/NAME/organization/`; a policy is named by its ID (`p-00000012`)."""

from django.urls import path, register_converter

from policies.language import PolicyType
from policies.organization.rules import key_of, policy_id
from portal.console.organization import attaching, authorization, overview, policies, writing


class PolicyId:
    """A policy's ID in an address."""

    regex = "p-[0-9]{8,18}"

    def to_python(self, value: str) -> int:
        """Return the policy's key; refuse another spelling of the same."""
        key = key_of(value)
        if key is None or policy_id(key) != value:
            raise ValueError(value)
        return key

    def to_url(self, value: int) -> str:
        """Return the ID."""
        return policy_id(value)


register_converter(PolicyId, "policy")

RCP, SCP = {"kind": PolicyType.RCP}, {"kind": PolicyType.SCP}

urlpatterns = [
    path("", overview.overview, name="organization"),
    path("authorization", authorization.switch, name="organization_authorization"),
    path("rcps", policies.listed, RCP, name="rcps"),
    path("rcps/create", writing.create, RCP, name="rcp_create"),
    path("rcps/RCPFullAWSAccess", policies.always_attached, RCP, name="rcp_full_access"),
    path("scps", policies.listed, SCP, name="scps"),
    path("scps/create", writing.create, SCP, name="scp_create"),
    path("scps/FullAWSAccess", policies.always_attached, SCP, name="scp_full_access"),
    path("policies/<policy:key>", policies.one, name="organization_policy"),
    path("policies/<policy:key>/edit", writing.edit, name="organization_policy_edit"),
    path("policies/<policy:key>/delete", writing.delete, name="organization_policy_delete"),
    path("policies/<policy:key>/attach", attaching.attach, name="organization_policy_attach"),
    path("policies/<policy:key>/detach", attaching.detach, name="organization_policy_detach"),
]
