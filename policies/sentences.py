"""What is wrong with a policy document, in the reader's language. The policy language speaks English alone; its words are listed here."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from policies.language import Problem
from policies.language.problems import Rule

SENTENCES = frozenset(
    {
        gettext_noop("A statement has either `%(one)s` or `%(other)s`, not both."),
        gettext_noop("Another statement has the Sid `%(sid)s`. Each must be unique."),
        gettext_noop("Expected a colon after the key."),
        gettext_noop("Expected a comma or the closing brace."),
        gettext_noop("Expected a comma or the closing bracket."),
        gettext_noop("Expected a key in double quotes, or the closing brace."),
        gettext_noop("Expected another key after the comma."),
        gettext_noop("Expected another value after the comma."),
        gettext_noop("The document ends too early. Expected a value."),
        gettext_noop("The document is longer than %(most)s characters."),
        gettext_noop("The document is nested too deeply."),
        gettext_noop("The element `%(name)s` is missing."),
        gettext_noop("The key `%(key)s` is there twice; upper and lower case do not differ."),
        gettext_noop("The list of statements is empty. Expected one statement at least."),
        gettext_noop("There is more than one `%(key)s` here. Keep one."),
        gettext_noop("There is no condition operator `%(name)s`."),
        gettext_noop("There is no element `%(key)s`. Expected %(expected)s."),
        gettext_noop("There is no type of principal `%(key)s`. Expected %(expected)s."),
        gettext_noop("There is text after the end of the document. Expected one JSON object and nothing more."),
        gettext_noop("This is %(found)s. Expected %(expected)s."),
        gettext_noop("This is %(found)s. Expected a string, a number, or true or false."),
        gettext_noop("This is not JSON. Expected an object, an array, a string, a number, true, false or null."),
        gettext_noop("This list is empty. Expected one value at least."),
        gettext_noop("This object is empty. Expected one principal at least."),
        gettext_noop("This string holds half a character (a lone surrogate)."),
        gettext_noop("This string is not valid JSON: it is not closed, or holds a control character or a wrong escape."),
        gettext_noop("`%(found)s` is not valid here. Expected %(expected)s."),
        gettext_noop("`%(key)s` is not a condition key. Expected one such as `aws:SourceIp`."),
        gettext_noop("`%(name)s` is not allowed in %(where)s."),
        gettext_noop("`%(operator)s` takes no variables."),
    }
)
"""The sentences of `Problem.sentence`."""

PARTS = frozenset(
    {
        gettext_noop("64 hexadecimal digits"),
        gettext_noop("`*` or an ARN"),
        gettext_noop("`*` or `service:Action`, with wildcards after the colon only"),
        gettext_noop("`*`, an account ID, or the ARN of an account, user, role, role session or federated user, without wildcards"),
        gettext_noop("`2012-10-17` or `2008-10-17`"),
        gettext_noop("`Allow` or `Deny`, spelled like this"),
        gettext_noop("`Deny`: a resource control policy of your own only denies"),
        gettext_noop('`"*"`, or an object such as `{"AWS": "111122223333"}`'),
        gettext_noop('`"*"`: name principals in a condition'),
        gettext_noop("`true` or `false`"),
        gettext_noop("a date such as `2026-11-23T12:00:00Z`, or seconds since 1970"),
        gettext_noop("a list"),
        gettext_noop("a list or an object"),
        gettext_noop("a number"),
        gettext_noop("a resource control policy"),
        gettext_noop("a service such as `ec2.amazonaws.com`"),
        gettext_noop("a service's prefix, such as `signin:*`"),
        gettext_noop("a string"),
        gettext_noop("a string or a list"),
        gettext_noop("a trust policy, which is about its own role"),
        gettext_noop("an ARN of six parts, with or without wildcards"),
        gettext_noop("an ARN of six parts: `arn:partition:service:region:account:resource`"),
        gettext_noop("an IP address or a block such as `203.0.113.0/24`"),
        gettext_noop("an array"),
        gettext_noop("an object"),
        gettext_noop("an object or a string"),
        gettext_noop("base64"),
        gettext_noop("letters and digits only"),
        gettext_noop("null"),
        gettext_noop("the ARN of an identity provider, or a domain such as `accounts.google.com`"),
        gettext_noop("this type of policy, which applies to whom it is attached to"),
        gettext_noop("true or false"),
        gettext_noop("variables such as `${aws:username}`"),
    }
)
"""What the language says itself among `Problem.values`; other values are words of the document."""

_SPOKEN: Mapping[Rule, frozenset[str]] = {Rule.WRONG_TYPE: frozenset({"found", "expected"})}
"""The places of a sentence that the language fills in with words of its own; of other rules, `found` is a text of the document."""
_SPOKEN_ELSEWHERE = frozenset({"expected", "where"})


def problem_in_words(problem: Problem) -> str:
    """Return the sentence of a problem in the reader's language."""
    sentence = _(problem.sentence)
    if not problem.values:
        return sentence
    spoken = _SPOKEN.get(problem.rule, _SPOKEN_ELSEWHERE)
    return sentence % {name: _(value) if name in spoken and value in PARTS else value for name, value in problem.values}


def located_problem_in_words(problem: Problem) -> str:
    """Return a problem with its line, column and JSON path in the reader's language."""
    place = problem.place
    words = _("line %(line)d, column %(column)d (%(path)s): %(sentence)s")
    return words % {"line": place.line, "column": place.column, "path": place.path, "sentence": problem_in_words(problem)}
