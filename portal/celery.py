"""The Celery application: mail delivery and periodic work."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.set_default()  # the current application is a thread's own otherwise, and threads of the web server would publish to no broker
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        *("accounts.mail", "accounts.credentials", "accounts.oauth", "accounts.sessions", "mfa", "policies.recovery"),
        *("portal.trail", "portal.inbox", "portal.rehearsal", "portal.metrics"),
    ]
)
app.conf.beat_schedule = {
    "mail-sweep": {"task": "accounts.mail.tasks.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "mail-forget-old": {"task": "accounts.mail.tasks.forget_old", "schedule": 3600.0, "options": {"expires": 3600}},
    "inbox-purge": {"task": "portal.inbox.tasks.purge", "schedule": 3600.0, "options": {"expires": 3600}},
    "trail-purge": {"task": "portal.trail.tasks.purge", "schedule": 3600.0, "options": {"expires": 3600}},
    "trail-seal": {"task": "portal.trail.tasks.seal", "schedule": 60.0, "options": {"expires": 60}},
    "trail-verify": {"task": "portal.trail.tasks.verify", "schedule": 3600.0, "options": {"expires": 3600}},
    "metrics-beat": {"task": "portal.metrics.tasks.beat", "schedule": 15.0, "options": {"expires": 15}},
    "credentials-purge": {"task": "accounts.credentials.tasks.purge_expired", "schedule": 3600.0, "options": {"expires": 3600}},
    "sessions-purge": {"task": "accounts.sessions.tasks.purge_over", "schedule": 3600.0, "options": {"expires": 3600}},
    "registrations-purge": {"task": "accounts.oauth.tasks.purge_registrations", "schedule": 3600.0, "options": {"expires": 3600}},
    "rehearsal-purge": {"task": "portal.rehearsal.tasks.purge", "schedule": 3600.0, "options": {"expires": 3600}},
    "recovery-purge": {"task": "policies.recovery.tasks.purge", "schedule": 3600.0, "options": {"expires": 3600}},
    "mfa-purge": {"task": "mfa.tasks.purge", "schedule": 3600.0, "options": {"expires": 3600}},
}
