"""Addresses at which an identity deals with its own second factors, for every place that mounts them.

A place gives its `Visitor`, which finds out whose devices they are, and includes what `addresses` returns below a path of its own.
"""

from django.urls import URLPattern, path

from mfa.base.visit import Visitor
from mfa.fido.views import register_passkey
from mfa.manage.views import delete, forget_trusted, register, rename
from mfa.reauthentication.recent import needs_recent
from mfa.reauthentication.views import confirm
from mfa.totp.views import register_app, resynchronise


def addresses(visitor: Visitor) -> list[URLPattern]:
    """Return the addresses for somebody who is signed in; all but `confirm` ask for a recent proof of who it is."""
    return [
        path("register", visitor(needs_recent(register)), name="register"),
        *registration(visitor),
        path("resynchronise", visitor(needs_recent(resynchronise)), name="resynchronise"),
        path("rename", visitor(needs_recent(rename)), name="rename"),
        path("delete", visitor(needs_recent(delete)), name="delete"),
        path("trusted/forget", visitor(needs_recent(forget_trusted)), name="forget_trusted"),
        path("confirm", visitor(confirm), name="confirm"),
    ]


def registration(visitor: Visitor) -> list[URLPattern]:
    """Return the addresses of a registration alone; the page where its kind is chosen, `register`, is the place's own."""
    return [
        path("register/app", visitor(needs_recent(register_app)), name="register_app"),
        path("register/passkey", visitor(needs_recent(register_passkey)), name="register_passkey"),
    ]
