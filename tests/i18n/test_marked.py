"""No module marks texts by a name that the collector of texts does not know."""

import ast

from portal.conf import BASE_DIR
from portal.messages.extraction import KEYWORDS

MARKING = frozenset(
    {"gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
)


def test_every_name_of_gettext_is_collected() -> None:
    unknown = []
    for app in sorted(BASE_DIR.glob("*/apps.py")):
        for path in sorted(app.parent.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
                    names = [name.asname or name.name for name in node.names if name.name in MARKING]
                    unknown += [f"{path.relative_to(BASE_DIR)}: {name}" for name in names if name not in KEYWORDS]
    assert not unknown
