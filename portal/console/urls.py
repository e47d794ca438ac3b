"""Addresses of the console: its entry, this browser's sessions, and the pages of each signed-in identity."""

from django.urls import include, path, register_converter

from mfa.manage.urls import addresses
from portal.console import entry, programs, security, signing_out, users, views
from portal.console.second_factors import console_visitor


class SessionName:
    """A session's name in an address: `111122223333-ab12cd34`."""

    regex = "[0-9]{12}-[a-z0-9]{8}"

    def to_python(self, value: str) -> str:
        """Return the name."""
        return value

    def to_url(self, value: str) -> str:
        """Return the name."""
        return value


register_converter(SessionName, "session")

app_name = "console"
urlpatterns = [
    # Addresses with a parameter are compared in order, the others are looked up: the page that every sign-in ends at comes first.
    path("<session:name>/home", views.home, name="home"),
    path("", entry.entry, name="entry"),
    path("callback", entry.callback, name="callback"),
    path("sessions", views.sessions, name="sessions"),
    path("sessions/sign-out", signing_out.one_picked, name="sign_out_picked"),
    path("sign-out-all", signing_out.all_picked, name="sign_out_all"),
    path("<session:name>/", views.front, name="front"),
    path("<session:name>/sign-out", signing_out.current_session, name="sign_out"),
    path("<session:name>/sign-out-all", signing_out.all_sessions, name="sign_out_all_from"),
    path("<session:name>/security", security.security, name="security"),
    path("<session:name>/password", security.password, name="password"),
    path("<session:name>/end-session", security.end, name="end_session"),
    path("<session:name>/end-others", security.end_all_others, name="end_others"),
    path("<session:name>/end-program", programs.end, name="end_program"),
    path("<session:name>/end-programs", programs.end_all, name="end_programs"),
    path("<session:name>/mfa/", include(addresses(console_visitor))),
    path("<session:name>/organization/", include("portal.console.organization.urls")),
    path("<session:name>/users", users.users, name="users"),
    path("<session:name>/users/deactivate", users.deactivate_device, name="deactivate_device"),
    path("<session:name>/users/requirement", users.requirement, name="mfa_requirement"),
    path("<session:name>/access/", include("portal.console.access.urls")),
]
