"""Session policies: what a session is limited to, as the call that opens it passes them (IAM user guide, "Session policies")."""

from collections.abc import Mapping

from policies.enforcement.documents import PolicyUnreadable, compiled, compiled_managed
from policies.language import PolicyType
from portal.awsapi.errors import CallRefused, Fault

POLICY_CHARACTERS = 2048
"""Characters of session policies and ARNs together (STS API reference, AssumeRole and GetFederationToken)."""
MOST_ARNS = 10


def session_policies(given: Mapping[str, object]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the texts and ARNs of a call's session policies; refuses what is no policy, or too much."""
    text, listed = given.get("Policy"), given.get("PolicyArns", [])
    assert isinstance(listed, list)  # noqa: S101  # as the model says
    arns = tuple(str(item.get("arn", "")) for item in listed)
    written = (str(text),) if text is not None else ()
    if len(arns) > MOST_ARNS or sum(map(len, (*written, *arns))) > POLICY_CHARACTERS:
        raise CallRefused("PackedPolicyTooLarge", f"Session policies may have {POLICY_CHARACTERS} characters and {MOST_ARNS} managed policies.")
    try:
        for policy in written:
            compiled(policy, PolicyType.IDENTITY, "session policy")
        for arn in arns:
            compiled_managed(arn)
    except PolicyUnreadable as error:
        raise CallRefused("MalformedPolicyDocument", str(error)) from None
    return written, arns


def packed_size(policies: tuple[str, ...], arns: tuple[str, ...]) -> int | None:
    """Return how much of the room for session policies is used, in per cent; None where there are none."""
    used = sum(map(len, (*policies, *arns)))
    return max(1, used * 100 // POLICY_CHARACTERS) if used else None


def refuse_tags(given: Mapping[str, object]) -> None:
    """Refuse what sessions do not have in this simulation."""
    if given.get("Tags") or given.get("TransitiveTagKeys") or given.get("ProvidedContexts"):
        raise CallRefused(Fault.INVALID, "Session tags and provided contexts are not part of this simulation; leave them out.")
