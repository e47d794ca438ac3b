"""A mailed one-time password, for workforce users whose directory asks for it where there is no device."""
