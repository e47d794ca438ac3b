"""The policies that a user, group or role has, each with where it is from, and those of them that a simulation leaves out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from accounts.iam.errors import InvalidInputException, PolicyEvaluationException
from accounts.models import Group, Principal
from policies.enforcement.documents import PolicyUnreadable, compiled
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
    found = (*_managed(givers), *(policy for giver in givers for policy in _embedded(giver)))
    try:
        return tuple(_compiled(policy, number) for number, policy in enumerate(found, 1))
    except PolicyUnreadable as error:
        raise PolicyEvaluationException(str(error)) from error


class _Found(NamedTuple):
    """A policy that was read and is not compiled yet."""

    id: str
    origin: Origin
    text: str
    arn: str = ""
    holder: str = ""


def _compiled(found: _Found, number: int) -> Source:
    """Compile a policy under a name that tells it apart from others that people called the same, for decisions name policies."""
    return Source(found.id, found.origin, compiled(found.text, PolicyType.IDENTITY, f"{number} {found.id}"), found.arn, found.holder)


def _managed(givers: Sequence[Holder]) -> Iterator[_Found]:
    account = str(givers[0].account_id)
    for arn in dict.fromkeys(arn for giver in givers for arn in attached_to(giver)):
        name, found, row = arn.rpartition("/")[2], managed_policy(arn), own_policy(account, arn)
        if found is not None:
            yield _Found(name, Origin.AWS_MANAGED, found.document.text, arn)
        elif row is not None:
            yield _Found(name, Origin.USER_MANAGED, row.text, arn)
        else:
            raise PolicyEvaluationException(f"The attached policy {arn} is not there.")


def _embedded(giver: Holder) -> Iterator[_Found]:
    for row in embedded_in(giver):
        yield _Found(row.name, Origin(kind_of(giver)), row.text, holder=giver.name)


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
