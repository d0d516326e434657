"""
From the configuration to the two hosts of a pair.

A room of its own since it needs little: a cycle opens both gates first, and they start while the rest is loaded.
"""

from dfwarm.config.values import Config
from dfwarm.equipment.host import LocalHost, SshHost
from dfwarm.facts.reach import SshReach
from dfwarm.terms import HostName, Side

Hosts = dict[Side, LocalHost | SshHost]


def host_of(config: Config, side: Side) -> LocalHost | SshHost:
    """The host of a side, asked through a gate of its own."""
    reach = config.side(side).reach
    if isinstance(reach, SshReach):
        return SshHost(HostName(reach.host), side, reach)
    return LocalHost(HostName(side.value), side, config.path)


def open_hosts(config: Config) -> Hosts:
    """Both hosts with their gates on the way. Close them."""
    hosts = {side: host_of(config, side) for side in Side}
    for host in hosts.values():
        host.open()
    return hosts
