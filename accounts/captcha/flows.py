"""Issue a security check, show or speak it, and redeem its answer once.

A challenge is bound to one browser (a nonce in its session, which is not the session's id and so survives its renewal) and to one
purpose; the attempt that it opens keeps that it was passed. The first answer consumes the challenge, right or wrong, by one
guarded UPDATE, before the texts are compared.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.captcha.answers import canonical, new_text
from accounts.captcha.audio import speak
from accounts.captcha.image import draw
from accounts.captcha.reasons import CaptchaFailure, Reason
from accounts.models import CaptchaChallenge
from accounts.outcomes import Failure, Outcome, Success
from portal.conf import conf
from portal.core import clock
from portal.core.errors import NotFound, TooMany
from portal.core.throttle import Window
from portal.core.tokens import keyed_digest, new_token, same, seal, unseal
from portal.network.origin import network_prefix, origin_of

NONCE = "captcha.nonce"
IMAGES = 10
"""Pictures of one challenge: a reload or a step back draws another."""
RECORDINGS = Window("captcha-audio", allowed=5, seconds=900)
"""Recordings of one challenge."""
IMAGES_BY_ADDRESS = Window("captcha-image-address", allowed=60, seconds=60)
RECORDINGS_BY_ADDRESS = Window("captcha-audio-address", allowed=20, seconds=60)
ISSUED_BY_ADDRESS = Window("captcha-issued-address", allowed=120, seconds=600)
FAST_ANSWERS = Window("captcha-fast", allowed=5, seconds=600)
"""Answers faster than a person reads, by address. All numbers here are the simulator's own."""
FASTEST_READER = timedelta(seconds=1)
RECORDINGS_AT_ONCE = threading.BoundedSemaphore(1)
IMAGES_AT_ONCE = threading.BoundedSemaphore(2)
"""Places in one process: whatever is asked, pictures and recordings leave the rest of the processor to sign-ins."""


def _browser(request: HttpRequest) -> str:
    """Return the digest that this browser's challenges carry, or an empty text while it has none."""
    nonce = request.session.get(NONCE)
    return keyed_digest("captcha", nonce) if nonce else ""


def _live(request: HttpRequest) -> QuerySet[CaptchaChallenge]:
    return CaptchaChallenge.objects.filter(browser_digest=_browser(request), used_at=None, expires_at__gt=clock.now())


def _count(window: Window, *parts: str) -> None:
    wait = window.hit(*parts).wait
    if wait:
        raise TooMany(_("Too many security checks at once. Wait a little and try again."), retry_after=wait)


def issue(request: HttpRequest, *, purpose: str, reason: Reason) -> CaptchaChallenge:
    """Make a challenge for this browser and purpose; an earlier one of the same purpose is dead from now on."""
    _count(ISSUED_BY_ADDRESS, network_prefix(origin_of(request).caller))
    if not request.session.get(NONCE):
        request.session[NONCE] = new_token()
    now = clock.now()
    with transaction.atomic():
        _live(request).filter(purpose=purpose).update(used_at=now)
        return CaptchaChallenge.objects.create(
            browser_digest=_browser(request),
            purpose=purpose,
            reason=reason,
            sealed_answer=seal(new_text()),
            created_at=now,
            expires_at=now + conf.captcha_lifetime,
        )


def current(request: HttpRequest, purpose: str) -> CaptchaChallenge | None:
    """Return the challenge of this purpose that the browser may still answer."""
    return _live(request).filter(purpose=purpose).order_by("-id").first()


def answer_for(request: HttpRequest) -> str | None:
    """Return the answer of the newest challenge that this browser may still answer, of whatever purpose. For training alone."""
    challenge = _live(request).order_by("-id").first()
    return unseal(challenge.sealed_answer) if challenge else None


def redeem(request: HttpRequest, *, purpose: str, typed: str) -> Outcome:
    """Consume the browser's challenge of this purpose and tell whether `typed` is its answer."""
    challenge = current(request, purpose)
    now = clock.now()
    if challenge is None or _live(request).filter(pk=challenge.pk).update(used_at=now) != 1:
        return Failure(CaptchaFailure.EXPIRED)
    # Where training is on, answers are handed out, and an answer's speed tells nothing.
    if not conf.training and now - challenge.created_at < FASTEST_READER:
        _count(FAST_ANSWERS, network_prefix(origin_of(request).caller))
    answer = unseal(challenge.sealed_answer)
    return Success() if answer is not None and same(answer, canonical(typed=typed)) else Failure(CaptchaFailure.WRONG)


@contextmanager
def _place(places: threading.BoundedSemaphore) -> Iterator[None]:
    if not places.acquire(timeout=1):
        raise TooMany(_("Too many security checks at once. Wait a little and try again."), retry_after=1)
    try:
        yield
    finally:
        places.release()


def _render(challenge: CaptchaChallenge, render: Callable[[str], bytes], places: threading.BoundedSemaphore) -> bytes:
    answer = unseal(challenge.sealed_answer)
    if answer is None:
        raise NotFound(detail="the key that sealed this challenge is gone")
    with _place(places):
        return render(answer)


def _owned(request: HttpRequest, challenge_id: int) -> CaptchaChallenge:
    challenge = _live(request).filter(pk=challenge_id).first()
    if challenge is None:
        raise NotFound(_("This security check is no longer valid. Go back and ask for a new one."))
    return challenge


def picture(request: HttpRequest, challenge_id: int) -> bytes:
    """Return a new PNG of a live challenge of this browser. Raises `NotFound`, or `TooMany` after `IMAGES` of them."""
    _count(IMAGES_BY_ADDRESS, network_prefix(origin_of(request).caller))
    challenge = _owned(request, challenge_id)
    if not CaptchaChallenge.objects.filter(pk=challenge.pk, renders__lt=IMAGES).update(renders=F("renders") + 1):
        raise TooMany(_("This picture was shown too often. Ask for a new one."), retry_after=1)
    return _render(challenge, lambda text: draw(text=text), IMAGES_AT_ONCE)


def recording(request: HttpRequest, challenge_id: int) -> bytes:
    """Return a new WAV of a live challenge of this browser. Raises `NotFound`, or `TooMany` beyond `RECORDINGS`."""
    _count(RECORDINGS_BY_ADDRESS, network_prefix(origin_of(request).caller))
    challenge = _owned(request, challenge_id)
    _count(RECORDINGS, str(challenge.pk))
    return _render(challenge, lambda text: speak(text=text), RECORDINGS_AT_ONCE)
