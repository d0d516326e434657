"""Commands that nobody who belongs here would send: seeded, so that each run tries the same ones."""

import random
from collections.abc import Iterator

_INJECTIONS = (
    "; touch {c}", "$(touch {c})", "`touch {c}`", "| touch {c}", "&& touch {c}", "\ntouch {c}", "\rtouch {c}", "> {c}",
    "{{touch,{c}}}", "${{IFS}}touch${{IFS}}{c}", "'; touch {c} '", '"; touch {c} "', "\\; touch {c}", "\0touch {c}",
    "\u2028touch {c}", "\uff1btouch {c}", "\x1b]0;touch {c}\x07", "%0atouch {c}", "!touch {c}", "~/.ssh/rc",
)  # fmt: skip
_OPTIONS = (
    "-e", "--rsh=touch {c}", "-e 'touch {c}'", "--daemon", "--config={c}", "--log-file={c}", "--rsync-path=touch {c}",
    "--files-from={c}", "--temp-dir={c}", "--partial-dir={c}", "--backup-dir={c}", "--copy-dest=/etc", "--link-dest=/etc",
    "--write-batch={c}", "--only-write-batch={c}", "--remove-source-files", "--inplace", "--append", "--delete-excluded",
    "--ignore-errors", "--copy-unsafe-links", "--copy-links", "-L", "-K", "--super", "--fake-super", "--usermap=*:root",
    "--early-input={c}", "--password-file=/etc/shadow", "--exclude-from=/etc/shadow", "--filter=merge /etc/shadow",
    "--debug=ALL", "--msgs2stderr", "--iconv=x", "--stop-at=0", "--munge-links", "--trust-sender", "--dparam=x",
)  # fmt: skip
_PLACES = (
    "/", "/etc", "/etc/shadow", "..", "{s}/..", "{s}/../..", "{s}//../", "{s}/lib", "{s}/.", "./{s}", "~", "~root", "",
    "{s}\0/etc", "{s}/%2e%2e", "{s}\u202e", "'{s}", "/proc/self/root{s}", "{s}/ /etc", "{s} /etc", "//{s}", "-{s}", "*",
)  # fmt: skip
_VERBS = (
    "look", "studies", "stop", "start", "hold", "freeze", "thaw", "manifest", "vendor", "report", "adopt", "session",
    "records", "have", "cosign", "doors", "scp", "sftp", "sh", "bash", "python3", "git-upload-pack", "LOOK", "rsync",
    "internal-sftp", "rrsync", "env", "__init__", "../look", "look\u0301",
)  # fmt: skip
_LETTERS = "abcXYZ019 \t\n\r\0;|&$`'\"\\(){}[]<>*?~!#%^=+-_./:,@\x1b\x7f\u00e9\u202e\ud83d\ufffe"


def hostile_commands(chance: random.Random, canary: str, study_dir: str, count: int) -> Iterator[str]:
    """Make that many commands; whatever ran one of them would leave the canary."""
    kinds = (_injected, _optioned, _placed, _scrambled, _overlong)
    for _ in range(count):
        made = chance.choice(kinds)(chance)
        yield made.replace("{c}", canary).replace("{s}", study_dir)


def _injected(chance: random.Random) -> str:
    words = [chance.choice(_VERBS), *chance.choices(("035", "120", "STUDY_DIR", "full", "-x"), k=chance.randrange(3))]
    words.insert(chance.randrange(len(words) + 1), chance.choice(_INJECTIONS))
    return chance.choice((" ", "")).join(words)


def _optioned(chance: random.Random) -> str:
    options = " ".join(chance.choices(_OPTIONS, k=chance.randint(1, 3)))
    sender = chance.choice(("", "--sender "))
    return f"rsync --server {sender}-logDtpre.iLsfxC {options} . {{s}}/"


def _placed(chance: random.Random) -> str:
    sender = chance.choice(("", "--sender "))
    return f"rsync --server {sender}-logDtpre.iLsfxC . {chance.choice(_PLACES)}"


def _scrambled(chance: random.Random) -> str:
    said = "".join(chance.choices(_LETTERS, k=chance.randint(1, 60)))
    return (
        chance.choice(("", "rsync --server ", "look "))
        + said.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        + ";"
    )


def _overlong(chance: random.Random) -> str:
    return chance.choice(_VERBS) + chance.choice((" a", " 0", "/..", "\u00e9")) * chance.randint(300, 3000)
