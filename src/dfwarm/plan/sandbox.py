"""What a unit may do and see, and how its settings are spelled."""

from pathlib import PurePosixPath

from dfwarm.plan.installation import Installation

_HOMES = ("/home", "/root", "/run/user")
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - compared with, never written to


def quote_word(word: str) -> str:
    """One word of a setting, after systemd.syntax(7): specifiers and blanks do nothing."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{text}"' if any(character in text for character in " \t'\"\\;") or not text else text


def credentials(wanted: Installation) -> str:
    """A missing secret must not stop the cycle: it is then an empty line, and what needs it waits."""
    return "".join(
        f"LoadCredential={item.name}:{item.file.replace('%', '%%')}\nSetCredential={item.name}:\\n\n"
        for item in wanted.credentials
    )


def sandbox(wanted: Installation, *, only_state: bool = False) -> str:
    """The settings that keep a unit to what it needs."""
    writable = wanted.writable[:1] if only_state else wanted.writable
    home = "read-only" if _any_below(wanted.needed, _HOMES) else "yes"
    temporary = "no" if _any_below(wanted.needed, _TEMPORARY) else "yes"
    return f"""\
UMask=0077
# DataFax, where a control command of this unit starts it, would inherit what follows: start it by systemctl.
NoNewPrivileges=yes
ProtectSystem=strict
# The only places that it can write to; a `-` says that a folder may be missing.
ReadWritePaths={words_of((*writable[:1], *(f"-{path}" for path in writable[1:])))}
ProtectHome={home}
PrivateTmp={temporary}
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
# The network and the local log; AF_NETLINK is how the resolver learns this host's addresses.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
# SystemCallArchitectures= is left out, since the programs of older DataFax releases may be 32-bit ones."""


def _any_below(paths: tuple[str, ...], roots: tuple[str, ...]) -> bool:
    return any(PurePosixPath(path).is_relative_to(root) for path in paths for root in roots)


def command(words: tuple[str, ...]) -> str:
    """The words of ExecStart, where a dollar sign would be a variable."""
    return words_of(words).replace("$", "$$")


def words_of(words: tuple[str, ...]) -> str:
    """The words of a setting that takes several."""
    return " ".join(map(quote_word, words))
