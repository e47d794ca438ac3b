"""Whether someone proved who it is recently enough."""

from datetime import timedelta

from accounts.models import SignInSession
from portal.conf import conf
from portal.core import clock


def is_recent(session: SignInSession) -> bool:
    """Tell whether the owner of `session` proved who it is within `conf.reauthentication_lifetime`, at sign-in or since.

    A trusted device proves nothing here (security catalogue SES-09). A proof from the future, which a clock that was put back
    leaves behind, does not count.
    """
    return timedelta(0) <= clock.now() - session.authenticated_at < conf.reauthentication_lifetime
