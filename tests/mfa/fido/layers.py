"""A layer of policies for tests."""

from policies.evaluation.decision import Decision, DeniedBy, Effect, Question


def deny_carlos(question: Question) -> Decision | None:
    """Deny one IAM user everything, and have no opinion on others."""
    if question.principal_arn == "arn:aws:iam::111122223333:user/Carlos":
        return Decision(Effect.DENY, ("Carlos may not",), DeniedBy.RESOURCE_POLICY)
    return None
