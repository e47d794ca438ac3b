"""Permission statements and console authorization on the admin site, changed by the flows that the API uses."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin.base import ReadOnlyAdmin, actor
from accounts.administration.acts import Act
from accounts.administration.flows import record_act
from policies.models import ConsoleAuthorization, PermissionStatement
from policies.statements import flows
from policies.statements.errors import ResourceNotFoundException, ValidationException
from policies.statements.rules import Fault, Rule, StatementParameters, faults
from portal.core import ids

if TYPE_CHECKING:
    StatementModelForm = forms.ModelForm[PermissionStatement]
    AuthorizationModelForm = forms.ModelForm[ConsoleAuthorization]
else:
    StatementModelForm = AuthorizationModelForm = forms.ModelForm

PARAMETERS = tuple(StatementParameters.__dataclass_fields__)
_FIELDS = {
    "sourceVpc": "source_vpc",
    "signinSourceVpce": "signin_source_vpce",
    "consoleSourceVpce": "console_source_vpce",
    "vpcSourceIp": "vpc_source_ip",
    "sourceIp": "source_ip",
    "requestedRegion": "requested_region",
    "excludedPrincipal": "excluded_principal",
}
_EXPECTED = {
    "sourceVpc": _("Expected vpc- and 8 or 17 hexadecimal digits."),
    "signinSourceVpce": _("Expected vpce- and 8 to 20 lower-case letters and digits."),
    "consoleSourceVpce": _("Expected vpce- and 8 to 20 lower-case letters and digits."),
    "vpcSourceIp": _("Expected an IP address or a block such as 10.0.0.0/16."),
    "sourceIp": _("Expected an IP address or a block such as 203.0.113.0/24."),
    "requestedRegion": _("Expected a Region with a sign-in endpoint, such as us-west-2."),
    "excludedPrincipal": _("Expected the ARN of a root user, an IAM user, a role without path or a federated user."),
}
_AT_ODDS = {
    Rule.SOMETHING: _("The statement has no condition. Name a network, a Region or an excluded principal."),
    Rule.REGION_WITH_VPC: _(
        "requestedRegion is required with sourceVpc, signinSourceVpce and consoleSourceVpce: the same VPC ID can exist in several Regions."
    ),
    Rule.VPC_WITH_PRIVATE_ADDRESS: _("vpcSourceIp needs sourceVpc, signinSourceVpce or consoleSourceVpce: an address means nothing outside its VPC."),
}


def _in_words(fault: Fault, parameters: StatementParameters) -> str:
    """Return a rule that a parameter breaks in the reader's language; which parameter it is, its field says."""
    if fault.rule is Rule.FORM:
        value = getattr(parameters, _FIELDS[fault.parameter])[:100]
        return _now("`%(value)s` is not valid. %(expected)s") % {"value": value, "expected": _EXPECTED[fault.parameter]}
    return str(_AT_ODDS[fault.rule])


class StandingFilter(admin.SimpleListFilter):
    """Rows that stand, or those that were removed."""

    title = _("removed")
    parameter_name = "removed"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:  # type: ignore[override]  # lazy texts are texts
        """Return the two choices."""
        return [("no", _("No")), ("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter by whether a row was removed."""
        return queryset if self.value() not in {"no", "yes"} else queryset.filter(removed_at__isnull=self.value() == "no")


class PermissionStatementForm(StatementModelForm):
    """What a statement is put with; every rule that is broken is told beside its field."""

    class Meta:
        model = PermissionStatement
        fields = ("account", *PARAMETERS)

    def clean(self) -> dict[str, Any]:
        """Apply the rules of the API."""
        cleaned = super().clean() or self.cleaned_data
        parameters = StatementParameters(**{name: (cleaned.get(name) or "").strip() for name in PARAMETERS})
        for fault in faults(parameters):
            self.add_error(_FIELDS.get(fault.parameter), _in_words(fault, parameters))
        return cleaned

    def parameters(self) -> StatementParameters:
        """Return what was typed."""
        return StatementParameters(**{name: (self.cleaned_data.get(name) or "").strip() for name in PARAMETERS})


class AuthorizationForm(AuthorizationModelForm):
    """The target that console authorization is switched on for."""

    class Meta:
        model = ConsoleAuthorization
        fields = ("target",)
        help_texts = {"target": _("Account ID, organization ID (o-…) or the ID of the organization's root (r-…).")}

    def clean_target(self) -> str:
        """Refuse what is no target, and one that it is on for."""
        target: str = self.cleaned_data["target"].strip()
        try:
            found = flows.authorization_of(target, "us-east-1")
        except (ValidationException, ResourceNotFoundException) as error:
            raise forms.ValidationError(error.public) from error
        if found.enabled:
            raise forms.ValidationError(_("Console authorization is on for this target."))
        return target


class FlowAdmin(ReadOnlyAdmin[Any]):
    """Rows that flows put and remove: they can be added, looked at and removed, never changed or deleted."""

    add_form_template = "admin/change_form.html"
    actions = ("remove",)
    question: Any
    list_filter = (StandingFilter,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever has the permission adds."""
        return request.user.has_perm(f"{self.opts.app_label}.add_{self.opts.model_name}")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show every column of a row that exists."""
        return self.fields if obj else self.form._meta.fields

    def has_remove_permission(self, request: HttpRequest) -> bool:
        """Whoever may change rows of this kind removes them."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    @admin.action(description=_("Remove"), permissions=["remove"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Any]) -> TemplateResponse | None:
        """Remove rows, after a question."""
        if asked := self.ask_first(request, queryset, action="remove", question=self.question):
            return asked
        done = 0
        for row in queryset.filter(removed_at=None):
            with transaction.atomic():
                target, account = self.remove_row(row)
                record_act(Act.DELETE, by=actor(request), target=target, account=account)
                done += 1
        text = ngettext("%d row has been removed.", "%d rows have been removed.", done) % done
        self.message_user(request, text, messages.SUCCESS if done else messages.WARNING)
        return None

    def remove_row(self, row: Any) -> tuple[str, str]:
        """Remove one row by its flow; return how events name it, and its account."""
        raise NotImplementedError


@admin.register(PermissionStatement)
class PermissionStatementAdmin(FlowAdmin):
    """Resource permission statements of accounts."""

    form = PermissionStatementForm
    list_display = ("sid", "account", "source_ip", "source_vpc", "requested_region", "excluded_principal", "created_at", "removed_at")
    list_select_related = ("account",)
    search_fields = ("=account__id", "=sid", "=source_ip", "=source_vpc")
    search_help_text = _("Account ID, statement ID, address or VPC")
    raw_id_fields = ("account",)
    fields = ("sid", "account", *PARAMETERS, "created_at", "removed_at")
    question = _("Remove these permission statements? What they deny is open at once, and in other Regions a little later.")

    def save_model(self, request: HttpRequest, obj: PermissionStatement, form: Any, change: bool) -> None:
        """Put the statement, and record it."""
        account = str(obj.account_id)
        with transaction.atomic():
            obj.sid = flows.put_statement(account, form.parameters())
            record_act(Act.ADD, by=actor(request), target=f"{obj._meta.label}:{obj.sid}", account=account, details={"fields": form.changed_data})
        obj.pk = PermissionStatement.objects.get(sid=obj.sid).pk

    def remove_row(self, row: PermissionStatement) -> tuple[str, str]:
        """Delete a statement."""
        flows.delete_statement(str(row.account_id), row.sid)
        return f"{row._meta.label}:{row.sid}", str(row.account_id)


@admin.register(ConsoleAuthorization)
class ConsoleAuthorizationAdmin(FlowAdmin):
    """Where console authorization is on."""

    form = AuthorizationForm
    list_display = ("target", "created_at", "removed_at")
    search_fields = ("=target",)
    search_help_text = _("Account ID, organization ID or root ID")
    fields = ("target", "created_at", "removed_at")
    question = _("Switch console authorization off for these targets? No policy restricts their consoles then.")

    def save_model(self, request: HttpRequest, obj: ConsoleAuthorization, form: Any, change: bool) -> None:
        """Switch it on, and record it."""
        with transaction.atomic():
            flows.put_authorization(obj.target)
            record_act(Act.ADD, by=actor(request), target=f"{obj._meta.label}:{obj.target}", account=_account(obj.target))
        obj.pk = ConsoleAuthorization.objects.get(target=obj.target, removed_at=None).pk

    def remove_row(self, row: ConsoleAuthorization) -> tuple[str, str]:
        """Switch it off."""
        flows.delete_authorization(row.target)
        return f"{row._meta.label}:{row.target}", _account(row.target)


def _account(target: str) -> str:
    return target if ids.ACCOUNT_ID.fullmatch(target) else ""
