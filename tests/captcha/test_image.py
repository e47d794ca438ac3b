import random
from io import BytesIO

from PIL import Image

from accounts.captcha.image import HEIGHT, INK, WIDTH, draw


def _opened(png: bytes) -> Image.Image:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return Image.open(BytesIO(png)).convert("RGB")


def test_a_picture_is_a_png_in_which_the_ink_is_dark_enough_to_read() -> None:
    picture = _opened(draw(text="ACE347"))
    assert picture.size == (WIDTH, HEIGHT)
    darkest = picture.convert("L").getextrema()[0]
    assert isinstance(darkest, int | float)
    assert darkest < sum(INK[:3]) / 3 + 40


def test_no_two_pictures_of_one_text_are_alike() -> None:
    assert len({draw(text="ACE347") for _ in range(20)}) == 20


def test_cap_06_drawing_leaves_the_process_wide_generator_alone() -> None:
    random.seed(7)
    expected = random.random()
    random.seed(7)
    draw(text="ACE347")
    assert random.random() == expected
