"""What `bench policies` measures, as far as it does not hang on the machine."""

import json

import pytest

from policies.language import PolicyType, read
from policies.models import ConsoleAuthorization, PermissionStatement
from portal.benchmark import policies


@pytest.mark.usefixtures("world")
def test_the_middleware_makes_no_query_once_warm_and_the_bench_leaves_nothing_behind() -> None:
    figures = policies.enforcement_figures()
    assert figures["middleware_queries"] == 0
    assert 0 < figures["middleware_us"] < 5000
    assert not PermissionStatement.objects.exists()
    assert not ConsoleAuthorization.objects.exists()


def test_the_documents_of_the_bench_are_the_guides() -> None:
    assert [statement.sid for statement in read(policies.first_example(), PolicyType.RCP).statements] == ["PreAuth", "PostAuth", "Region"]
    many = read(json.dumps(policies.many_statements(1000, naming=10)), PolicyType.RESOURCE)
    assert (len(many.statements), sum(policies.ACTION in statement.actions for statement in many.statements)) == (1000, 10)


def test_a_decision_is_timed_with_its_explanation() -> None:
    figures = policies.decision_figures("guide", policies.two_statements())
    assert set(figures) == {"guide_us", "guide_explained_us", "guide_explained_ratio"}
    assert figures["guide_explained_us"] > figures["guide_us"] > 0


def test_what_could_not_be_measured_is_said_and_how_to_have_it() -> None:
    assert policies.not_measured({"middleware_us": 1.0, "moto_us": 1.0, "iam_simulate_us": 1.0}) == []
    said = policies.not_measured({"moto_us": 1.0})
    assert [words in sentence for words, sentence in zip(("--data", "npm install"), said, strict=True)] == [True, True]
