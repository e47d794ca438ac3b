"""Policy layers for tests, named by dotted path in the setting `POLICY_LAYERS`."""

from policies.evaluation.decision import Decision, DeniedBy, Effect, Question

asked: list[Question] = []


def noting(question: Question) -> Decision | None:
    """Note the question and have no opinion."""
    asked.append(question)
    return None


def allowing(question: Question) -> Decision | None:
    """Allow everything."""
    return Decision(Effect.ALLOW, ("allowed by a test",))


def raising(question: Question) -> Decision | None:
    """Fail as an unparsable document would."""
    raise ValueError(question.action)


def timing_out(question: Question) -> Decision | None:
    """Fail as a slow source would."""
    raise TimeoutError


def talking_nonsense(question: Question) -> Decision | None:
    """Answer with what is no decision."""
    return "Allow"  # type: ignore[return-value]  # what a broken layer does


def denying_authenticate(question: Question) -> Decision | None:
    """Deny the question before authentication by a resource-based policy."""
    return _denied(question, "signin:Authenticate", DeniedBy.RESOURCE_POLICY)


def denying_authenticate_by_rcp(question: Question) -> Decision | None:
    """Deny the question before authentication by a resource control policy."""
    return _denied(question, "signin:Authenticate", DeniedBy.RESOURCE_CONTROL_POLICY)


def denying_authorize(question: Question) -> Decision | None:
    """Deny the authorization."""
    return _denied(question, "signin:AuthorizeOAuth2Access", DeniedBy.RESOURCE_POLICY)


def denying_token(question: Question) -> Decision | None:
    """Deny the token."""
    return _denied(question, "signin:CreateOAuth2Token", DeniedBy.OTHER)


def _denied(question: Question, action: str, by: DeniedBy) -> Decision | None:
    return Decision(Effect.DENY, ("denied by a test",), by) if question.action == action else None
