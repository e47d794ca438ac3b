"""The ground floor: clock, identifiers, errors, tokens, throttles. No models; imports nothing of the portal's but settings."""
