"""Name the browser and the system of a user agent string, for lists that people read."""

from dataclasses import dataclass
from functools import cache, lru_cache

from ua_parser import Parser
from ua_parser.loaders import load_lazy_builtins


@dataclass(frozen=True, slots=True)
class Device:
    """A browser and the system it runs on, as people call them; empty where unknown. `family` is the browser without its version."""

    browser: str
    system: str
    family: str = ""


@cache
def _parser() -> Parser:
    """Return a parser that compiles each of its thousand patterns when it first tries it: the common browsers stand early."""
    return Parser.from_matchers(load_lazy_builtins())


@lru_cache(maxsize=512)
def describe(user_agent: str) -> Device:
    """Return the device of a user agent string. Its make is not asked for: that takes two thirds of a whole look, and nobody is told."""
    text = user_agent[:1024]
    agent, system = _parser().parse_user_agent(text), _parser().parse_os(text)
    family = agent.family if agent else ""
    browser = f"{family} {agent.major}" if agent and agent.major else family
    return Device(browser=browser, system=system.family if system else "", family=family)
