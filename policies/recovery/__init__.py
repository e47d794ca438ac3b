"""Recovery through support (guide, "I am locked out of my account after enabling console authorization", option 2)."""
