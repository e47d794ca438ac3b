"""The pages of the rehearsal."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Account
from policies.language import PolicyType
from policies.simulator.as_json import as_json
from policies.simulator.flows import ChangeInvalid
from policies.simulator.flows import Rehearsal as Outcome
from portal.conf import conf
from portal.core.errors import NotFound
from portal.core.http import is_local_path, see_other
from portal.guardrails.access import OPERATOR_SIGN_IN
from portal.network.origin import origin_of
from portal.rehearsal import flows
from portal.rehearsal.checking import Cast, Problems, checked
from portal.rehearsal.draft import MOST_DOCUMENTS, DocumentDraft, Draft, draft_of_form
from portal.rehearsal.drawing import drawn
from portal.rehearsal.examples import draft_of_example, example_named, gallery
from portal.rehearsal.form import blank_draft, form_page
from portal.rehearsal.matrix import LEGEND, by_networks, pair_of, rows_of
from portal.rehearsal.models import Rehearsal
from portal.rehearsal.setting import Setting, setting_of
from portal.rehearsal.shell import shell_of
from portal.rehearsal.summary import changes_of
from portal.rehearsal.tree import phase_node
from portal.rehearsal.visitors import ACTION, Visitor, visitor_of
from portal.rehearsal.warnings import warned

CONSOLIDATED = "consolidated"


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Show the gallery and the form; a POST saves a rehearsal and leads to it, or writes another document into the form."""
    visitor = visitor_of(request)
    if not visitor.welcome:
        return _unwelcome(request)
    if request.method == "POST":
        return _posted(request, visitor)
    if earlier := request.GET.get("from", ""):
        row = flows.saved(earlier, visitor)
        return _form(request, visitor, Draft.of_text(row.definition), setting_of(row.account))
    accounts = visitor.accounts()
    named = request.GET.get("account", "")
    chosen = visitor.account(named) if named else None
    cards = gallery(accounts, chosen)
    example = example_named(request.GET.get("example", ""))
    account = chosen or next((card.account for card in cards if example in {None, card.example}), None)
    if account is None:
        raise NotFound(_("There is no account that could be rehearsed."))
    setting = setting_of(account)
    draft = draft_of_example(example, setting) if example else blank_draft(setting)
    return _form(request, visitor, draft, setting, accounts=accounts, cards=cards, example=example)


def _unwelcome(request: HttpRequest) -> HttpResponse:
    wanted = request.get_full_path() if request.method in {"GET", "HEAD"} else ""
    target = wanted if is_local_path(wanted) and len(wanted) < 1024 else reverse("rehearsal:index")
    as_operator = f"{OPERATOR_SIGN_IN}?{urlencode({'next': target})}"
    return render(request, "portal/rehearsal/unwelcome.html", {"action": ACTION, "as_operator": as_operator}, status=403)


def _form(
    request: HttpRequest,
    visitor: Visitor,
    draft: Draft,
    setting: Setting,
    *,
    problems: Problems | None = None,
    accounts: list[Account] | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    listed = visitor.accounts() if accounts is None else accounts
    context = {"page": form_page(draft, setting, problems), "accounts": listed, "account": setting.account, "most_documents": MOST_DOCUMENTS, **more}
    return render(request, "portal/rehearsal/index.html", context, status=status)


def _posted(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    given = request.POST.dict()
    setting = setting_of(visitor.account(str(given.get("account", ""))))
    example = example_named(str(given.get("example", "")))
    draft = draft_of_example(example, setting) if example else draft_of_form(setting.account_id, given)
    act = str(given.get("do", ""))
    if act == "add" or act.startswith("use:"):
        return _form(request, visitor, _with_document(draft, setting, act.removeprefix("use:")), setting)
    found = flows.save(draft, setting, origin=origin_of(request))
    if isinstance(found, Problems):
        return _form(request, visitor, draft, setting, problems=found, status=400)
    return see_other(reverse("rehearsal:show", args=[found.pk]))


def _with_document(draft: Draft, setting: Setting, named: str) -> Draft:
    """Return a draft with another document: one that stands, by the name of its button, or a blank one. The last blank one gives way."""
    new = DocumentDraft()
    if named == CONSOLIDATED:
        new = DocumentDraft(PolicyType.RESOURCE.value, "", "", setting.consolidated)
    for attachment in setting.attachments:
        if attachment.key == named:
            new = DocumentDraft(attachment.kind, attachment.target.value, attachment.name, attachment.text)
    kept = draft.documents or (DocumentDraft(),)
    if not new.is_blank and kept[-1].is_blank:
        kept = kept[:-1]
    return replace(draft, documents=(*kept, new)[:MOST_DOCUMENTS])


@require_safe
def show(request: HttpRequest, key: str) -> HttpResponse:
    """Show what a saved rehearsal comes to as things stand now."""
    visitor = visitor_of(request)
    if not visitor.welcome:
        return _unwelcome(request)
    row = flows.saved(key, visitor)
    draft, setting = Draft.of_text(row.definition), setting_of(row.account)
    cast = checked(draft, setting)
    outcome = _outcome(cast, setting)
    if isinstance(outcome, Problems) or isinstance(cast, Problems):
        problems = outcome if isinstance(outcome, Problems) else Problems()
        return _form(request, visitor, draft, setting, problems=problems, stale=True)
    locked_out, address = set(outcome.locked_out), reverse("rehearsal:show", args=[row.pk])
    context = {
        "row": row,
        "account": row.account,
        "outcome": outcome,
        "rows": drawn(rows_of(outcome), address),
        "legend": LEGEND,
        "losing": by_networks([pair for pair in outcome.losing if pair[0] not in locked_out]),
        "gaining": by_networks(outcome.gaining),
        "warnings": warned(outcome.warnings),
        "changes": changes_of(draft, setting),
        "permalink": conf.base_url + address,
        "shell": shell_of(cast, setting, export=conf.base_url + reverse("rehearsal:export", args=[row.pk])),
    }
    return render(request, "portal/rehearsal/show.html", context)


def _outcome(cast: Cast | Problems, setting: Setting) -> Outcome | Problems:
    if isinstance(cast, Problems):
        return cast
    try:
        return flows.outcome_of(cast, setting)
    except ChangeInvalid as invalid:
        return Problems(rest=tuple(str(problem) for problem in invalid.problems))


@require_safe
def explain(request: HttpRequest, key: str, who: int, place: int) -> HttpResponse:
    """Show why one principal may or may not sign in from one network, phase by phase, before and after."""
    visitor = visitor_of(request)
    if not visitor.welcome:
        return _unwelcome(request)
    row, cast, setting = _cast(key, visitor)
    if who >= len(cast.whos) or place >= len(cast.places):
        raise NotFound(_("The rehearsal has no such cell."))
    one = replace(cast, whos=(cast.whos[who],), places=(cast.places[place],))
    outcome = _outcome(one, setting)
    if isinstance(outcome, Problems):
        raise NotFound(_("What was rehearsed is not possible any more. Open the rehearsal to see why."))
    context = {
        "row": row,
        "account": row.account,
        "outcome": outcome,
        "who": one.whos[0],
        "place": one.places[0],
        "pair": pair_of(place, outcome.cells),
        "phases": [phase_node(cell) for cell in outcome.cells],
    }
    return render(request, "portal/rehearsal/cell.html", context)


def _cast(key: str, visitor: Visitor) -> tuple[Rehearsal, Cast, Setting]:
    """Return a saved rehearsal that can still be worked out; raises NotFound."""
    row = flows.saved(key, visitor)
    setting = setting_of(row.account)
    cast = checked(Draft.of_text(row.definition), setting)
    if isinstance(cast, Problems):
        raise NotFound(_("What was rehearsed is not possible any more. Open the rehearsal to see why."))
    return row, cast, setting


@require_safe
def export(request: HttpRequest, key: str) -> HttpResponse:
    """Hand out what a rehearsal comes to as JSON, in the shape that the command prints."""
    visitor = visitor_of(request)
    if not visitor.welcome:
        refusal = {"error": "unauthorized", "message": _("Sign in as somebody who may rehearse this account.")}
        return JsonResponse(refusal, status=401)
    with override("en"):  # as the command does: programs read it
        _row, cast, setting = _cast(key, visitor)
        outcome = _outcome(cast, setting)
    if isinstance(outcome, Problems):
        raise NotFound(_("What was rehearsed is not possible any more. Open the rehearsal to see why."))
    return JsonResponse(as_json(outcome), json_dumps_params={"indent": 2, "ensure_ascii": False})
