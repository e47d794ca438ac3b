"""Draw a text as a picture that people read and simple programs do not."""

from functools import cache
from typing import ClassVar

from captcha.image import ImageCaptcha

WIDTH = 320
HEIGHT = 110
"""Size of the picture in pixels."""


INK = (30, 41, 66, 255)
PAPER = (246, 247, 249)
_INK_LUMINANCE = (INK[0] * 299 + INK[1] * 587 + INK[2] * 114) / 1000


class Painter(ImageCaptcha):
    """Draws in one dark ink: the package takes a character's luminance for its opacity, which leaves dark ink too faint to read."""

    lookup_table: ClassVar[list[int]] = [min(255, int(value * 255 / _INK_LUMINANCE)) for value in range(256)]  # type: ignore[misc]  # the package declares it an instance's


@cache
def _painter() -> Painter:
    return Painter(width=WIDTH, height=HEIGHT, font_sizes=(58, 66, 74))


def draw(*, text: str) -> bytes:
    """Return `text` as a PNG of 320 × 110 pixels. Every call bends and turns it anew (about 10 ms of CPU)."""
    return _painter().generate(text, bg_color=PAPER, fg_color=INK).getvalue()
