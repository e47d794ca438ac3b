"""The stages of the IAM user's journey (guide, "Sign in as an IAM user"). Identity and password share one page."""

from accounts.signin.stages import Stage

IDENTIFY = Stage("account and user name", "signin:iam", lambda attempt: not attempt.identified)
PASSWORD = Stage("password", "signin:iam", lambda attempt: not attempt.password_proved)
NEW_PASSWORD = Stage("new password", "signin:new_password", lambda attempt: attempt.new_password_needed)
