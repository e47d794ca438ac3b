"""What the tests of IAM say of the demo world, and how they write policies."""

import json
from typing import Any
from urllib.parse import unquote

from accounts.access_keys.flows import make_key
from accounts.models import Principal
from tests.awsapi.conftest import SHELL
from tests.awsapi.program import Program

ACCOUNT = "111122223333"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def arn(kind: str, name: str, path: str = "/", account: str = ACCOUNT) -> str:
    """Return the ARN of a user, group, role or policy."""
    return f"arn:aws:iam::{account}:{kind}{path}{name}"


def policy(action: str | list[str], *, effect: str = "Allow", resource: str | list[str] = "*", **more: Any) -> str:
    """Return a policy with one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": resource, **more}]})


def trust(principal: str) -> str:
    """Return a trust policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}]})


def decoded(document: str) -> str:
    """Return a document as the clients read it."""
    return unquote(document)


def newcomer(name: str = "Nikki", account: str = ACCOUNT) -> Program:
    """Make an IAM user without any permission, and return a program with its key."""
    user = Principal(kind=Principal.Kind.IAM_USER, account_id=account, name=name)
    user.save()
    return Program.of(make_key(user, origin=SHELL))
