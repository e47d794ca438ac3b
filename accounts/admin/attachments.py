"""Forms that attach managed policies: only to what there is, for an unknown policy would lock its holder out."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import PolicyAttachment, RolePolicy
from policies.managed import managed_policies, managed_policy
from policies.models import PolicyDocument

if TYPE_CHECKING:
    UserForm = forms.ModelForm[PolicyAttachment]
    RoleModelForm = forms.ModelForm[RolePolicy]
else:
    UserForm = RoleModelForm = forms.ModelForm


def refuse_unknown_policy(arn: str) -> None:
    """Raise a ValidationError for an ARN that is neither a managed policy of the portal's nor a policy of an account."""
    if managed_policy(arn) is not None:
        return
    account, _policy, name = arn.removeprefix("arn:aws:iam::").partition(":policy/")
    if not PolicyDocument.objects.filter(account_id=account, type=PolicyDocument.Type.IDENTITY, name=name).exists():
        known = ", ".join(policy.arn for policy in managed_policies())
        raise ValidationError(_("There is no policy with this ARN. AWS managed policies here: %(known)s"), params={"known": known})


class PolicyAttachmentForm(UserForm):
    """A policy attached to an IAM user."""

    class Meta:
        model = PolicyAttachment
        fields = ("policy_arn",)

    def clean_policy_arn(self) -> Any:
        """Refuse what there is not."""
        arn: str = self.cleaned_data["policy_arn"].strip()
        refuse_unknown_policy(arn)
        return arn


class RolePolicyForm(RoleModelForm):
    """A policy attached to a role."""

    class Meta:
        model = RolePolicy
        fields = ("policy_arn",)

    def clean_policy_arn(self) -> Any:
        """Refuse what there is not."""
        arn: str = self.cleaned_data["policy_arn"].strip()
        refuse_unknown_policy(arn)
        return arn
