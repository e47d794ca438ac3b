"""The stages of the root user's journey (guide, "Sign in as the root user")."""

from accounts.signin.stages import Stage

IDENTIFY = Stage("email address", "signin:root", lambda attempt: not attempt.identified)
PASSWORD = Stage("password", "signin:password", lambda attempt: not attempt.password_proved)
VERIFICATION_CODE = Stage("verification code", "signin:verification_code", lambda attempt: attempt.code_needed and not attempt.code_proved)
