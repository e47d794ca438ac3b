"""Typed settings of the portal, read from the environment once and checked at start (see `portal.checks`).

Every property documents its variable, its unit and its default. Values the cloud does not publish say so: they are the
simulator's own.
"""

import ipaddress
import os
import secrets
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent

CACHE_NOTE = Path("run") / "cache-url"
"""Where in its data folder a running demo notes the address and password of its embedded cache, readable by its owner alone."""


def _flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, "").strip().lower()
    return default if not value else value in {"1", "true", "yes", "on"}


def _list(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in os.environ.get(name, "").split(",") if part.strip())


def _seconds(name: str, default: timedelta) -> timedelta:
    value = os.environ.get(name, "").strip()
    return timedelta(seconds=int(value)) if value else default


def is_loopback(host: str) -> bool:
    """Tell whether a host's name or address is this very machine's."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class PortalSettings:
    """Settings as properties, each read when it is first asked for and then kept: a request asks for some twenty.

    Instantiate once (`conf`). Whoever changes the environment afterwards, as the supervisor and tests do, calls `reread`.
    """

    def reread(self) -> None:
        """Forget what was read, so that the environment as it is now counts."""
        vars(self).clear()

    @cached_property
    def data_dir(self) -> Path:
        """`PORTAL_DATA`: folder for the database, keys and run files. Default `var/` in the checkout."""
        return Path(os.environ.get("PORTAL_DATA") or BASE_DIR / "var")

    @cached_property
    def base_url(self) -> str:
        """`PORTAL_BASE_URL`: the one origin of the portal, used in mails and redirects; never taken from a Host header."""
        return os.environ.get("PORTAL_BASE_URL", "http://localhost:8000").rstrip("/")

    @cached_property
    def host(self) -> str:
        """Host name of `base_url`, without the port."""
        return urlsplit(self.base_url).hostname or "localhost"

    @cached_property
    def secure(self) -> bool:
        """Whether the portal is reached over TLS: then cookies are `Secure` and carry the `__Host-` prefix."""
        return self.base_url.startswith("https://")

    @cached_property
    def brand(self) -> str:
        """`PORTAL_BRAND`: name of the simulated cloud on pages and in mails."""
        return os.environ.get("PORTAL_BRAND", "Simulated AWS")

    @cached_property
    def public(self) -> bool:
        """`PORTAL_PUBLIC`: 1 lets the server bind beyond loopback."""
        return _flag("PORTAL_PUBLIC")

    @cached_property
    def reachable(self) -> bool:
        """Whether others than this machine's own people reach the portal: it binds beyond loopback, or a proxy serves it under a name."""
        return self.public or not is_loopback(self.host)

    @cached_property
    def training(self) -> bool:
        """`PORTAL_TRAINING`: 1 gives trainers the clock, the reset, and captcha answers. The demo sets it."""
        return _flag("PORTAL_TRAINING")

    @cached_property
    def training_needs_operator(self) -> bool:
        """`PORTAL_TRAINING_OPERATORS`: 1 asks for an operator's sign-in before any training control. Needed wherever others reach the portal."""
        return _flag("PORTAL_TRAINING_OPERATORS")

    @cached_property
    def extra_hosts(self) -> tuple[str, ...]:
        """`PORTAL_HOSTS`: further host names the portal answers to, comma-separated."""
        return _list("PORTAL_HOSTS")

    @cached_property
    def trusted_proxies(self) -> tuple[str, ...]:
        """`PORTAL_TRUSTED_PROXIES`: addresses or CIDR blocks whose `X-Forwarded-For` counts. The proxy must drop `X_Forwarded_For`."""
        return _list("PORTAL_TRUSTED_PROXIES")

    @cached_property
    def mail_domains(self) -> tuple[str, ...]:
        """`PORTAL_MAIL_DOMAINS`: the operator's own domains that may be typed and mailed to, beside the reserved ones."""
        return tuple(domain.lower() for domain in _list("PORTAL_MAIL_DOMAINS"))

    @cached_property
    def smtp_url(self) -> str:
        """`PORTAL_SMTP_URL`: `smtp://user:password@host:port` or `smtps://…`. Empty: mails land in the inbox only."""
        return os.environ.get("PORTAL_SMTP_URL", "")

    @cached_property
    def mail_sender(self) -> str:
        """`PORTAL_MAIL_SENDER`: sender address of the operator's own domain. Needed with a real SMTP server."""
        return os.environ.get("PORTAL_MAIL_SENDER", "")

    @cached_property
    def database_url(self) -> str:
        """`PORTAL_DATABASE_URL`: `postgres://…`; default SQLite in `data_dir`."""
        return os.environ.get("PORTAL_DATABASE_URL") or f"sqlite:///{self.data_dir / 'portal.sqlite3'}"

    @cached_property
    def redis_url(self) -> str:
        """`PORTAL_REDIS_URL`: Redis or Valkey. Default: the embedded one of the demo that runs on `data_dir`, else one on this machine."""
        return os.environ.get("PORTAL_REDIS_URL") or self._cache_of_demo() or "redis://127.0.0.1:6379/0"

    def _cache_of_demo(self) -> str:
        """Return what the demo noted of its cache, for commands beside it; empty where none runs."""
        try:
            return (self.data_dir / CACHE_NOTE).read_text("utf-8").strip()
        except OSError:
            return ""

    @cached_property
    def web_workers(self) -> int:
        """`PORTAL_WEB_WORKERS`: web server processes on this machine; the password-hash slots are shared out among them."""
        return max(1, int(os.environ.get("PORTAL_WEB_WORKERS", "1")))

    @cached_property
    def hash_slots(self) -> int:
        """`PORTAL_HASH_SLOTS`: password hashes at once in one process. Default: the machine's cores ÷ web workers, at least 1."""
        value = os.environ.get("PORTAL_HASH_SLOTS")
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return max(1, int(value) if value else cores // self.web_workers)

    @cached_property
    def hash_queue(self) -> int:
        """`PORTAL_HASH_QUEUE`: password checks that may wait for a slot in one process before 429 is answered. Default 16."""
        return max(0, int(os.environ.get("PORTAL_HASH_QUEUE", "16")))

    @cached_property
    def attempt_lifetime(self) -> timedelta:
        """`PORTAL_ATTEMPT_SECONDS`: how long an unfinished sign-in lives. Default 15 minutes (simulator's own)."""
        return _seconds("PORTAL_ATTEMPT_SECONDS", timedelta(minutes=15))

    @cached_property
    def console_session_lifetime(self) -> timedelta:
        """`PORTAL_CONSOLE_SESSION_SECONDS`: absolute lifetime of a console session. Default 12 hours (IAM user guide)."""
        return _seconds("PORTAL_CONSOLE_SESSION_SECONDS", timedelta(hours=12))

    @cached_property
    def console_idle_lifetime(self) -> timedelta:
        """`PORTAL_CONSOLE_IDLE_SECONDS`: idle time that ends a console session; 0 = none, as the cloud does (NIST 800-63B-4 §2.2.3 advises 3600)."""
        return _seconds("PORTAL_CONSOLE_IDLE_SECONDS", timedelta(0))

    @cached_property
    def captcha_lifetime(self) -> timedelta:
        """`PORTAL_CAPTCHA_SECONDS`: validity of a security check. Default 5 minutes."""
        return _seconds("PORTAL_CAPTCHA_SECONDS", timedelta(minutes=5))

    @cached_property
    def rp_id(self) -> str:
        """`PORTAL_RP_ID`: relying-party id of passkeys (WebAuthn §5.4.2): the portal's host or a registrable parent of it. Default: the host."""
        return os.environ.get("PORTAL_RP_ID", "").strip().lower() or self.host

    @cached_property
    def rp_origins(self) -> tuple[str, ...]:
        """`PORTAL_RP_ORIGINS`: origins whose pages may use passkeys, comma-separated, compared exactly. Default: the base URL's."""
        return _list("PORTAL_RP_ORIGINS") or (self.base_url,)

    @cached_property
    def root_mfa_grace(self) -> timedelta:
        """`PORTAL_ROOT_MFA_GRACE_SECONDS`: how long a root user may put off its second factor. Default 35 days from the first sign-in (IAM guide)."""
        return _seconds("PORTAL_ROOT_MFA_GRACE_SECONDS", timedelta(days=35))

    @cached_property
    def reauthentication_lifetime(self) -> timedelta:
        """`PORTAL_REAUTHENTICATION_SECONDS`: how recently someone must have proved who it is to change a second factor. Default 10 minutes."""
        return _seconds("PORTAL_REAUTHENTICATION_SECONDS", timedelta(minutes=10))

    @cached_property
    def trusted_device_lifetime(self) -> timedelta:
        """`PORTAL_TRUSTED_DEVICE_SECONDS`: how long a device is trusted. Default 90 days (simulator's own)."""
        return _seconds("PORTAL_TRUSTED_DEVICE_SECONDS", timedelta(days=90))

    @cached_property
    def ceremony_lifetime(self) -> timedelta:
        """`PORTAL_CEREMONY_SECONDS`: validity of a WebAuthn challenge. Default 5 minutes (WebAuthn Level 3 §15.1 advises 5 to 10)."""
        return _seconds("PORTAL_CEREMONY_SECONDS", timedelta(minutes=5))

    @cached_property
    def factor_recovery_lifetime(self) -> timedelta:
        """`PORTAL_FACTOR_RECOVERY_SECONDS`: validity of a root user's alternative factors, link and call. Default 1 hour (simulator's own)."""
        return _seconds("PORTAL_FACTOR_RECOVERY_SECONDS", timedelta(hours=1))

    @cached_property
    def reset_link_lifetime(self) -> timedelta:
        """`PORTAL_RESET_LINK_SECONDS`: validity of a password reset link. Default 1 hour (simulator's own)."""
        return _seconds("PORTAL_RESET_LINK_SECONDS", timedelta(hours=1))

    @cached_property
    def mailed_code_lifetime(self) -> timedelta:
        """`PORTAL_MAILED_CODE_SECONDS`: validity of a mailed code. Default 10 minutes (NIST 800-63B-4 §3.1.3.2's ceiling)."""
        return _seconds("PORTAL_MAILED_CODE_SECONDS", timedelta(minutes=10))

    @cached_property
    def authorization_code_lifetime(self) -> timedelta:
        """`PORTAL_AUTHORIZATION_CODE_SECONDS`: validity of an OAuth authorization code. Default 60 s."""
        return _seconds("PORTAL_AUTHORIZATION_CODE_SECONDS", timedelta(seconds=60))

    @cached_property
    def confirmation_code_lifetime(self) -> timedelta:
        """`PORTAL_CONFIRMATION_CODE_SECONDS`: validity of a code that a person carries to another machine. Default, and at most, 10 minutes.

        RFC 6749 §4.1.2 advises no more, and one minute is too short for typing.
        """
        return min(_seconds("PORTAL_CONFIRMATION_CODE_SECONDS", timedelta(minutes=10)), timedelta(minutes=10))

    @cached_property
    def login_credentials_lifetime(self) -> timedelta:
        """`PORTAL_LOGIN_CREDENTIALS_SECONDS`: lifetime of what `aws login` gets. Default, and at most, 15 minutes (service model `signin`)."""
        return min(_seconds("PORTAL_LOGIN_CREDENTIALS_SECONDS", timedelta(minutes=15)), timedelta(minutes=15))

    @cached_property
    def login_grant_lifetime(self) -> timedelta:
        """`PORTAL_LOGIN_GRANT_SECONDS`: how long a program's sign-in is refreshed. Default 12 hours (guide, "Login with console credentials")."""
        return _seconds("PORTAL_LOGIN_GRANT_SECONDS", timedelta(hours=12))

    @cached_property
    def access_token_lifetime(self) -> timedelta:
        """`PORTAL_ACCESS_TOKEN_SECONDS`: lifetime of an OAuth access token. Default, and at most, 1 hour (guide, "Token lifecycle")."""
        return min(_seconds("PORTAL_ACCESS_TOKEN_SECONDS", timedelta(hours=1)), timedelta(hours=1))

    @cached_property
    def oauth_services(self) -> tuple[str, ...]:
        """`PORTAL_OAUTH_SERVICES`: principals of the services that OAuth tokens are for. Default `aws-mcp.amazonaws.com` (guide)."""
        return _list("PORTAL_OAUTH_SERVICES") or ("aws-mcp.amazonaws.com",)

    @cached_property
    def oauth_redirect_uris(self) -> tuple[str, ...]:
        """`PORTAL_OAUTH_REDIRECT_URIS`: where codes of registered clients may go beside loopback; `https://host/*` allows a whole host."""
        return _list("PORTAL_OAUTH_REDIRECT_URIS")

    @cached_property
    def policy_propagation(self) -> timedelta:
        """`PORTAL_POLICY_PROPAGATION_SECONDS`: how long a change of sign-in policies takes to other Regions. Default 20 s (the cloud: minutes)."""
        return _seconds("PORTAL_POLICY_PROPAGATION_SECONDS", timedelta(seconds=20))

    @cached_property
    def statement_quota(self) -> int:
        """`PORTAL_STATEMENT_QUOTA`: permission statements of one account at most. Default 100 (simulator's own: the cloud publishes none)."""
        return max(1, int(os.environ.get("PORTAL_STATEMENT_QUOTA", "100")))

    @cached_property
    def policies_per_target(self) -> int:
        """`PORTAL_POLICIES_PER_TARGET`: RCPs, and SCPs, attached to one root, unit or account at most, AWS's own included. Default 5 (unverified)."""
        return max(1, int(os.environ.get("PORTAL_POLICIES_PER_TARGET", "5")))

    @cached_property
    def signature_skew(self) -> timedelta:
        """`PORTAL_SIGNATURE_SKEW_SECONDS`: how far a signed request's time may be from real time, either way. Default 5 minutes (IAM user guide)."""
        return _seconds("PORTAL_SIGNATURE_SKEW_SECONDS", timedelta(minutes=5))

    @cached_property
    def trail_retention(self) -> timedelta:
        """`PORTAL_TRAIL_SECONDS`: how long events are kept. Default 90 days (CloudTrail event history)."""
        return _seconds("PORTAL_TRAIL_SECONDS", timedelta(days=90))

    @cached_property
    def metrics_token(self) -> str:
        """`PORTAL_METRICS_TOKEN`: what a scraper sends as bearer token to read `/metrics`. Empty, the default: there is no such address."""
        return os.environ.get("PORTAL_METRICS_TOKEN", "").strip()

    @cached_property
    def latency_region(self) -> str:
        """`PORTAL_LATENCY_REGION`: region of the global endpoint's events once the browser remembers an account. Default us-east-2.

        The cloud picks us-east-2, eu-north-1 or ap-southeast-2 by latency.
        """
        return os.environ.get("PORTAL_LATENCY_REGION", "us-east-2")

    @cached_property
    def security_contact(self) -> str:
        """`PORTAL_SECURITY_CONTACT`: address or URL in /.well-known/security.txt and on the page about misuse."""
        return os.environ.get("PORTAL_SECURITY_CONTACT", "mailto:security@localhost")

    @cached_property
    def secret_keys(self) -> tuple[str, ...]:
        """`PORTAL_SECRET_KEYS`: newest first; older ones still verify and decrypt. Default: one made at first start, kept 0600 in `data_dir`."""
        given = _list("PORTAL_SECRET_KEYS")
        return given or (self._generated_key(),)

    def _generated_key(self) -> str:
        path = self.data_dir / "secret-key"
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            key = secrets.token_urlsafe(48)
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                return path.read_text().strip()
            with os.fdopen(descriptor, "w") as file:
                file.write(key)
            return key


conf = PortalSettings()
