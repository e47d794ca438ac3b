"""The IAM policy language: read a document, say everything that is wrong with it and where, print it again. Pure Python.

`read(text, PolicyType.IDENTITY)` answers with a `Document`; a document that is not valid raises `PolicyInvalid`, which lists every problem.
"""

from policies.language.document import Condition, Document, Effect, PolicyType, Principals, Statement
from policies.language.grammar import read
from policies.language.printing import to_text
from policies.language.problems import Place, PolicyInvalid, Problem, Rule

__all__ = [
    "Condition",
    "Document",
    "Effect",
    "Place",
    "PolicyInvalid",
    "PolicyType",
    "Principals",
    "Problem",
    "Rule",
    "Statement",
    "read",
    "to_text",
]
