"""What signs programs' requests: long-term access keys, and temporary credentials of role sessions."""
