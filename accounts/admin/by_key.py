"""Lists of the admin site that page by key: no row is ever counted or skipped, however long the table."""

from collections.abc import Sequence
from typing import Any, Literal

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import Expression, QuerySet
from django.http import HttpRequest

PAST = "past"
"""Query parameter: the key of the last row of the page before."""


class ByKeyChangeList(ChangeList):
    """A change list in the order of the primary key, newest first unless the admin class says otherwise.

    `older` is the query string of the page behind this one, empty on the last; `newest` that of the first page, empty on it.
    """

    older = ""
    newest = ""

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the parameters that filter rows; where the page begins is none of them."""
        return {name: value for name, value in super().get_filters_params(params).items() if name != PAST}

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Expression | str]:
        """Return the one order in which keys page."""
        return [self._order()]

    def get_ordering_field_columns(self) -> dict[int, Literal["desc", "asc"]]:
        """Return no column: the key need not be one, and no other sorts."""
        return {}

    def get_results(self, request: HttpRequest) -> None:
        """Read one page and one row more, which tells whether there is a next page."""
        past = self.params.pop(PAST, "")
        rows = self.queryset
        if past:
            rows = rows.filter(**{"pk__gt" if self._order() == "pk" else "pk__lt": self._key(past)})
        found = list(rows[: self.list_per_page + 1])
        shown: Sequence[Any] = found[: self.list_per_page]
        self.result_list = shown
        self.result_count = len(shown)
        self.full_result_count = len(shown)  # equal to the other, so that no count is shown
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = False
        self.multi_page = False
        self.paginator = self.model_admin.get_paginator(request, rows, self.list_per_page)
        self.older = self.get_query_string({PAST: shown[-1].pk}) if len(found) > self.list_per_page else ""
        self.newest = self.get_query_string() if past else ""

    def _order(self) -> str:
        return "pk" if self.model_admin.ordering == ("pk",) else "-pk"

    def _key(self, text: str) -> object:
        try:
            return self.lookup_opts.pk.to_python(text)
        except ValidationError as error:
            raise IncorrectLookupParameters from error
