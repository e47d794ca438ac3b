"""Speak a text over a murmur of voices, so that people understand it and a program that compares recordings does not.

The voices are those of the `captcha` package: English letters and digits, 8 kHz, 8 bits, mono, in which 128 is silence. Its mixing
costs most of a second of CPU; this one works on whole runs of samples at a time and costs a fortieth.
"""

import secrets
from functools import cache
from operator import add

from captcha.audio import BEEP, END_BEEP, AudioCaptcha

RATE = 8000
"""Samples a second."""
_SUM = bytes(max(0, min(255, total - 128)) for total in range(511))
"""Two samples' sum, clipped."""
_HISS = bytes(125 + value % 7 for value in range(256))
"""Turns random bytes into a hiss of three steps around silence."""


def _between(low: float, high: float) -> float:
    return low + (high - low) * secrets.randbelow(10_001) / 10_000


def _silence(seconds: float) -> bytearray:
    return bytearray(b"\x80") * int(seconds * RATE)


def _louder(sound: bytes | bytearray, level: float) -> bytearray:
    """Scale a sound by `level`."""
    return bytearray(sound.translate(bytes(max(0, min(255, round(128 + (value - 128) * level))) for value in range(256))))


def _stretched(sound: bytes | bytearray, low: float, high: float) -> bytearray:
    """Slow down and speed up a sound in pieces of about 60 ms, each by its own factor between `low` and `high`."""
    result = bytearray()
    start = 0
    while start < len(sound):
        end = min(len(sound), start + 320 + secrets.randbelow(321))
        factor = _between(low, high)
        step = 1 / factor
        result += bytes([sound[start + int(index * step)] for index in range(int((end - start) * factor))])
        start = end
    return result


def _mixed(one: bytes | bytearray, other: bytes | bytearray) -> bytearray:
    """Add two sounds of the same length."""
    return bytearray(map(_SUM.__getitem__, map(add, one, other)))


class Speaker(AudioCaptcha):
    """Reads a text aloud: one beep, the characters with pauses between, one beep, all of it over a murmur."""

    def create_background_noise(self, length: int, chars: str) -> bytearray:  # the package names it
        """Return `length` samples of backward speech over hiss; the speech has nothing to do with `chars`."""
        murmur = bytearray()
        while len(murmur) < length:
            voice = secrets.choice(self._cache[secrets.choice(self.choices)])[::-1]
            murmur += _louder(_stretched(voice, 0.7, 1.6), _between(0.25, 0.45)) + _silence(_between(0, 0.08))
        hiss = secrets.token_bytes(length).translate(_HISS)
        return _mixed(murmur[:length], hiss)

    def create_wave_body(self, chars: str) -> bytearray:
        """Return the samples of the whole recording."""
        speech = _silence(_between(0.5, 1.5))
        for character in chars:
            voice = _stretched(secrets.choice(self._cache[character]), 0.85, 1.35)
            speech += _louder(voice, _between(0.75, 1.25)) + _silence(_between(0.35, 1.1))
        speech += _silence(_between(0, 0.6))
        return BEEP + _mixed(speech, self.create_background_noise(len(speech), chars)) + END_BEEP


@cache
def _speaker() -> Speaker:
    return Speaker()


def speak(*, text: str) -> bytes:
    """Return `text`, capitals and digits, as a WAV recording of about eight seconds (8 kHz, mono); no two are alike."""
    return bytes(_speaker().generate(text))
