"""Versions of managed policies; the default one is what counts."""

from typing import Any

from policies.identities import managed
from policies.identities.rules import version_id
from portal.awsapi.registry import Answer, Call, operation
from portal.awsapi.services.iam import shapes
from portal.awsapi.services.iam.asking import asked_policy
from portal.awsapi.services.iam.listing import page_of


def _described(version: managed.Version) -> dict[str, Any]:
    return {"VersionId": version_id(version.number), "IsDefaultVersion": version.is_default, "CreateDate": version.created_at}


@operation("iam", reads=True, authorized=False)
def get_policy_version(call: Call) -> Answer:
    """Return one version with its document."""
    arn = asked_policy(call, "GetPolicyVersion")
    found = managed.version_of(call.signer.account, arn, call.parameters["VersionId"])
    return Answer({"PolicyVersion": {**_described(found), "Document": shapes.document(found.text)}})


@operation("iam", reads=True, authorized=False)
def list_policy_versions(call: Call) -> Answer:
    """List the versions of a policy, newest first."""
    arn = asked_policy(call, "ListPolicyVersions")
    versions = managed.versions_of(call.signer.account, arn)
    found, more = page_of(call, "ListPolicyVersions", versions, lambda version: f"{10**9 - version.number}")
    return Answer({"Versions": [_described(version) for version in found], **more})


@operation("iam", authorized=False)
def create_policy_version(call: Call) -> Answer:
    """Make a further version of a policy."""
    given, arn = call.parameters, asked_policy(call, "CreatePolicyVersion", changes=True)
    made = managed.create_version(call.signer.account, arn, text=given["PolicyDocument"], as_default=given.get("SetAsDefault", False))
    return Answer({"PolicyVersion": _described(made)})


@operation("iam", authorized=False)
def set_default_policy_version(call: Call) -> Answer:
    """Let another version count."""
    arn = asked_policy(call, "SetDefaultPolicyVersion", changes=True)
    managed.set_default_version(call.signer.account, arn, call.parameters["VersionId"])
    return Answer()


@operation("iam", authorized=False)
def delete_policy_version(call: Call) -> Answer:
    """Delete a version that is not the default one."""
    arn = asked_policy(call, "DeletePolicyVersion", changes=True)
    managed.delete_version(call.signer.account, arn, call.parameters["VersionId"])
    return Answer()
