"""`manage.py aws-env`: the shell lines with which the real AWS CLI and SDKs call this portal.

eval "$(python3 manage.py aws-env)"; aws login                 # sign in through the browser
eval "$(python3 manage.py aws-env --as EmergencyAdmin)"        # with somebody's access key
"""

import json
import os
import shlex
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.access_keys import flows
from accounts.models import Account, Principal
from portal.conf import BASE_DIR, conf
from portal.core import ids, regions
from portal.core.errors import PortalError
from portal.network.origin import Origin

CLIENT_DATA = BASE_DIR / "portal" / "awsapi" / "client_data"
"""What `AWS_DATA_PATH` leads to: an endpoint rule set that sends AWS Sign-In's control plane where `AWS_ENDPOINT_URL` says."""
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""The variables of a key. Clients take it before the sign-in of a profile, so where nobody is named they must not be set."""


class Command(BaseCommand):
    """Prints `export` and `unset` lines and nothing else, so that `eval` can take them."""

    help = (
        "Print the shell lines that lead the AWS CLI and SDKs to this portal: for `aws login`, "
        "or with --as for somebody's access key, which is made where there is none."
    )
    requires_system_checks = ()  # what is served has passed them; they would double the time

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare whom to act as, and where the portal is."""
        parser.add_argument("--as", dest="person", default="", help="User name, or the e-mail address of a root user; default: no key.")
        parser.add_argument("--account", default="", help="Account ID or alias; default, where several have such a user: the management account.")
        parser.add_argument("--url", default="", help="Where the portal answers; default: the running demo's address.")
        parser.add_argument("--data", default="", help="The data folder of the demo; default: this checkout's.")
        parser.add_argument("--region", default=regions.DEFAULT, help=f"The Region to call; default {regions.DEFAULT}.")

    def handle(self, *args: Any, person: str, account: str, url: str, data: str, region: str, **options: Any) -> None:
        """Print the lines; what is wrong is one line on standard error and an exit code of 1."""
        if data and Path(data).resolve() != conf.data_dir.resolve():
            _begin_anew_on(data)
        if not regions.known_region(region):
            raise CommandError(f"`{region}` is no Region with a sign-in endpoint.")
        if account and not person:
            raise CommandError("--account says whose user is meant: give --as too.")
        variables = {
            "AWS_ENDPOINT_URL": (url or _running()).rstrip("/"),
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,  # boto3 and version 1 of the CLI read this one
            "AWS_DATA_PATH": str(CLIENT_DATA),
            "AWS_SDK_LOAD_CONFIG": "1",  # version 2 of the SDK for JavaScript reads profiles only then; version 3 always does
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CLI_AGENT_TOOLKIT_HINT_DISABLED": "true",  # else the first `aws login` of a profile ends with an offer of the real cloud's
        }
        if person:
            variables |= dict(zip(KEYS, self._key(person, account, region), strict=True))
        else:
            self.stdout.write(f"unset {' '.join(KEYS)}")
        for name, value in variables.items():
            self.stdout.write(f"export {name}={shlex.quote(value)}")

    def _key(self, person: str, account: str, region: str) -> tuple[str, str, str]:
        """Return key id and secret of somebody, and an empty session token: one left over from elsewhere would be sent along."""
        principal, others = _principal(person, account)
        if others:
            self.stderr.write(f"Account {principal.account_id} is taken; {_accounts(others)} has the name too: --account.", self.style.NOTICE)
        try:
            key = flows.usable_key(principal) or flows.make_key(principal, origin=_origin(region))
        except PortalError as error:
            raise CommandError(error.public) from error
        return key.id, key.secret, ""


def _begin_anew_on(folder: str) -> None:
    """Run this command once more with another data folder: the database and the portal's secrets are found through it."""
    if not Path(folder).is_dir():
        raise CommandError(f"There is no folder `{folder}`.")
    os.environ["PORTAL_DATA"] = str(Path(folder).resolve())
    os.execv(sys.executable, [sys.executable, str(BASE_DIR / "manage.py"), *sys.argv[1:]])  # noqa: S606  # the same command again


def _origin(region: str) -> Origin:
    return Origin(address="127.0.0.1", region=region, regional=True, user_agent="manage.py aws-env", host=conf.host)


def _running() -> str:
    """Return the address of the demo that runs on this data folder, else the configured one."""
    try:
        told = json.loads((conf.data_dir / "run" / "processes.json").read_text("utf-8"))
    except (OSError, ValueError):
        return conf.base_url
    return str(told.get("base_url", conf.base_url))


def _principal(person: str, account: str) -> tuple[Principal, list[Principal]]:
    """Return who is meant, and who else has the name; raises CommandError where that is nobody.

    Of several the one in an organisation's management account is meant; where that does not tell, it must be said.
    """
    kinds = (Principal.Kind.IAM_USER, Principal.Kind.ROOT)
    people = Principal.objects.filter(kind__in=kinds, account__isnull=False).select_related("account")
    found = people.filter(kind=Principal.Kind.IAM_USER, name_key=ids.user_name_key(person)) | people.filter(
        kind=Principal.Kind.ROOT, email_key=ids.email_key(person)
    )
    if account:
        key = ids.account_key(account)
        where = Account.objects.filter(pk=key) | Account.objects.filter(alias=key)
        found = found.filter(account__in=where)
    meant = list(found.order_by("account_id")[:10])
    if not meant:
        raise CommandError(f"There is no IAM user or root user `{person}`{f' in account `{account}`' if account else ''}.")
    managing = list(found.filter(account__manages__isnull=False)[:2]) if len(meant) > 1 else meant
    if len(managing) != 1:
        raise CommandError(f"`{person}` is in several accounts: {_accounts(meant)}. Choose one with --account.")
    return managing[0], [principal for principal in meant if principal != managing[0]]


def _accounts(people: list[Principal]) -> str:
    return ", ".join(str(principal.account_id) for principal in people)
