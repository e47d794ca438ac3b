"""What the policy language says of documents can be said in every language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

from policies import language
from policies.language import PolicyInvalid, PolicyType, Problem, read
from policies.language.problems import Place, Rule
from policies.sentences import PARTS, SENTENCES, located_problem_in_words, problem_in_words
from tests.policies.corpus import Case, cases, named

LIBRARY = Path(language.__file__).parent
PHRASE = re.compile(r"[A-Za-z`\"][^\[\]?\\]* [^\[\]?\\]*")
"""A text with a space between words, and none of the signs of a pattern."""
INVALID = tuple(case for case in cases("documents.json") if case["problems"])


def phrases() -> Iterator[str]:
    """Yield every text of the library that people read: whole sentences, and parts of them."""
    for path in sorted(LIBRARY.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        silent |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent and PHRASE.fullmatch(node.value):
                yield node.value


def problems_of(case: Case) -> tuple[Problem, ...]:
    with pytest.raises(PolicyInvalid) as caught:
        read(case["text"], PolicyType(case["type"]))
    return caught.value.problems


def test_every_phrase_of_the_library_is_listed_and_no_other() -> None:
    found = set(phrases())
    assert {phrase for phrase in found if phrase.endswith(".")} == SENTENCES
    assert {phrase for phrase in found if not phrase.endswith(".")} <= PARTS


@pytest.mark.parametrize("case", INVALID, ids=named)
def test_in_english_it_says_what_the_library_says(case: Case) -> None:
    with override("en"):
        for problem in problems_of(case):
            assert problem.sentence in SENTENCES
            assert problem_in_words(problem) == problem.text
            assert located_problem_in_words(problem) == str(problem)


@pytest.mark.parametrize("case", INVALID, ids=named)
def test_in_japanese_no_word_of_the_library_is_left(case: Case) -> None:
    with override("ja"):
        for problem in problems_of(case):
            sentence = re.sub(r"`[^`]*`", "", problem_in_words(problem))
            assert not re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}|\b(?:an?|or|the)\b", sentence), sentence
            assert re.search("[ぁ-ん]", sentence)


def test_words_of_the_document_are_not_translated() -> None:
    problem = Problem(
        Rule.INVALID_VALUE,
        Place(1, 1, "$"),
        "`%(found)s` is not valid here. Expected %(expected)s.",
        (("found", "a string"), ("expected", "a number")),
    )
    with override("ja"):
        assert "`a string`" in problem_in_words(problem)
        assert "a number" not in problem_in_words(problem)
