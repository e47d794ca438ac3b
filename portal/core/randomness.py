"""Random octets for what nobody may guess, and the ids made of them.

They come from OpenSSL's generator, which the system's seeds, and again in every new process (NIST SP 800-90A). Asking the system itself
lets go of the interpreter each time, and one answer to a program needs six of them: where several threads ask at once, waiting for
one's turn again costs more than all six (decision record 006).
"""

from ssl import RAND_bytes
from uuid import UUID


def octets(count: int) -> bytes:
    """Return `count` random octets."""
    return RAND_bytes(count)


def uuid() -> UUID:
    """Return a random UUID (RFC 9562 §5.4)."""
    return UUID(bytes=RAND_bytes(16), version=4)
