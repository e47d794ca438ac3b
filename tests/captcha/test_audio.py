import time
import wave
from collections.abc import Callable
from io import BytesIO
from itertools import pairwise

import pytest
from captcha.audio import AudioCaptcha

from accounts.captcha.answers import ALPHABET, new_text
from accounts.captcha.audio import RATE, speak

FRAME = RATE // 50


def _samples(recording: bytes) -> bytes:
    with wave.open(BytesIO(recording)) as opened:
        assert (opened.getframerate(), opened.getnchannels(), opened.getsampwidth()) == (RATE, 1, 1)
        return bytes(opened.readframes(-1))


def _profile(sound: bytes, points: int = 24) -> list[tuple[float, float]]:
    """Return loudness and zero crossings of a sound in equal parts: what a simple matcher compares."""
    size = max(1, len(sound) // points)
    parts = [sound[start : start + size] for start in range(0, size * points, size)]
    return [
        (
            sum(abs(value - 128) for value in part) / len(part) if part else 0.0,
            40 * sum((one < 128) != (other < 128) for one, other in pairwise(part)) / len(part) if part else 0.0,
        )
        for part in parts
    ]


def _distance(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> float:
    return sum((a - c) ** 2 + (b - d) ** 2 for (a, b), (c, d) in zip(one, other, strict=True))


def _trimmed(sound: bytes, murmur: int) -> bytes:
    loud = [index for index, value in enumerate(sound) if abs(value - 128) > 2 * murmur]
    return sound[loud[0] : loud[-1] + 1] if loud else sound


def _characters(samples: bytes, *, murmur: int, most: int = 6) -> list[bytes]:
    """Return the longest stretches louder than the murmur, in order of time; a pause under 0.2 s is part of a character."""
    frames = [sum(abs(value - 128) for value in samples[start : start + FRAME]) / FRAME for start in range(0, len(samples), FRAME)]
    stretches: list[list[int]] = []
    for index, loudness in enumerate(frames):
        if loudness > murmur:
            if stretches and index - stretches[-1][1] < 10:
                stretches[-1][1] = index + 1
            else:
                stretches.append([index, index + 1])
    longest = sorted(sorted(stretches, key=lambda stretch: stretch[0] - stretch[1])[:most])
    return [_trimmed(samples[max(0, first - 1) * FRAME : (last + 1) * FRAME], murmur) for first, last in longest]


def _matcher(voices: dict[str, bytes], *, murmur: int) -> Callable[[bytes], str]:
    """Return what reads a recording by the voices that anyone can take."""
    templates = {character: _profile(_characters(voice, murmur=murmur, most=1)[0]) for character, voice in voices.items()}

    def read(samples: bytes) -> str:
        profiles = map(_profile, _characters(samples, murmur=murmur))
        return "".join(min(templates, key=lambda name: _distance(templates[name], profile)) for profile in profiles)

    return read


@pytest.fixture(scope="module")
def voices() -> dict[str, bytes]:
    """The recordings that anyone can take from the package."""
    package = AudioCaptcha()
    package.load()
    return {character: bytes(package._cache[character][0]) for character in ALPHABET}


def test_a_recording_speaks_for_five_to_fifteen_seconds() -> None:
    for _ in range(5):
        assert 5 <= len(_samples(speak(text=new_text()))) / RATE <= 15


def test_every_character_has_a_voice() -> None:
    assert all(_samples(speak(text=character)) for character in ALPHABET)


def test_cap_04_no_recording_repeats_and_lengths_tell_nothing() -> None:
    recordings = [speak(text="ACE347") for _ in range(40)]
    assert len(set(recordings)) == 40
    lengths = {len(recording) for recording in recordings}
    assert len(lengths) >= 38
    assert max(lengths) - min(lengths) > RATE


def test_cap_04_a_simple_template_matcher_reads_less_than_a_fifth(voices: dict[str, bytes]) -> None:
    pause = b"\x80" * (RATE // 2)
    texts = [new_text() for _ in range(20)]
    read = _matcher(voices, murmur=5)
    plain = sum(read(pause.join(voices[character] for character in text)) == text for text in texts)
    assert plain > 15, "the matcher must be able to read the voices as they are"
    spoken = [_samples(speak(text=text))[RATE // 2 :] for text in texts]
    for murmur in (5, 9, 12):
        read = _matcher(voices, murmur=murmur)
        assert sum(read(samples) == text for samples, text in zip(spoken, texts, strict=True)) < 4


def test_cap_05_a_recording_costs_little_processor_time() -> None:
    speak(text="ACE347")
    began = time.process_time()
    for _ in range(5):
        speak(text="ACE347")
    assert (time.process_time() - began) / 5 < 0.2
