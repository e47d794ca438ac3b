"""The one place where a sign-in question is decided.

Layers are asked in order, each a callable from question to decision or None (no opinion), named by dotted path in the setting
`POLICY_LAYERS`. The first denial stands. Without layers every sign-in is allowed. A layer that fails denies, and says so
(CVE-2024-47070).
"""

import logging
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from policies.evaluation.decision import ALLOWED, Decision, DeniedBy, Effect, Question

Layer = Callable[[Question], Decision | None]

log = logging.getLogger("portal.policies")


@lru_cache(maxsize=8)
def _layers(paths: tuple[str, ...]) -> tuple[Layer, ...]:
    return tuple(import_string(path) for path in paths)


def decide(question: Question) -> Decision:
    """Return the decision on a question; never raises."""
    paths = tuple(getattr(settings, "POLICY_LAYERS", ()))
    try:
        for layer in _layers(paths):
            decision = layer(question)
            if decision is not None and not decision.allowed:
                return decision
    except Exception:
        log.exception("a policy layer failed on %s; the sign-in is denied", question.action)
        return Decision(Effect.DENY, ("a policy could not be evaluated",), DeniedBy.OTHER)
    return ALLOWED
