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


class Publisher:
    """One daemon thread, started with the first mail of the process, that publishes what is put into a bounded queue."""

    def __init__(self) -> None:
        self._waiting: Queue[int] = Queue(maxsize=1000)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, mail_id: int) -> None:
        """Leave one mail's id with the thread, or nowhere when the queue is full."""
        with suppress(Full):
            self._waiting.put_nowait(mail_id)
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._publish_forever, name="mail-nudge", daemon=True)
                self._thread.start()

    def _publish_forever(self) -> None:
        while True:
            mail_id = self._waiting.get()
            try:
                deliver.apply_async((mail_id,), retry=False)
            except (CeleryError, KombuError, RedisError, OSError) as error:
                logger.warning("The broker does not answer (%s); the sweep will deliver mail #%d.", type(error).__name__, mail_id)
                self._forget_waiting()

    def _forget_waiting(self) -> None:
        """Drop what else waits: a broker that just failed would cost one time-out for each, and the sweep finds them all."""
        with suppress(Empty):
            while True:
                self._waiting.get_nowait()


_publisher = Publisher()


def nudge(mail_id: int) -> None:
    """Ask the worker to deliver this mail now. Returns at once and never fails; what is lost here the sweep finds."""
    _publisher.put(mail_id)
