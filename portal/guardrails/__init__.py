"""What keeps the portal from being used as a phishing kit; none of it can be switched off."""
