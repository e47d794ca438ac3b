"""What proves an identity: password hashing, password rules, mailed codes."""
