"""Access keys of IAM users, and of a root user who signs with one."""

from collections.abc import Mapping
from typing import Any

from accounts.access_keys import flows
from accounts.iam.errors import InvalidInputException, NoSuchEntityException
from accounts.models import AccessKey, Principal
from portal.awsapi.registry import Answer, Call, operation
from portal.awsapi.services.iam.asking import ask
from portal.awsapi.services.iam.callers_own import named_or_own
from portal.awsapi.services.iam.listing import after, limit_of, page

_STATES = {"Active": True, "Inactive": False}


def _described(key: AccessKey, owner: Principal) -> Mapping[str, Any]:
    return {
        "UserName": owner.name or None,
        "AccessKeyId": key.pk,
        "Status": "Active" if key.is_active else "Inactive",
        "CreateDate": key.created_at,
    }


def _missing(key_id: str) -> NoSuchEntityException:
    return NoSuchEntityException(f"The Access Key with id {key_id} cannot be found.")


@operation("iam", authorized=False)
def create_access_key(call: Call) -> Answer:
    """Make an access key and answer its secret, this once."""
    owner = named_or_own(call, "CreateAccessKey")
    made = flows.add_key(owner)
    described = _described(AccessKey.objects.get(pk=made.id), owner)
    return Answer({"AccessKey": {**described, "SecretAccessKey": made.secret}}, recorded={"AccessKey": described})


@operation("iam", reads=True, authorized=False)
def list_access_keys(call: Call) -> Answer:
    """List somebody's access keys, without secrets."""
    owner = named_or_own(call, "ListAccessKeys")
    listing = f"ListAccessKeys {owner.unique_id}"
    rows = AccessKey.objects.filter(principal=owner, pk__gt=after(call, listing)).order_by("pk")
    found, more = page(call, listing, rows[: limit_of(call) + 1], lambda row: row.pk)
    return Answer({"AccessKeyMetadata": [_described(row, owner) for row in found], **more})


@operation("iam", authorized=False)
def update_access_key(call: Call) -> Answer:
    """Make a key active or inactive; requests signed with an inactive one are refused from the next one on."""
    key = _key(call, "UpdateAccessKey")
    wanted = _STATES.get(call.parameters["Status"])
    if wanted is None:
        raise InvalidInputException("A key is made Active or Inactive; no key of this simulation expires.")
    if not flows.set_active(key, active=wanted) and not AccessKey.objects.filter(pk=key.pk).exists():
        raise _missing(key.pk)
    return Answer()


@operation("iam", authorized=False)
def delete_access_key(call: Call) -> Answer:
    """Delete a key for good."""
    key = _key(call, "DeleteAccessKey")
    if not flows.drop_key(key):
        raise _missing(key.pk)
    return Answer()


def _key(call: Call, operation_name: str) -> AccessKey:
    """Return the key that a call names, of the user whom it names or who calls."""
    owner, key_id = named_or_own(call, operation_name), call.parameters["AccessKeyId"]
    key = AccessKey.objects.filter(pk=key_id, principal=owner).first()
    if key is None:
        raise _missing(key_id)
    return key


@operation("iam", reads=True, authorized=False)
def get_access_key_last_used(call: Call) -> Answer:
    """Tell when a key of the account was last used, to five minutes, and for what."""
    key_id = call.parameters["AccessKeyId"]
    key = AccessKey.objects.select_related("principal").filter(pk=key_id, principal__account_id=call.signer.account).first()
    ask(call, "GetAccessKeyLastUsed", key.principal.arn if key else "*")
    if key is None:
        raise _missing(key_id)
    used = {
        "LastUsedDate": key.last_used_at,
        "ServiceName": key.last_used_service or "N/A",
        "Region": key.last_used_region or "N/A",
    }
    return Answer({"UserName": key.principal.name or None, "AccessKeyLastUsed": used})
