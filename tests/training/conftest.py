"""Training, where only operators may train."""

from tests.admin.fixtures import operator_browser

__all__ = ["operator_browser"]
