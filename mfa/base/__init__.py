"""What all second factors have in common: the rules by kind, the challenge, registration within a sign-in, events and mails."""
