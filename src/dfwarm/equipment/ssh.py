"""The ssh command line: our own known_hosts, our own key, no agent, no forwarding, nothing that can ask or hang."""

from dfwarm.errors import HostKeyRejected, HostUnreachable
from dfwarm.facts.reach import SshReach


def shell_argv(reach: SshReach) -> tuple[str, ...]:
    """The remote shell for rsync: everything but the address, which rsync adds itself."""
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(reach.known_hosts),
        "GlobalKnownHostsFile": "none",
        "UpdateHostKeys": "no",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "PreferredAuthentications": "publickey",
        "ForwardAgent": "no",
        "ForwardX11": "no",
        "ClearAllForwardings": "yes",
        "PermitLocalCommand": "no",
        "ControlMaster": "no",
        "ControlPath": "none",
        "ConnectTimeout": "10",
        "ServerAliveInterval": "15",
        "ServerAliveCountMax": "4",
        "LogLevel": "ERROR",
    }
    settings = tuple(word for key, value in options.items() for word in ("-o", f"{key}={value}"))
    identity = ("-i", str(reach.identity_file), "-p", str(reach.port), "-l", reach.user)
    return ("ssh", "-F", "none", "-T", *settings, *identity)


def command_argv(reach: SshReach, words: tuple[str, ...]) -> tuple[str, ...]:
    """One command on the host. The words are of the gate's grammar, so none of them needs quoting."""
    return (*shell_argv(reach), "--", reach.host, *words)


def ssh_refusal(host: str, stderr: bytes) -> HostUnreachable | HostKeyRejected:
    """Read why ssh itself failed (status 255): the host key is not the pinned one, or nobody answered."""
    said = stderr.decode("utf-8", "replace").strip() or "ssh said nothing"
    if any(mark in said for mark in ("Host key verification failed", "HOST IDENTIFICATION HAS CHANGED")):
        return HostKeyRejected(f"the key of host {host} is not the pinned one")
    last = said.splitlines()[-1]
    return HostUnreachable(f"host {host} did not answer: {last}")
