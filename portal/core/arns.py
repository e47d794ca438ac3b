"""Amazon resource names of the identities the portal knows."""


def root_arn(account: str) -> str:
    """Return the ARN of an account's root user."""
    return f"arn:aws:iam::{account}:root"


def user_arn(account: str, name: str, path: str = "/") -> str:
    """Return the ARN of an IAM user; `path` begins and ends with a slash (IAM user guide, "Friendly names and paths")."""
    return f"arn:aws:iam::{account}:user{path}{name}"
