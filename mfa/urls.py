"""Addresses of second factors within a sign-in, below `/signin/mfa/`."""

from django.urls import path

from mfa.base.registration import register, skip_registration, within_sign_in
from mfa.base.views import challenge, resynchronise
from mfa.email_code.views import resend
from mfa.fido.views import register_passkey
from mfa.recovery.urls import urlpatterns as recovery
from mfa.totp.views import register_app

app_name = "mfa"
urlpatterns = [
    path("", challenge, name="challenge"),
    path("resynchronise", resynchronise, name="resynchronise"),
    path("email-code/resend", resend, name="resend_email_code"),
    path("register", register, name="register"),
    path("register/skip", skip_registration, name="skip_registration"),
    path("register/app", within_sign_in(register_app), name="register_app"),
    path("register/passkey", within_sign_in(register_passkey), name="register_passkey"),
    *recovery,
]
