"""The stages of the operator's journey. Identity and password share one page."""

from accounts.signin.stages import Stage

IDENTIFY = Stage("user name", "signin:operator", lambda attempt: not attempt.identified)
PASSWORD = Stage("password", "signin:operator", lambda attempt: not attempt.password_proved)
