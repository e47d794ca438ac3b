"""The sign-in journeys: ordered stages, walked by one controller."""
