from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.credentials.tasks import purge_expired
from accounts.models import CaptchaChallenge, MailedCode
from portal.celery import app
from portal.core import clock


def _expiring(name: str, age: timedelta) -> None:
    expires_at = clock.now() - age
    CaptchaChallenge.objects.create(browser_digest=name, purpose="x", reason="sign_up", sealed_answer="", expires_at=expires_at)
    MailedCode.objects.create(attempt_digest=name, purpose="x", code_digest="", expires_at=expires_at)


def test_what_expired_a_day_ago_is_deleted(db: None) -> None:
    _expiring("old", timedelta(days=1, seconds=1))
    _expiring("recent", timedelta(hours=23))
    _expiring("live", timedelta(minutes=-5))
    assert purge_expired() == 2
    assert set(CaptchaChallenge.objects.values_list("browser_digest", flat=True)) == {"recent", "live"}
    assert set(MailedCode.objects.values_list("attempt_digest", flat=True)) == {"recent", "live"}


def test_the_purge_goes_by_the_simulated_clock(db: None) -> None:
    _expiring("live", timedelta(minutes=-5))
    clock.advance(timedelta(days=2))
    assert clock.now() > timezone.now()
    assert purge_expired() == 2


def test_the_purge_runs_every_hour() -> None:
    line = next(line for line in app.conf.beat_schedule.values() if line["task"] == purge_expired.name)
    assert line["schedule"] == pytest.approx(3600)
    app.loader.import_default_modules()
    assert purge_expired.name in app.tasks
