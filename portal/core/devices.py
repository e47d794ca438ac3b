"""Name the browser and the system of a user agent string, for lists that people read."""

from dataclasses import dataclass
from functools import lru_cache

from ua_parser import parse


@dataclass(frozen=True, slots=True)
class Device:
    """A browser and the system it runs on, as people call them; empty where unknown. `family` is the browser without its version."""

    browser: str
    system: str
    family: str = ""


@lru_cache(maxsize=512)
def describe(user_agent: str) -> Device:
    """Return the device of a user agent string."""
    found = parse(user_agent[:1024])
    family = found.user_agent.family if found.user_agent else ""
    browser = f"{family} {found.user_agent.major}" if found.user_agent and found.user_agent.major else family
    return Device(browser=browser, system=found.os.family if found.os else "", family=family)
