"""Addresses of the sign-in journeys."""

from django.urls import path

from accounts.signin.iam_user.views import iam_form, new_password
from accounts.signin.operator.views import operator_form
from accounts.signin.root.views import password, resend_code, root_email, verification_code
from accounts.signin.security_check import security_check
from accounts.signin.views import choose, which_user

app_name = "signin"
urlpatterns = [
    path("", choose, name="choose"),
    path("which-user", which_user, name="which_user"),
    path("root", root_email, name="root"),
    path("security-check", security_check, name="security_check"),
    path("password", password, name="password"),
    path("verification-code", verification_code, name="verification_code"),
    path("verification-code/resend", resend_code, name="resend_code"),
    path("iam", iam_form, name="iam"),
    path("new-password", new_password, name="new_password"),
    path("operator", operator_form, name="operator"),
]
