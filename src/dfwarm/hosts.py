"""
From the configuration to the two hosts of a pair, its lock, and what both sides are asked first.

A room of its own since it needs little: a cycle opens both gates first, and they work while the rest is loaded.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from dfwarm.config.values import AllStudies, Config
from dfwarm.datafax.serverconf import STUDY_DIR
from dfwarm.equipment.host import LocalHost, SshHost
from dfwarm.equipment.listing_question import HeadStart
from dfwarm.equipment.listings import Listings
from dfwarm.equipment.lock import await_follower, pair_lock
from dfwarm.facts.reach import SshReach
from dfwarm.terms import HostName, Side, StudyNumber

FOLLOWER_SECONDS = 45.0
"""How long a cycle waits for what is shipped between cycles to give way: a run of rsync lasts 30 seconds at most."""

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


@contextmanager
def hold_pair(config: Config) -> Iterator[None]:
    """Hold the pair's lock. Whatever is written under it is for its owner alone. Raises PairBusy."""
    os.umask(0o077)
    with pair_lock(config.pair.state / "pair.lock"):
        await_follower(config.pair.state / "follow.lock", FOLLOWER_SECONDS)
        yield


def head_start_of(config: Config) -> HeadStart:
    """Whoever asks for listings ahead of a cycle; nothing has been asked yet."""
    return HeadStart(Listings(config.pair.state / "listings"))


def list_first_study(config: Config, hosts: Hosts, named: tuple[StudyNumber, ...]) -> HeadStart:
    """Ask both sides for the listing of the study that comes first. Hold the pair's lock."""
    begun, chosen = head_start_of(config), config.pair.studies
    studies = named or (() if isinstance(chosen, AllStudies) else chosen.numbers)
    for study in studies[:1]:
        begun.begin(hosts, study, STUDY_DIR)
    return begun
