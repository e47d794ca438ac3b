"""The root user's sign-in: e-mail address, security check when one is due, password, verification code in a new browser."""
