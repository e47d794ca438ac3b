"""How much is rehearsed at once: principals times networks, the fewer the more a decision has to compare, whatever somebody writes into a policy."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policies.simulator.matrix import rehearsed
from policies.simulator.rehearsal import Rehearsal
from policies.simulator.scenario import Change, Place, Who
from policies.simulator.standing import Standing, read_standing
from portal.core import clock

MOST_PAIRS = 2_000
"""Principals times networks: each pair is decided three times before and three times after the change."""
MOST_WORK = 1_000_000
"""Pairs times what is compared for each (`weight_of`): about a second of computing, whatever somebody pastes."""
_WEIGHT_OF_A_VARIABLE = 8
_WILDCARDS_OF_A_VALUE = 8
"""Wildcards that cost about as much to match as one more value does; the first of a pattern is in the price of its value."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """A rehearsal of the first principals that there was room for; `spent` is the part of the room that it took, 1 for all of it."""

    outcome: Rehearsal
    left_out: int
    spent: float


def weight_of(text: str) -> int:
    """Return about how many values a decision compares by a document: its texts, more for wildcards, and for a variable that is put in each time."""
    wildcards = text.count("*") + text.count("?")
    return text.count('"') // 2 + wildcards // _WILDCARDS_OF_A_VALUE + _WEIGHT_OF_A_VARIABLE * text.count("${")


def most_pairs(weight: int) -> int:
    """Return how many pairs may be rehearsed at once of documents that weigh so much together."""
    return min(MOST_PAIRS, MOST_WORK // max(1, weight))


def rehearse_within(room: float, account_id: str, change: Change, whos: Iterable[Who], places: Iterable[Place]) -> Bounded:
    """Rehearse a change for as many principals, the first ones, as find room; for one at least. Raises ChangeInvalid.

    `room` counts rehearsals of the most pairs: 1 is one that may be made at once. What stands in the account weighs as much as what changes.
    """
    whos, places = tuple(dict.fromkeys(whos)), tuple(dict.fromkeys(places))
    standing = read_standing(account_id, [who.arn for who in whos], clock.now())
    most = max(1, most_pairs(sum(map(weight_of, _texts(standing, change)))))
    looked_at = whos[: max(1, int(room * most) // max(1, len(places)))]
    return Bounded(rehearsed(standing, change, looked_at, places), left_out=len(whos) - len(looked_at), spent=len(looked_at) * len(places) / most)


def _texts(standing: Standing, change: Change) -> Iterator[str]:
    """Yield every document that has a say in a decision before or after a change; of identities', those of whoever has most."""
    console = standing.console
    for policies in (*console.rcps, *console.scps, console.resource):
        yield from (policy.document.text for policy in policies)
    held = (tuple(policy.document.text for policy in identity.policies) for identity in (standing.identities or {}).values())
    yield from max(held, key=lambda texts: sum(map(len, texts)), default=())
    yield change.resource or ""
    yield from (document.text or "" for document in (*change.rcps, *change.scps))
    yield from (given.text or "" for given in change.identity)
