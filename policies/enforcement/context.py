"""The condition keys of a sign-in question (guide, "Condition key availability by action" and "Network-based condition keys")."""

from policies.evaluation.decision import Question
from portal.core.actions import SigninAction, Subject
from portal.network.origin import Origin


def question_of(action: SigninAction, subject: Subject, origin: Origin) -> Question:
    """Return the question with exactly the keys that the action has.

    A request has a public address or comes through a VPC endpoint, never both. `signin:Authenticate` names the principal as
    `signin:PrincipalArn`; the two OAuth actions as `aws:PrincipalArn` and `aws:PrincipalAccount`. A key without a value is left out, not empty.
    """
    region = origin.region if origin.regional else subject.region or origin.region
    keys = {"aws:RequestedRegion": region, "aws:ResourceAccount": subject.account}
    if origin.vpc or origin.vpce:
        keys |= {"aws:SourceVpc": origin.vpc, "aws:SourceVpce": origin.vpce, "aws:VpcSourceIp": origin.vpc_source_ip}
    else:
        keys["aws:SourceIp"] = origin.address
    if action is SigninAction.AUTHENTICATE:
        keys["signin:PrincipalArn"] = subject.principal_arn
    else:
        keys["aws:PrincipalArn"] = subject.principal_arn
        keys["aws:PrincipalAccount"] = subject.account
    return Question(action, subject.account, subject.principal_arn, {name: value for name, value in keys.items() if value})
