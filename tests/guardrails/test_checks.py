"""What the portal refuses to start with."""

import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from portal import checks
from portal.conf import conf

REFUSED = [
    ("portal.E001", {"PORTAL_BASE_URL": "https://signin.aws.amazon.com"}),
    ("portal.E001", {"PORTAL_HOSTS": "portal.example,d-1234567890.awsapps.com"}),
    ("portal.E001", {"PORTAL_HOSTS": "signin.aws"}),
    ("portal.E001", {"PORTAL_HOSTS": ".amazonaws.com"}),
    ("portal.E002", {"PORTAL_MAIL_SENDER": "no-reply@signin.aws"}),
    ("portal.E002", {"PORTAL_MAIL_SENDER": "AWS <no-reply@login.awsapps.com>"}),
    ("portal.E002", {"PORTAL_MAIL_DOMAINS": "amazon.com"}),
    ("portal.E002", {"PORTAL_MAIL_DOMAINS": "com"}),
    ("portal.E003", {"PORTAL_SMTP_URL": "smtp://mail.company.org:25"}),
    ("portal.E003", {"PORTAL_SMTP_URL": "smtp://mail.company.org:25", "PORTAL_MAIL_SENDER": "portal"}),
    ("portal.E003", {"PORTAL_SMTP_URL": "smtp://mail.company.org:25", "PORTAL_MAIL_SENDER": "portal@training.example"}),
    ("portal.E003", {"PORTAL_SMTP_URL": "http://mail.company.org", "PORTAL_MAIL_SENDER": "portal@training.company.org"}),
    ("portal.E003", {"PORTAL_SMTP_URL": "smtp://mail.company.org:99999", "PORTAL_MAIL_SENDER": "portal@training.company.org"}),
    ("portal.E004", {"PORTAL_TRAINING": "1", "PORTAL_PUBLIC": "1"}),
    ("portal.E004", {"PORTAL_TRAINING": "1", "PORTAL_BASE_URL": "https://portal.training.company.org"}),
    ("portal.E006", {"PORTAL_BASE_URL": "localhost:8000"}),
    ("portal.E006", {"PORTAL_BASE_URL": "ftp://localhost"}),
    ("portal.E006", {"PORTAL_BASE_URL": "http://localhost:8000/portal"}),
    ("portal.E006", {"PORTAL_BASE_URL": "http://me@localhost"}),
    ("portal.E006", {"PORTAL_BASE_URL": "http://localhost:99999"}),
    ("portal.E007", {"PORTAL_TRUSTED_PROXIES": "10.0.0.0/8,proxy"}),
    ("portal.E009", {"PORTAL_CAPTCHA_SECONDS": "five minutes"}),
    ("portal.E009", {"PORTAL_HASH_QUEUE": "many"}),
    ("portal.E010", {"PORTAL_SECURITY_CONTACT": "somebody"}),
    ("portal.E011", {"PORTAL_BRAND": "Amazon Web Services"}),
    ("portal.E011", {"PORTAL_BRAND": "AWS"}),
    ("portal.E011", {"PORTAL_BRAND": " "}),
    ("portal.E013", {"PORTAL_RP_ID": "127.0.0.1"}),
    ("portal.E013", {"PORTAL_RP_ID": "[::1]"}),
    ("portal.E013", {"PORTAL_RP_ID": "localhost:8000"}),
    ("portal.E013", {"PORTAL_RP_ID": "https://portal.company.org"}),
    ("portal.E013", {"PORTAL_RP_ID": "portal.company.org."}),
    ("portal.E014", {"PORTAL_RP_ID": "company.org", "PORTAL_RP_ORIGINS": "http://portal.company.org"}),
    ("portal.E014", {"PORTAL_RP_ID": "company.org", "PORTAL_RP_ORIGINS": "https://portal.company.org/"}),
    ("portal.E014", {"PORTAL_RP_ID": "company.org", "PORTAL_RP_ORIGINS": "https://Portal.company.org"}),
    ("portal.E014", {"PORTAL_RP_ID": "company.org", "PORTAL_RP_ORIGINS": "https://portal.company.org:443"}),
    ("portal.E014", {"PORTAL_RP_ID": "company.org", "PORTAL_RP_ORIGINS": "portal.company.org"}),
    ("portal.E014", {"PORTAL_RP_ID": "company.org", "PORTAL_RP_ORIGINS": "https://portal.company.org:99999"}),
    ("portal.E015", {"PORTAL_RP_ID": "portal.company.org", "PORTAL_RP_ORIGINS": "https://company.org"}),
    ("portal.E015", {"PORTAL_RP_ID": "company.org", "PORTAL_RP_ORIGINS": "https://mycompany.org"}),
    ("portal.E015", {"PORTAL_RP_ID": "org", "PORTAL_RP_ORIGINS": "https://company.org"}),
    ("portal.E015", {"PORTAL_RP_ID": "company.org"}),
    ("portal.E016", {"PORTAL_METRICS_TOKEN": "short"}),
    ("portal.E016", {"PORTAL_METRICS_TOKEN": "ab" * 32}),
]
ALLOWED = [
    {},
    {"PORTAL_TRAINING": "1", "PORTAL_PUBLIC": "1", "PORTAL_TRAINING_OPERATORS": "1", "PORTAL_BASE_URL": "https://portal.company.org"},
    {"PORTAL_SMTP_URL": "smtps://user:pw@mail.company.org:465", "PORTAL_MAIL_SENDER": "portal@training.company.org"},
    {"PORTAL_SMTP_URL": "smtp://127.0.0.1:1025", "PORTAL_MAIL_SENDER": "portal@training.example"},
    {"PORTAL_HOSTS": "portal.example,10.1.2.3", "PORTAL_TRUSTED_PROXIES": "10.0.0.0/8,2001:db8::1"},
    {"PORTAL_MAIL_DOMAINS": "training.company.org", "PORTAL_SECURITY_CONTACT": "https://company.org/security"},
    {"PORTAL_TRAINING": "0", "PORTAL_BASE_URL": "https://portal.company.org", "PORTAL_RP_ID": "company.org"},
    {"PORTAL_RP_ID": "company.org", "PORTAL_RP_ORIGINS": "https://portal.company.org,https://company.org:8443"},
    {"PORTAL_RP_ORIGINS": "http://localhost:8000,http://localhost:8001"},
]


def errors() -> list[str]:
    return [str(found.id) for found in checks.guard_rails() if found.level >= 40]


@pytest.mark.parametrize(("error", "environment"), REFUSED)
def test_unsafe_settings_refuse_the_start(monkeypatch: pytest.MonkeyPatch, error: str, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert error in errors()
    with pytest.raises(ImproperlyConfigured, match=error):
        checks.refuse_unsafe_start()


@pytest.mark.parametrize("environment", ALLOWED)
def test_safe_settings_start(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    checks.refuse_unsafe_start()
    assert errors() == []


@pytest.mark.parametrize("host", ["*", "signin.aws.amazon.com", ".awsapps.com"])
def test_allowed_hosts_name_no_host_of_amazons(settings: LazySettings, host: str) -> None:
    settings.ALLOWED_HOSTS = [host]
    assert "portal.E001" in errors()


def test_debugging_stays_on_this_machine(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEBUG = True
    assert "portal.E005" not in errors()
    monkeypatch.setenv("PORTAL_PUBLIC", "1")
    assert "portal.E005" in errors()


@pytest.mark.parametrize("key", ["short", "a" * 64])
def test_keys_that_can_be_guessed_refuse_the_start(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setitem(vars(conf), "secret_keys", ("x1y2z3w4" * 8, key))
    assert "portal.E008" in errors()


def test_plain_http_in_public_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TRAINING", "")
    monkeypatch.setenv("PORTAL_PUBLIC", "1")
    assert "portal.W006" in [found.id for found in checks.guard_rails()]


def test_management_commands_refuse_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_PUBLIC", "1")
    with pytest.raises(SystemCheckError, match=r"portal\.E004"):
        call_command("check")


def test_an_sqlite_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTAL_DATABASE_URL", raising=False)
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 34, 1))
    assert "portal.E012" in {found.id for found in checks.guard_rails()}
    monkeypatch.setenv("PORTAL_DATABASE_URL", "postgres://localhost/portal")
    assert "portal.E012" not in {found.id for found in checks.guard_rails()}


def test_an_address_at_which_passkeys_cannot_work_is_told_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_BASE_URL", "http://127.0.0.1:8000")
    assert "portal.W013" in [found.id for found in checks.guard_rails()]
    checks.refuse_unsafe_start()
