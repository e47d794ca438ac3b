"""The policies that a user, group or role has, each with where it is from, and those of them that a simulation leaves out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from accounts.iam.errors import InvalidInputException, PolicyEvaluationException
from accounts.models import Group, Principal
from policies.enforcement.documents import PolicyUnreadable, compiled
from policies.evaluation.statements import Policy
from policies.identities.attached import attached_to
from policies.identities.holders import Holder, kind_of
from policies.identities.inline import embedded_in
from policies.identities.managed import own_policy
from policies.language import PolicyType
from policies.managed import managed_policy
from policies.simulator.calls.scenario import Origin, Source

_ARN = re.compile(r"arn:aws:iam::(?:[0-9]{12}|aws):policy/[\w+=,.@/?*-]+", re.ASCII)


def sources_of(holder: Holder) -> tuple[Source, ...]:
    """Return the policies of a holder, those of a user's groups too; raises PolicyEvaluationException where one cannot be read."""
    givers: list[Holder] = [holder]
    if isinstance(holder, Principal):
        givers += Group.objects.filter(memberships__principal=holder).order_by("name_key")
    try:
        found = list(_managed(givers)) + [source for giver in givers for source in _embedded(giver)]
    except PolicyUnreadable as error:
        raise PolicyEvaluationException(str(error)) from error
    # Decisions name policies; these names tell apart what people gave the same name.
    return tuple(
        Source(source.id, source.origin, Policy(source.policy.document, name=f"{number} {source.id}"), source.arn, source.holder)
        for number, source in enumerate(found, 1)
    )


def _managed(givers: Sequence[Holder]) -> Iterator[Source]:
    account = str(givers[0].account_id)
    for arn in dict.fromkeys(arn for giver in givers for arn in attached_to(giver)):
        name, found, row = arn.rpartition("/")[2], managed_policy(arn), own_policy(account, arn)
        if found is not None:
            yield Source(name, Origin.AWS_MANAGED, Policy(found.document, name=arn), arn)
        elif row is not None:
            yield Source(name, Origin.USER_MANAGED, compiled(row.text, PolicyType.IDENTITY, row.name), arn)
        else:
            raise PolicyEvaluationException(f"The attached policy {arn} is not there.")


def _embedded(giver: Holder) -> Iterator[Source]:
    for row in embedded_in(giver):
        yield Source(row.name, Origin(kind_of(giver)), compiled(row.text, PolicyType.IDENTITY, row.name), holder=giver.name)


def but(sources: Sequence[Source], excluded: Sequence[Mapping[str, Any]]) -> tuple[Source, ...]:
    """Return the sources that none of these identifiers means; raises InvalidInputException for what is no identifier."""
    for identifier in excluded:
        if len(identifier) != 1:
            raise InvalidInputException("PolicyExclusionList: say one of PolicyType, PolicyArn and InlinePolicyIdentifier of each policy.")
        if "PolicyArn" in identifier:
            _pattern(identifier["PolicyArn"])
    return tuple(source for source in sources if not any(_means(identifier, source) for identifier in excluded))


def excludes_type(excluded: Sequence[Mapping[str, Any]], wanted: str) -> bool:
    """Tell whether all policies of a type are left out."""
    return any(identifier.get("PolicyType") == wanted for identifier in excluded)


def _means(identifier: Mapping[str, Any], source: Source) -> bool:
    if "PolicyType" in identifier:
        wanted = identifier["PolicyType"]
        return bool(source.holder) if wanted == "inline" else source.origin == wanted
    if "PolicyArn" in identifier:
        return bool(source.arn) and _pattern(identifier["PolicyArn"]).fullmatch(source.arn) is not None
    inline = identifier["InlinePolicyIdentifier"]
    return (source.id, source.origin, source.holder) == (inline["PolicyName"], inline["AttachmentType"], inline["AttachmentName"])


def _pattern(arn: str) -> re.Pattern[str]:
    """Return the pattern of a policy's ARN, in which one `*` and any number of `?` may stand."""
    if not _ARN.fullmatch(arn) or arn.count("*") > 1:
        raise InvalidInputException(f"PolicyExclusionList: {arn} is not the ARN of a policy, with one * at most.")
    return re.compile("".join({"*": ".*", "?": "."}.get(character) or re.escape(character) for character in arn))
