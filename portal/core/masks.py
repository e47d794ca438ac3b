"""What is shown of an address to somebody who has proved only the first factor: as much as its owner needs to recognise it.

The mask is the same for every length, so that it tells nothing about what it hides (security catalogue ENU-08).
"""


def masked_email(email: str) -> str:
    """Return a mail address as its first letter and its domain: `c***@example.com`."""
    name, _at, domain = email.partition("@")
    return f"{name[:1]}***@{domain}"


def masked_phone(number: str) -> str:
    """Return a telephone number as its last two digits: `*** *** **00`."""
    digits = "".join(character for character in number if character.isdigit())
    return f"*** *** **{digits[-2:]}"
