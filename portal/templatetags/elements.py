"""Form elements written in Python: a sign-in page is drawn on every step of every sign-in, and a template of this size costs ten times as much."""

from html import escape
from typing import Any

from django import template
from django.forms import BoundField
from django.template import Context
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

register = template.Library()

_LINE_TYPES = frozenset({"text", "email", "password", "number", "search", "tel", "date", "datetime-local", "url"})


def _attributes(given: dict[str, Any]) -> str:
    """Return attributes as HTML; True stands alone, False and None are left out."""
    return "".join(
        f" {name}" if value is True else f' {name}="{escape(str(value))}"'
        for name, value in given.items()
        if value is not False and value is not None
    )


def _notes(bound: BoundField, problems: list[str], number: str) -> str:
    """Return help and errors below a field, or nothing."""
    help_text = f'<p class="field__help">{conditional_escape(bound.help_text)}</p>' if bound.help_text else ""
    errors = f'<p class="field__error" role="alert">{" ".join(map(escape, problems))}</p>' if problems else ""
    return f'<div id="{number}-notes">{help_text}{errors}</div>' if help_text or errors else ""


@register.simple_tag
def field(bound: BoundField, *, autocomplete: str = "", focus: bool = False, blank: bool = False) -> SafeString:
    """Draw a field: label, input, help, errors (`role="alert"`).

    `autocomplete` wins over the widget's own. `focus` takes the cursor when nothing is filled in; a password takes it always.
    `blank` never shows a value again. A typed password is never shown again either.
    """
    widget = bound.field.widget
    kind = getattr(widget, "input_type", "")
    number, name = escape(bound.id_for_label), escape(bound.html_name)
    label = f'<label for="{number}">{escape(str(bound.label))}</label>'
    problems = [str(problem) for problem in bound.errors] if bound.form.is_bound else []
    described = f"{number}-notes" if problems or bound.help_text else None
    if kind == "checkbox":
        ticked = _attributes({"checked": bool(bound.value()), "aria-describedby": described})
        body = f'<input type="checkbox" name="{name}" id="{number}"{ticked}>{label}'
    elif kind in _LINE_TYPES:
        attributes = widget.attrs | {"autocomplete": autocomplete} if autocomplete else dict(widget.attrs)
        value = None if blank or (kind == "password" and bound.form.is_bound) else bound.value()
        shown = value if value is None or kind in {"text", "email", "password", "search"} else widget.format_value(value)
        attributes |= {
            "value": shown,
            "required": bound.field.required,
            "autofocus": focus and (kind == "password" or not shown),
            "aria-invalid": "true" if problems else None,
            "aria-describedby": described,
        }
        if kind == "password":
            attributes |= {"data-show": gettext("Show"), "data-hide": gettext("Hide"), "spellcheck": "false"}
        line = f'<input type="{kind}" name="{name}" id="{number}"{_attributes(attributes)}>'
        body = f'{label}<div class="field__line">{line}</div>'
    else:
        body = f"{label}{bound}"
    tick = " field--tick" if kind == "checkbox" else ""
    # Every part above is escaped where it enters.
    return mark_safe(f'<div class="field{tick}">{body}{_notes(bound, problems, number)}</div>')  # noqa: S308


@register.simple_tag(takes_context=True)
def form_errors(context: Context) -> SafeString:
    """Draw what the page has to say above its form: the context's `notice`, its `error`, or what is wrong with `form` as a whole."""
    parts = []
    if notice := context.get("notice"):
        parts.append(f'<div class="alert" role="status"><p>{conditional_escape(notice)}</p></div>')
    form = context.get("form")
    if error := context.get("error"):
        parts.append(f'<div class="alert alert--error" role="alert"><p>{conditional_escape(error)}</p></div>')
    elif form is not None and form.is_bound and (problems := form.non_field_errors()):
        lines = "".join(f"<p>{conditional_escape(problem)}</p>" for problem in problems)
        parts.append(f'<div class="alert alert--error" role="alert">{lines}</div>')
    return mark_safe("".join(parts))  # noqa: S308  # every part above is escaped where it enters
