"""`manage.py operator add|password NAME`: make an operator, or give one a new password, which is typed here and never shown."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.credentials import rules
from accounts.models import Principal, SignInSession
from accounts.sessions.flows import end_all
from portal.conf import conf
from portal.core import clock, ids, regions
from portal.core.realness import looks_like_real_address
from portal.network.origin import Origin
from portal.trail.identity import Identity
from portal.trail.names import EventName
from portal.trail.record import record


class Command(BaseCommand):
    """Makes the operators that the admin site lets in: no default one exists (ASVS 6.3.2)."""

    help = "Make an operator of the portal, or give one a new password. The password is asked for, or read from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the two acts and what each takes."""
        acts = parser.add_subparsers(dest="act", required=True)
        add = acts.add_parser("add", help="Make an operator with every permission.")
        add.add_argument("name")
        add.add_argument("--email", default="", help="Where to tell of a changed password.")
        acts.add_parser("password", help="Give an operator a new password; all sessions end.").add_argument("name")

    def handle(self, *args: Any, act: str, name: str, **options: Any) -> None:
        """Do one of the two acts; what is wrong is one line and an exit code of 1."""
        if not ids.USER_NAME.fullmatch(name):
            raise CommandError(f"`{name}` cannot be an operator's name: expected letters, digits and + = , . @ _ -, at most 64.")
        found = Principal.objects.filter(kind=Principal.Kind.OPERATOR, name_key=ids.user_name_key(name)).first()
        if act == "add" and found:
            raise CommandError(f"There is an operator `{found.name}` already.")
        if act == "password" and not found:
            raise CommandError(f"There is no operator `{name}`.")
        if act == "add" and looks_like_real_address(options["email"], allowed=conf.mail_domains):
            raise CommandError("The email address is not under a reserved domain, nor under one in PORTAL_MAIL_DOMAINS.")
        encoded = make_password(self._password(name))
        if found:
            with transaction.atomic():
                Principal.objects.filter(pk=found.pk).update(password=encoded, password_changed_at=clock.now())
                end_all(found, SignInSession.End.PASSWORD_CHANGED)
                self._record(found, act)
            self.stdout.write(f"The password of `{found.name}` was changed; all sessions have ended.")
            return
        made = Principal(
            kind=Principal.Kind.OPERATOR,
            name=name,
            email=options["email"],
            password=encoded,
            password_changed_at=clock.now(),
            is_staff=True,
            is_superuser=True,
        )
        with transaction.atomic():
            made.save(force_insert=True)
            self._record(made, act)
        self.stdout.write(f"Made the operator `{name}`. Sign in at /admin/.")

    @staticmethod
    def _record(operator: Principal, act: str) -> None:
        """Record the act: whoever has a shell on this machine did it."""
        record(
            EventName.OPERATOR_ACTION,
            identity=Identity.operator(operator.name),
            origin=Origin(address="127.0.0.1", region=regions.DEFAULT, regional=False, user_agent="manage.py operator", host=conf.host),
            succeeded=True,
            principal_key=operator.unique_id,
            request_parameters={"action": f"operator {act}", "target": operator.unique_id},
        )

    def _password(self, name: str) -> str:
        if sys.stdin.isatty():
            password = getpass.getpass("Password: ")
            if password != getpass.getpass("Password again: "):
                raise CommandError("The two passwords are not the same.")
        else:
            password = sys.stdin.readline().rstrip("\n")
        problems = rules.problems(password, rule=rules.OPERATOR, words=(name,))
        if problems:
            raise CommandError(" ".join(problem.message for problem in problems))
        return password
