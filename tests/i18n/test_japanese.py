"""Japanese is written one way everywhere: the same words for the same things, the same signs, the same spaces."""

import re
from collections.abc import Iterator

import pytest

from portal.messages.catalogue import folder_of, read

VARIANTS = {
    "ブラウザー": re.compile("ブラウザ(?!ー)"),
    "ユーザー": re.compile("ユーザ(?!ー)"),
    "フォルダー": re.compile("フォルダ(?!ー)"),
    "サーバー": re.compile("サーバ(?!ー)"),
    "サインイン": re.compile("ログイン|ログオン"),
    "サインアウト": re.compile("ログアウト|ログオフ"),
    "メール": re.compile("E ?メール|電子メール"),
    "検証コード": re.compile("認証コード|確認コード"),
    "パスワード": re.compile("暗証"),
    "half-width letters and digits": re.compile("[Ａ-Ｚａ-ｚ０-９]"),
    "full-width kana": re.compile("[ｦ-ﾟ]"),
    "half-width signs": re.compile("[！？：；（）％＆＋＠]"),
    "a space between kana or kanji and Latin letters": re.compile("[ぁ-ヶ一-龥][A-Za-z0-9]|[A-Za-z0-9][ぁ-ヶ一-龥]"),
    "no space at the end of a text": re.compile(r"\s\Z|\A\s"),
    "one sentence end": re.compile("。。|、。|、、"),
}
PLACE = re.compile(r"%\([a-z_]+\)[a-z]|%d")


def translations() -> Iterator[str]:
    """Yield each Japanese text; what is filled in stands as a sign that is neither Japanese nor Latin."""
    for message in read(folder_of("ja") / "django.po", "ja"):
        strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        if message.id:
            yield from (PLACE.sub("*", text) for text in strings)


@pytest.mark.parametrize("word", VARIANTS)
def test_one_way_to_write(word: str) -> None:
    assert not [text for text in translations() if VARIANTS[word].search(text)]
