"""The operator's sign-in, which opens the admin site."""
