"""Wake the worker for one mail, from a thread of its own, so that a slow or absent broker holds up no request."""

import logging
import threading
from contextlib import suppress
from queue import Empty, Full, Queue

from celery.exceptions import CeleryError
from kombu.exceptions import KombuError
from redis import RedisError

from accounts.mail.tasks import deliver

logger = logging.getLogger("portal.mail")

_waiting: Queue[int] = Queue(maxsize=1000)
_lock = threading.Lock()
_publisher: threading.Thread | None = None


def nudge(mail_id: int) -> None:
    """Ask the worker to deliver this mail now. Returns at once and never raises; what is lost here the sweep finds."""
    with suppress(Full):
        _waiting.put_nowait(mail_id)
        _start_publisher()


def _start_publisher() -> None:
    global _publisher
    if _publisher is None or not _publisher.is_alive():
        with _lock:
            if _publisher is None or not _publisher.is_alive():
                _publisher = threading.Thread(target=_publish_forever, name="mail-nudge", daemon=True)
                _publisher.start()


def _publish_forever() -> None:
    while True:
        mail_id = _waiting.get()
        try:
            deliver.apply_async((mail_id,), retry=False)
        except (CeleryError, KombuError, RedisError, OSError) as error:
            logger.warning("The broker does not answer (%s); the sweep will deliver mail #%d.", type(error).__name__, mail_id)
            _forget_waiting()


def _forget_waiting() -> None:
    """Drop what else is waiting: a broker that just failed would cost one time-out each, and the sweep finds them all."""
    with suppress(Empty):
        while True:
            _waiting.get_nowait()
