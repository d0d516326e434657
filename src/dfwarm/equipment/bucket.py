"""
A bucket with object lock as a place for evidence: what is put there nobody can change or remove before its time.

Each object is put under the retention mode COMPLIANCE, and is read back only where it is still held so. The library
that speaks to the service is loaded when a bucket is used.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dfwarm.equipment.parcel import Parcel
from dfwarm.errors import CopyFailed, ToolMissing

_MODE = "COMPLIANCE"
_DIGEST = "sha256"
_ABSENT = ("404", "NoSuchKey", "NotFound")
_DAYS_A_YEAR = 365.2425
_CONNECT_SECONDS = 20
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Address:
    """Where a bucket is and by which key it is reached. `authorities` are files with roots for its certificate."""

    endpoint: str
    region: str
    bucket: str
    prefix: str
    access_key: str
    authorities: tuple[Path, ...]
    deadline_seconds: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket. The secret is asked for at each use and kept nowhere."""

    name: str
    address: Address
    secret: Callable[[], str]
    retention_years: int
    now: Callable[[], datetime]

    can_be_read = True

    def put(self, parcel: Parcel) -> None:
        """Put each file that is not there, locked for the years of retention. Raises CopyFailed or ToolMissing."""
        with self._client() as client:
            self._refuse_unlocked(client)
            until = self.now() + timedelta(days=self.retention_years * _DAYS_A_YEAR)
            for name in parcel.digests():
                self._put(client, f"{parcel.name}/{name}", (parcel.folder / name).read_bytes(), until)

    def read(self, parcel: str) -> Mapping[str, str]:
        """Read every byte of the copy. Raises CopyFailed also where a file is not locked any more."""
        with self._client() as client:
            begin = f"{self.address.prefix}{parcel}/"
            return {key.removeprefix(begin): self._digest(client, key) for key in self._keys(client, begin)}

    def _put(self, client: Any, name: str, content: bytes, until: datetime) -> None:
        key, digest = self.address.prefix + name, hashlib.sha256(content)
        held = self._held(client, key)
        if held:
            if held != digest.hexdigest():
                raise CopyFailed(f"{self.name}: {key} is there already and is another file; it is left as it is")
            return
        client.put_object(
            Bucket=self.address.bucket,
            Key=key,
            Body=content,
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
            Metadata={_DIGEST: digest.hexdigest()},
            ObjectLockMode=_MODE,
            ObjectLockRetainUntilDate=until,
        )
        kept = client.head_object(Bucket=self.address.bucket, Key=key)
        self._refuse_loose(kept, key, until - timedelta(days=1))

    def _held(self, client: Any, key: str) -> str:
        """The digest with which an object was put; nothing where there is none."""
        from botocore.exceptions import ClientError

        try:
            found = client.head_object(Bucket=self.address.bucket, Key=key)
        except ClientError as error:
            if str(error.response.get("Error", {}).get("Code")) in _ABSENT:
                return ""
            raise
        self._refuse_loose(found, key, self.now())
        return str(found.get("Metadata", {}).get(_DIGEST, "of nobody"))

    def _digest(self, client: Any, key: str) -> str:
        found = client.get_object(Bucket=self.address.bucket, Key=key)
        self._refuse_loose(found, key, self.now())
        digest = hashlib.sha256()
        for piece in iter(lambda: found["Body"].read(_PIECE), b""):
            digest.update(piece)
        return digest.hexdigest()

    def _keys(self, client: Any, begin: str) -> Iterator[str]:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=self.address.bucket, Prefix=begin)
        for page in pages:
            yield from (str(each["Key"]) for each in page.get("Contents", ()))

    def _refuse_unlocked(self, client: Any) -> None:
        """A bucket without object lock would take everything and hold nothing."""
        from botocore.exceptions import ClientError

        try:
            found = client.get_object_lock_configuration(Bucket=self.address.bucket)
        except ClientError as error:
            if "ObjectLockConfigurationNotFound" not in str(error):
                raise
            found = {}
        if found.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") != "Enabled":
            raise CopyFailed(f"{self.name}: bucket {self.address.bucket} has no object lock; make one that has")

    def _refuse_loose(self, found: Mapping[str, Any], key: str, until: datetime) -> None:
        mode, end = found.get("ObjectLockMode"), found.get("ObjectLockRetainUntilDate")
        if mode != _MODE or end is None or end < until:
            held = f"{mode} until {end:%Y-%m-%d}" if mode and end else "nothing"
            raise CopyFailed(f"{self.name}: {key} is not locked as it should be: it is held by {held}")

    @contextmanager
    def _client(self) -> Iterator[Any]:
        """A client for the length of a block. What it raises becomes one clear error, which never holds the secret."""
        try:
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError as error:
            hint = "Install dfwarm with its extra: pip install 'dfwarm[s3]'."
            raise ToolMissing(f"{self.name}: the library botocore is not installed", hint=hint) from error
        try:
            yield self._connect()
        except (BotoCoreError, ClientError, OSError, ValueError) as error:
            raise CopyFailed(f"{self.name}: {' '.join(str(error).split())[:300]}") from error

    def _connect(self) -> Any:
        from botocore.config import Config
        from botocore.session import Session

        address = self.address
        return Session().create_client(
            "s3",
            region_name=address.region,
            endpoint_url=address.endpoint,
            verify=str(address.authorities[0]) if address.authorities else None,
            aws_access_key_id=address.access_key,
            aws_secret_access_key=self.secret(),
            config=Config(
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=address.deadline_seconds,
                retries={"total_max_attempts": 2},
                s3={"addressing_style": "path"},
            ),
        )
