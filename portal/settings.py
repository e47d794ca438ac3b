"""Django's settings, derived from `portal.conf`. Nothing here is read from the environment directly."""

import dj_database_url

from portal.conf import BASE_DIR, conf

SECRET_KEY, *SECRET_KEY_FALLBACKS = conf.secret_keys
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", ".localhost", conf.host, *conf.extra_hosts]

INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "accounts.apps.AccountsConfig",
    "mfa.apps.MfaConfig",
    "policies.apps.PoliciesConfig",
    "portal.admin_site.OperatorAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
]

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

MIDDLEWARE = [
    "portal.guardrails.middleware.ResponseHeaders",
    "portal.awsapi.middleware.SignedCalls",
    "portal.core.language.Language",
    "portal.guardrails.middleware.EntryHosts",
    "accounts.sessions.middleware.SessionsWhenUsed",
    "accounts.sessions.middleware.SessionBoundCsrf",
    "accounts.sessions.middleware.OperatorAuthentication",
    "portal.admin_site.middleware.AdminMessages",
    "portal.guardrails.middleware.TypedInput",
    "policies.enforcement.middleware.SigninPolicies",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "portal.core.localised.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.guardrails.context.chrome",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]
PAGE_HOLES = "portal.guardrails.context.holes"
"""What every page has that belongs to one visitor (see `portal.core.pages`)."""

_database = dj_database_url.parse(conf.database_url)
if _database["ENGINE"].endswith("sqlite3"):
    _database |= {
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-2000;",
        },
    }
else:
    # Each thread keeps its connection: taking one from a pool and giving it back costs as much as a query (decision record 006).
    # A server that is silent is given up after seconds, not minutes. What the address says (`?sslmode=require`) goes first.
    _patience = {"connect_timeout": 5, "keepalives_idle": 30, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 10_000}
    _database |= {"CONN_MAX_AGE": None, "OPTIONS": _patience | _database.get("OPTIONS", {})}
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": conf.redis_url,
        "OPTIONS": {"serializer": "portal.core.cache.JsonSerializer", "socket_timeout": 1, "socket_connect_timeout": 1},
    }
}
SESSION_ENGINE = "accounts.sessions.store"
SESSION_COOKIE_NAME = "__Host-attempt" if conf.secure else "attempt"
SESSION_COOKIE_AGE = int(conf.attempt_lifetime.total_seconds())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = conf.secure
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if conf.secure else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None
CSRF_FAILURE_VIEW = "portal.guardrails.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [conf.base_url] if conf.secure else []

AUTH_USER_MODEL = "accounts.Principal"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["accounts.credentials.hashing.Argon2id"]
LOGIN_URL = "/signin/operator"

USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ja", "日本語")]
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = conf.secure

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = conf.data_dir / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "portal.core.static_files.HashedFiles"},
}

POLICY_LAYERS = ["policies.enforcement.layers.console_policies"]

DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 0

EMAIL_BACKEND = "portal.inbox.backend.InboxBackend"
DEFAULT_FROM_EMAIL = "no-reply@signin.aws.example"

CELERY_BROKER_URL = conf.redis_url
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 2, "socket_connect_timeout": 1, "visibility_timeout": 300}
CELERY_TIMEZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING"},
        # Django would log paths, which may hold a mailed link's token; `portal.guardrails` logs what went wrong without them.
        "django.request": {"level": "CRITICAL"},
        "django.security": {"level": "CRITICAL"},
        "portal": {"level": "INFO"},
    },
}

SECURE_CONTENT_TYPE_NOSNIFF = True
SILENCED_SYSTEM_CHECKS: list[str] = []
