"""Who somebody is, whose a key is, and why somebody was refused."""

from accounts.access_keys.flows import account_of_key
from portal.awsapi.errors import CallRefused, Fault
from portal.awsapi.explanations import decode
from portal.awsapi.registry import Answer, Call, operation


@operation("sts", reads=True, authorized=False)
def get_caller_identity(call: Call) -> Answer:
    """Tell whose credentials these are; nobody needs a permission for it, and no policy can deny it."""
    signer = call.signer
    return Answer({"UserId": signer.user_id, "Account": signer.account, "Arn": signer.arn})


@operation("sts", reads=True)
def get_access_key_info(call: Call) -> Answer:
    """Tell the account that an access key belongs to, whatever its state. Keys of sessions are stored nowhere, so theirs is not known."""
    key_id: str = call.parameters["AccessKeyId"]
    account = call.signer.account if key_id == call.signer.key_id else account_of_key(key_id)
    if account is None:
        raise CallRefused(Fault.INVALID, "Access key ID is not valid, or this simulation does not know it.")
    return Answer({"Account": account})


@operation("sts", reads=True)
def decode_authorization_message(call: Call) -> Answer:
    """Tell what was decided and why, from the encoded message of a refusal of the caller's account."""
    decoded = decode(call.parameters["EncodedMessage"], account=call.signer.account, now=call.now)
    if decoded is None:
        raise CallRefused("InvalidAuthorizationMessageException", "The message is not valid, has expired, or is of another account.")
    return Answer({"DecodedMessage": decoded})
