"""The store at an S3 service: Amazon's own, or one that speaks like it (MinIO, Ceph, R2).

Objects are private; whoever should see one gets it through us or by a temporary
address. botocore is loaded when it is first needed: it is large, and a process that
never speaks to the service does without.
"""

from __future__ import annotations

import io
import mimetypes
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from shutil import copyfileobj
from typing import Any, BinaryIO
from urllib.parse import parse_qs, unquote, urlsplit

from classprojects.gateways.storage.contract import (
    BLOCK,
    KEY,
    PREFIX,
    Delivery,
    StorageTrouble,
    check_key,
    new_scrap,
    sweep_scraps,
)
from classprojects.gateways.storage.signing import AccessKeys, sign_address

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
FOLDERS = re.compile(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*")

#: bytes of one part of a large object: what of it is in memory at a time (at least 5 MB, at most 10,000 parts)
PART = 8 * 1024 * 1024
#: bytes of the first range of a reader; each that follows on is twice as long
FIRST_RANGE, LONGEST_RANGE = 128 * 1024, 8 * 1024 * 1024
#: seconds without an answer, and how often something is tried in all
CONNECT_TIMEOUT, READ_TIMEOUT, TRIES = 4, 20, 3
#: seconds for which an answer to 'can you be written to?' is believed
BELIEVED = 15
PROBE = "checks/writable.txt"

TYPES = {
    ".avif": "image/avif",
    ".webp": "image/webp",
    ".webm": "video/webm",
    ".m4a": "audio/mp4",
    ".flac": "audio/flac",
}


@dataclass(frozen=True)
class S3Address:
    """A bucket (and a folder in it), where it is, and how it is spoken to."""

    bucket: str
    prefix: str  # "" or "folder/"
    region: str
    endpoint: str | None  # None: Amazon's own
    in_host: bool  # whether the bucket stands in the host's name, or begins the path
    encryption: str | None  # what the service is told to encrypt with; None: as the bucket is set
    keys: AccessKeys | None = field(repr=False)  # None: botocore's own chain

    @property
    def origin(self) -> str:
        """The origin that its addresses have."""
        parts = urlsplit(self.endpoint or f"https://s3.{self.region}.amazonaws.com")
        return f"{parts.scheme}://{self.bucket}.{parts.netloc}" if self.in_host else f"{parts.scheme}://{parts.netloc}"

    def url(self, key: str) -> str:
        """The address of the object under ``key``, without a signature."""
        folder = "" if self.in_host else f"/{self.bucket}"
        return f"{self.origin}{folder}/{self.prefix}{key}"


def read_address(url: str) -> S3Address:
    """``s3://[id:secret@]bucket[/folder][?region=…&endpoint=…&addressing=…&encryption=…]``; ValueError in words.

    ``endpoint``: of a service other than Amazon's; ``addressing``: host or path, by itself the
    path where there is an endpoint or a dot in the bucket's name; ``encryption``: AES256 or
    aws:kms. Without keys in it the usual ones of the environment or the machine are taken.
    """
    parts = urlsplit(url)
    bucket, prefix = (parts.hostname or ""), unquote(parts.path).strip("/")
    if parts.scheme != "s3" or not BUCKET.fullmatch(bucket) or (prefix and not FOLDERS.fullmatch(prefix)):
        raise ValueError("an S3 store's address is s3://bucket/folder?region=…, in letters, digits and hyphens")
    said = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    unknown = sorted(said.keys() - {"region", "endpoint", "addressing", "encryption"})
    if unknown:
        raise ValueError(f"an S3 store's address does not take {', '.join(unknown)}")
    endpoint = said.get("endpoint")
    if endpoint is not None:
        place = urlsplit(endpoint)
        if place.scheme not in {"http", "https"} or not place.netloc or place.path.strip("/") or place.query:
            raise ValueError("the endpoint of an S3 store is https://host or https://host:port")
        endpoint = f"{place.scheme}://{place.netloc}"
    addressing = said.get("addressing") or ("path" if endpoint or "." in bucket else "host")
    if addressing not in {"host", "path"}:
        raise ValueError("the addressing of an S3 store is host or path")
    if said.get("encryption") not in {None, "AES256", "aws:kms"}:
        raise ValueError("the encryption of an S3 store is AES256 or aws:kms")
    keys = None
    if parts.username or parts.password:
        if not (parts.username and parts.password):
            raise ValueError("the keys of an S3 store are s3://id:secret@bucket")
        keys = AccessKeys(unquote(parts.username), unquote(parts.password))
    return S3Address(
        bucket=bucket,
        prefix=f"{prefix}/" if prefix else "",
        region=said.get("region") or "us-east-1",
        endpoint=endpoint,
        in_host=addressing == "host",
        encryption=said.get("encryption"),
        keys=keys,
    )


class _Replaced(StorageTrouble):
    """There are other bytes under the key by now."""


class S3Storage:
    """Private objects in a bucket. What is on its way lies in ``scratch``, a folder of this machine."""

    def __init__(self, address: S3Address, scratch: Path) -> None:
        self.address = address
        self.scratch = scratch
        self._opening = threading.Lock()
        self._probed: tuple[float, bool] | None = None

    def incoming(self) -> tuple[BinaryIO, Path]:
        """A new, empty temporary file on this machine: (open for writing, path)."""
        return new_scrap(self.scratch)

    def put_file(self, key: str, path: Path, *, move: bool = False) -> None:
        """Store the bytes of ``path`` under ``key``; with ``move``, ``path`` is gone afterwards.

        A large file goes in parts, one in memory at a time; it appears once all are there.
        Raises StorageTrouble; ``path`` is kept then, and of the parts nothing stays.
        """
        named = self._named(key)
        about = {"ContentType": _type_of(key), "CacheControl": "private, no-cache"}
        if self.address.encryption:
            about["ServerSideEncryption"] = self.address.encryption
        with path.open("rb") as file:
            if path.stat().st_size <= PART:
                with self._speaking(key):
                    self._client.put_object(**named, **about, Body=file)
            else:
                self._put_in_parts(key, named, about, file)
        if move:
            path.unlink()

    def _put_in_parts(self, key: str, named: dict[str, str], about: dict[str, str], file: BinaryIO) -> None:
        with self._speaking(key):
            upload = self._client.create_multipart_upload(**named, **about)["UploadId"]
            try:
                parts: list[dict[str, Any]] = []
                while block := file.read(PART):
                    number = len(parts) + 1
                    answer = self._client.upload_part(**named, UploadId=upload, PartNumber=number, Body=block)
                    parts.append({"PartNumber": number, "ETag": answer["ETag"]})
                self._client.complete_multipart_upload(**named, UploadId=upload, MultipartUpload={"Parts": parts})
            except BaseException:
                # Where the service is away, the sweep ends it later.
                with suppress(Exception):
                    self._client.abort_multipart_upload(**named, UploadId=upload)
                raise

    def open(self, key: str) -> BinaryIO:
        """The bytes under ``key``, seekable; they are fetched range by range as they are read."""
        head = self._head(key)
        return io.BufferedReader(_Ranges(self, key, head["ContentLength"], head["ETag"]), 64 * 1024)

    @contextmanager
    def borrowed_path(self, key: str) -> Iterator[Path]:
        """A copy on this machine, for as long as it is needed."""
        copy, path = new_scrap(self.scratch, Path(key).suffix)
        try:
            with copy, self.open(key) as source:
                copyfileobj(source, copy, BLOCK)
            yield path
        finally:
            path.unlink(missing_ok=True)

    def size(self, key: str) -> int:
        """Bytes under ``key``."""
        return int(self._head(key)["ContentLength"])

    def exists(self, key: str) -> bool:
        """Whether there is something under ``key``."""
        try:
            self._head(key)
        except FileNotFoundError:
            return False
        return True

    def delete(self, key: str) -> None:
        """Take away what is under ``key``."""
        named = self._named(key)
        with self._speaking(key):
            self._client.delete_object(**named)

    def list_keys(self, prefix: str = "", *, older_than: float = 0) -> Iterator[str]:
        """Keys in the folder ``prefix`` that were stored that many seconds ago or more.

        Objects that are not ours by their names are passed over.
        """
        if not PREFIX.fullmatch(prefix):
            return
        before = datetime.now(UTC) - timedelta(seconds=older_than) if older_than > 0 else None
        folder = self.address.prefix + (f"{prefix}/" if prefix else "")
        for page in self._pages("list_objects_v2", Prefix=folder):
            for one in page.get("Contents", ()):
                key = one["Key"].removeprefix(self.address.prefix)
                if KEY.fullmatch(key) and key != PROBE and (before is None or one["LastModified"] <= before):
                    yield key

    def sweep_incoming(self, *, older_than: float) -> int:
        """Delete temporary files, and parts of objects, that nobody finished; how many there were."""
        swept = sweep_scraps(self.scratch, older_than=older_than)
        before = datetime.now(UTC) - timedelta(seconds=older_than)
        for page in self._pages("list_multipart_uploads", Prefix=self.address.prefix):
            for one in page.get("Uploads", ()):
                if one["Initiated"] <= before:
                    with self._speaking(one["Key"]):
                        self._client.abort_multipart_upload(
                            Bucket=self.address.bucket, Key=one["Key"], UploadId=one["UploadId"]
                        )
                    swept += 1
        return swept

    def is_writable(self) -> bool:
        """Whether an object can be stored now: for ``/readyz``, which is asked every few seconds."""
        now = time.monotonic()
        if self._probed is None or now - self._probed[0] > BELIEVED:
            try:
                with self._speaking(PROBE):
                    self._client.put_object(**self._named(PROBE), Body=b"", ContentType="text/plain")
                self._probed = (now, True)
            except OSError:
                self._probed = (now, False)
        return self._probed[1]

    def temporary_address(self, key: str, delivery: Delivery) -> str | None:
        """Where a browser gets what is under ``key`` from the service itself, in ranges too.

        The same address comes back for ``delivery.seconds``, so that what a browser has
        fetched by it is found again in its cache; it holds at least so long, at most twice.
        """
        check_key(key)
        query = {"response-content-type": delivery.mime, "response-cache-control": delivery.cache_control}
        if delivery.disposition:
            query["response-content-disposition"] = delivery.disposition
        # The service compares with its own clock: the real one, not the product's.
        now = int(time.time())
        return sign_address(
            delivery.method,
            self.address.url(key),
            query,
            keys=self._keys(),
            region=self.address.region,
            moment=datetime.fromtimestamp(now - now % delivery.seconds, UTC),
            seconds=delivery.seconds * 2,
        )

    def _keys(self) -> AccessKeys:
        if self.address.keys is not None:
            return self.address.keys
        env = os.environ
        if env.get("AWS_ACCESS_KEY_ID") and env.get("AWS_SECRET_ACCESS_KEY"):
            return AccessKeys(
                env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env.get("AWS_SESSION_TOKEN") or None
            )
        with self._speaking("keys"):
            found = self._session.get_credentials()
            if found is None:
                raise StorageTrouble("there are no keys for the S3 store")
            lent = found.get_frozen_credentials()
        return AccessKeys(lent.access_key, lent.secret_key, lent.token)

    @cached_property
    def _session(self) -> Any:
        import boto3

        keys = self.address.keys
        if keys is None:
            return boto3.session.Session()
        return boto3.session.Session(aws_access_key_id=keys.key_id, aws_secret_access_key=keys.secret)

    @property
    def _client(self) -> Any:
        # Sessions are not for several threads, clients are.
        with self._opening:
            return self._made_client

    @cached_property
    def _made_client(self) -> Any:
        from botocore.config import Config

        address = self.address
        return self._session.client(
            "s3",
            region_name=address.region,
            endpoint_url=address.endpoint,
            config=Config(
                signature_version="s3v4",
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=READ_TIMEOUT,
                retries={"mode": "standard", "total_max_attempts": TRIES},
                s3={"addressing_style": "virtual" if address.in_host else "path"},
                # Services that speak like Amazon's do not all know its newer checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def _named(self, key: str) -> dict[str, str]:
        return {"Bucket": self.address.bucket, "Key": self.address.prefix + check_key(key)}

    def _head(self, key: str) -> dict[str, Any]:
        named = self._named(key)
        with self._speaking(key):
            head: dict[str, Any] = self._client.head_object(**named)
        return head

    def _pages(self, operation: str, **asked: str) -> Iterator[dict[str, Any]]:
        with self._speaking(asked["Prefix"]):
            pages = iter(self._client.get_paginator(operation).paginate(Bucket=self.address.bucket, **asked))
        while True:
            with self._speaking(asked["Prefix"]):
                page = next(pages, None)
            if page is None:
                return
            yield page

    @contextmanager
    def _speaking(self, key: str) -> Iterator[None]:
        """What the service or the way to it does wrong, as FileNotFoundError or StorageTrouble without secrets."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            said = error.response.get("Error", {}).get("Code", "")
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if said in {"NoSuchKey", "404", "NotFound"}:
                raise FileNotFoundError(key) from None
            if status == 412:
                raise _Replaced(f"{key} was replaced while it was read") from None
            raise StorageTrouble(f"the S3 store said {said or status} ({status}) about {key}") from error
        except BotoCoreError as error:
            raise StorageTrouble(f"the S3 store does not answer ({type(error).__name__}) about {key}") from error


class _Ranges(io.RawIOBase):
    """One object as a file: asks for a range, reads it off the wire, then asks for the next, longer one."""

    def __init__(self, store: S3Storage, key: str, size: int, etag: str) -> None:
        super().__init__()
        self._store, self._key, self._size, self._etag = store, key, size, etag
        self._at = 0
        self._body: Any = None
        self._left = 0  # bytes of the range that is open
        self._next_range = FIRST_RANGE

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        target = max(0, offset + (0, self._at, self._size)[whence])
        if target != self._at:
            self._let_go()
            self._at, self._next_range = target, FIRST_RANGE
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        tries = 0
        while True:
            try:
                with self._store._speaking(self._key):
                    if self._body is None:
                        self._ask()
                    data = self._body.read(min(wanted, self._left))
                if data:
                    break
                raise StorageTrouble(f"the S3 store broke off about {self._key}")
            except StorageTrouble as trouble:
                # It goes on where it broke off: nothing is read twice.
                self._let_go()
                tries += 1
                if tries >= TRIES or isinstance(trouble, _Replaced):
                    raise
        buffer[: len(data)] = data
        self._at += len(data)
        self._left -= len(data)
        if self._left <= 0:
            self._let_go()
        return len(data)

    def close(self) -> None:
        self._let_go()
        super().close()

    def _ask(self) -> None:
        last = min(self._at + self._next_range, self._size) - 1
        answer = self._store._client.get_object(
            **self._store._named(self._key), Range=f"bytes={self._at}-{last}", IfMatch=self._etag
        )
        self._body, self._left = answer["Body"], last + 1 - self._at
        if not answer.get("ContentRange", "").startswith(f"bytes {self._at}-{last}/"):
            raise StorageTrouble(f"the S3 store gave another range of {self._key}")
        self._next_range = min(self._next_range * 2, LONGEST_RANGE)

    def _let_go(self) -> None:
        if self._body is not None:
            with suppress(Exception):
                self._body.close()
        self._body, self._left = None, 0


def _type_of(key: str) -> str:
    ending = Path(key).suffix
    return TYPES.get(ending) or mimetypes.guess_type(f"a{ending}")[0] or "application/octet-stream"
