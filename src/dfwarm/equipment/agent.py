"""
An ssh-agent asked to sign (draft-miller-ssh-agent, sections 3.5 and 3.6): the private key never leaves it.

A key on a PKCS#11 token is reached in the same way, after `ssh-add -s LIBRARY`.
"""

import socket
from dataclasses import dataclass

from dfwarm.errors import KeyUnusable
from dfwarm.evidence.sshsig import fingerprint, pack, unpack

_IDENTITIES_REQUEST, _IDENTITIES_ANSWER = 11, 12
_SIGN_REQUEST, _SIGN_RESPONSE = 13, 14
_RSA_SHA2_512 = 4
_LARGEST_BYTES = 1 << 18
_HINT = "Start the agent, add the key with ssh-add, and name its socket as `evidence.agent_socket`."


@dataclass(frozen=True, slots=True)
class Agent:
    """The agent behind one socket."""

    path: str
    seconds: float = 20.0

    def keys(self) -> tuple[bytes, ...]:
        """The public keys that it holds. Raises KeyUnusable."""
        answer = self._ask(bytes((_IDENTITIES_REQUEST,)), _IDENTITIES_ANSWER)
        found: list[bytes] = []
        rest = answer[4:]
        for _ in range(int.from_bytes(answer[:4], "big")):
            key, rest = unpack(rest)
            _, rest = unpack(rest)
            found.append(key)
        return tuple(found)

    def sign(self, key: bytes, data: bytes) -> bytes:
        """The signature of a key, its algorithm before it. Raises KeyUnusable."""
        request = bytes((_SIGN_REQUEST,)) + pack(key) + pack(data) + _RSA_SHA2_512.to_bytes(4, "big")
        try:
            signature, _ = unpack(self._ask(request, _SIGN_RESPONSE))
        except ValueError as error:
            raise KeyUnusable(f"ssh-agent {self.path} gave half a signature", hint=_HINT) from error
        except KeyUnusable as error:
            said = f"ssh-agent {self.path} does not sign with {fingerprint(key)}: {error}"
            raise KeyUnusable(said, hint=_HINT) from error
        return signature

    def _ask(self, request: bytes, wanted: int) -> bytes:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(self.seconds)
                connection.connect(self.path)
                connection.sendall(pack(request))
                length = int.from_bytes(_take(connection, 4), "big")
                answer = _take(connection, length) if 0 < length <= _LARGEST_BYTES else b""
        except OSError as error:
            said = f"ssh-agent {self.path or '(no socket)'} does not answer: {error.strerror or error}"
            raise KeyUnusable(said, hint=_HINT) from error
        if answer[:1] != bytes((wanted,)):
            raise KeyUnusable("it refused, or does not hold the key", hint=_HINT)
        return answer[1:]


def _take(connection: socket.socket, count: int) -> bytes:
    taken = b""
    while len(taken) < count:
        piece = connection.recv(count - len(taken))
        if not piece:
            raise ConnectionResetError("the connection was cut")
        taken += piece
    return taken
