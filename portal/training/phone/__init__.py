"""The trainee's phone: what a demo identity would hold in its hand - mails, calls, and authenticator apps with live codes."""
