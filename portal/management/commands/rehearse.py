"""`manage.py rehearse POLICY.json`: who could still sign in, from where, if a policy were in force. For people and for pipelines.

The exit code is 0 where nobody is locked out who is not now, 2 where somebody is (with `--strict` also where somebody loses a network),
and 1 for an input that cannot be read. See docs/rehearsal.md.
"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from policies.language import PolicyInvalid, PolicyType
from policies.language.json_text import parse
from policies.simulator.as_json import as_json
from policies.simulator.as_text import as_text
from policies.simulator.changing import ChangeInvalid, ChangeProblem
from policies.simulator.choosing import Setting, Unclear, setting_of, whos_of
from policies.simulator.flows import MOST_PEOPLE, rehearse
from policies.simulator.guessing import type_of
from policies.simulator.matrix import rehearsed
from policies.simulator.rehearsal import Rehearsal
from policies.simulator.scenario import Change, DocumentChange, IdentityChange, Place, Who
from policies.simulator.standing import unknown_account
from portal.core import regions
from portal.rehearsal.typed import Unreadable, place_of
from portal.world import networks
from portal.world.definition import Network

TYPES = (PolicyType.RESOURCE, PolicyType.RCP, PolicyType.SCP, PolicyType.IDENTITY)
LONGEST = 1_000_000
"""Characters of a file that are read."""


class Command(BaseCommand):
    """Prints the matrix of principals and networks in words, or all of it as JSON."""

    help = "Rehearse a policy: who could sign in, from where, before and after it is in force. Exit code 2: somebody would be locked out."
    requires_system_checks = ()  # what is served has passed them; they would double the time

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the policy, and for whom and where it is rehearsed."""
        parser.add_argument("policy", metavar="POLICY.json", help="The policy document; `-` reads standard input.")
        parser.add_argument("--type", choices=[each.value for each in TYPES], default="", help="What the document is; default: guessed from it.")
        parser.add_argument("--account", default="", help="Account ID or alias; default: the one that the document is pinned to.")
        parser.add_argument("--target", default="", help="Root, unit or account it is attached to; of an identity policy, the ARN of who has it.")
        parser.add_argument("--name", default="", help="The policy's name; it replaces one of that name. Default: the file's.")
        parser.add_argument("--principals", default="", help="ARNs or names, separated by commas; default: all of the account.")
        parser.add_argument("--networks", default="", help="Names of the world's networks, addresses, VPC/VPCE/ADDRESS/REGION; default: the world's.")
        parser.add_argument("--region", default="", help="The Region whose sign-in endpoint is reached from networks without one.")
        parser.add_argument("--authorization", choices=["on", "as-is"], default="on", help="Console authorization after the change; default: on.")
        parser.add_argument("--json", action="store_true", help="Print JSON, and nothing else on standard output.")
        parser.add_argument("--strict", action="store_true", help="Exit with 2 also when somebody loses a network.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rehearse, print, and exit."""
        if options["region"] and not regions.known_region(options["region"]):
            raise CommandError(f"`{options['region']}` is no Region with a sign-in endpoint.")
        text = _text_of(options["policy"])
        try:
            outcome = self._rehearse(text, options)
        except (Unclear, Unreadable) as error:
            raise CommandError(str(error)) from error
        except ChangeInvalid as invalid:
            raise CommandError("\n".join(f"{options['policy']}: {problem}" for problem in _once(invalid))) from invalid
        self.stdout.write(json.dumps(as_json(outcome), indent=2, ensure_ascii=False) if options["json"] else as_text(outcome))
        if outcome.locked_out or (options["strict"] and outcome.losing):
            sys.exit(2)

    def _rehearse(self, text: str, options: dict[str, Any]) -> Rehearsal:
        """Return the outcome; what had to be guessed is said. Nothing is guessed from what is no JSON."""
        _refuse_what_is_no_json(text)
        setting = setting_of(options["account"], text, options["target"], options["principals"])
        for note in setting.notes:
            self._say(note)
        policy_type = self._type(options["type"], text, setting, options["target"])
        whos, are_more = whos_of(setting, options["principals"], text)
        if are_more:
            self._say(f"Only the first {MOST_PEOPLE} principals are rehearsed; choose others with --principals.")
        if not whos:
            raise CommandError(f"Account {setting.account_id} has nobody who can sign in; choose with --principals.")
        change = _change(text, policy_type, setting, whos, options)
        places = _places(options["networks"])
        if setting.is_known:
            return rehearse(setting.account_id, change, whos, places, region=options["region"])
        return rehearsed(unknown_account(setting.account_id), change, whos, places, region=options["region"])

    def _type(self, chosen: str, text: str, setting: Setting, target: str) -> PolicyType:
        if chosen:
            return PolicyType(chosen)
        guess = type_of(text, is_member=setting.is_member, target=target)
        self._say(f"Taken for a policy of type {guess.type.value}: {guess.because}. Say otherwise with --type.")
        return guess.type

    def _say(self, note: str) -> None:
        self.stderr.write(note, self.style.NOTICE)


def _refuse_what_is_no_json(text: str) -> None:
    """Raise ChangeInvalid with the place where a text is not JSON."""
    try:
        parse(text)
    except PolicyInvalid as invalid:
        raise ChangeInvalid(tuple(ChangeProblem("document", problem.text, problem.place) for problem in invalid.problems)) from invalid


def _text_of(name: str) -> str:
    """Return the document's text; raises CommandError."""
    try:
        raw = sys.stdin.buffer.read(LONGEST * 4) if name == "-" else Path(name).read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{name}: this is not UTF-8 text (byte {error.start}).") from error
    if len(text) > LONGEST:
        raise CommandError(f"{name}: more than {LONGEST} characters.")
    return text


def _change(text: str, policy_type: PolicyType, setting: Setting, whos: tuple[Who, ...], options: dict[str, Any]) -> Change:
    """Return the change that a document of this type is."""
    name = options["name"] or ("standard-input" if options["policy"] == "-" else Path(options["policy"]).stem)
    target = options["target"]
    authorization = True if options["authorization"] == "on" else None
    if policy_type is PolicyType.RESOURCE:
        return Change(resource=text, authorization=authorization)
    if policy_type is PolicyType.IDENTITY:
        arns = [target] if target else [who.arn for who in whos if who.label != "root"]
        return Change(identity=tuple(IdentityChange(name, arn, text) for arn in arns), authorization=authorization)
    documents = (DocumentChange(name, target or setting.account_id, text),)
    if policy_type is PolicyType.RCP:
        return Change(rcps=documents, authorization=authorization)
    return Change(scps=documents, authorization=authorization)


def _places(names: str) -> tuple[Place, ...]:
    """Return the networks that are named or written out, by default those of the world. Raises Unreadable, or CommandError where there is none."""
    world = {network.name: _place(network) for network in networks.networks()}
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    found = tuple(dict.fromkeys(world[name] if name in world else _written_out(name) for name in wanted)) or tuple(world.values())
    if not found:
        raise CommandError("The world has no networks; name some addresses with --networks.")
    return found


def _written_out(name: str) -> Place:
    """Return the network of an address, or of VPC, VPC endpoint and private address, with or without a Region: `A/B/C`. Raises Unreadable."""
    return replace(place_of(name.replace("/", " ")), name=name, label=name)


def _place(network: Network) -> Place:
    there = networks.place_of(network)
    return Place(network.name, network.label.en, there.address, there.region, there.vpc, there.vpce)


def _once(invalid: ChangeInvalid) -> list[str]:
    """Return the problems of the one document, which may be given to several identities, each with its place."""
    return list(dict.fromkeys(_located(problem) for problem in invalid.problems))


def _located(problem: ChangeProblem) -> str:
    return f"{problem.place}: {problem.sentence}" if problem.place else problem.sentence
