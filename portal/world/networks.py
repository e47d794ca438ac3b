"""The networks of the loaded world, as every page's menu lists them and as a choice of one takes them."""

from functools import lru_cache

from portal.network import simulated
from portal.world.definition import Network
from portal.world.errors import WorldFileError
from portal.world.flows import loaded_world


def networks() -> tuple[Network, ...]:
    """Return the loaded world's networks; none while its file cannot be read, for every page asks. Read once a load."""
    return _networks(simulated.stamp())


@lru_cache(maxsize=2)
def _networks(_stamp: int) -> tuple[Network, ...]:
    try:
        return loaded_world().networks
    except WorldFileError:
        return ()


def network_named(name: str) -> simulated.Network | None:
    """Return the loaded world's network of a name, as a browser can be in it."""
    return next((place_of(network) for network in networks() if network.name == name), None)


def place_of(network: Network) -> simulated.Network:
    """Return where a browser appears to be in a network of the world file."""
    return simulated.Network(
        address=network.vpc_source_ip or network.source_ip, region=network.region, vpc=network.vpc, vpce=network.vpce, name=network.name
    )
