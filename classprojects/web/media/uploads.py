"""Resumable uploads by tus 1.0 (https://tus.io/protocols/resumable-upload): a file comes in pieces, over as many
connections as it takes. Extensions: creation, creation-with-upload, expiration, termination, checksum."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from flask import Blueprint, Response, current_app, jsonify, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import PreconditionFailed, UnsupportedMediaType
from werkzeug.http import http_date

from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.gateways import pieces
from classprojects.media import jobs, queries, uploading
from classprojects.media.models import MediaKind, Upload, UploadState
from classprojects.media.quotas import NoRoom
from classprojects.policy import Permission
from classprojects.web.shared.guards import accepts_piece, current_person, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person

bp = Blueprint("uploads", __name__)

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,termination,checksum"
ALGORITHMS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
PIECE = "application/offset+octet-stream"
#: seconds without a byte after which a line counts as broken
SILENCE = 30
#: what is refused unread may be so large before the line is simply closed
DRAINED = 32 * 1024 * 1024

STATUSES: dict[type[DomainError], int] = {
    uploading.BadUpload: 400,
    uploading.TooLarge: 413,
    uploading.WrongOffset: 409,
    uploading.UploadBusy: 423,
    uploading.UploadOver: 410,
    uploading.DiskFull: 507,
    NoRoom: 413,
}


class WrongChecksum(DomainError):
    """The piece that arrived is not the piece that was sent."""


STATUSES[WrongChecksum] = 460


@bp.post("/uploads")
@accepts_piece
@requires(Permission.UPLOAD_MEDIA)
@limiter.limit(POSTING, key_func=per_person)
def begin_upload() -> Response:
    """Announce a file: its length, its name, and what kind it is to be. The first piece may come along."""
    length = _whole_number("Upload-Length")
    if length is None or "Upload-Defer-Length" in request.headers:
        raise uploading.BadUpload(_("Say how long the file is: we take none of unknown length."))
    said = _read_metadata(request.headers.get("Upload-Metadata", ""))
    kind = said.get("kind") or said.get("filetype", "").partition("/")[0]
    if kind not in set(MediaKind):
        raise uploading.BadUpload(_("Say what the file is to be: a picture, a sound or a video."))
    if not pieces.has_space(length):
        raise _disk_full()
    with transaction():
        upload = uploading.begin_upload(signed_in_person(), MediaKind(kind), said.get("filename", ""), length)
    response = Response(status=201)
    response.headers["Location"] = url_for("uploads.show_upload", public_id=upload.public_id)
    if request.mimetype == PIECE:
        upload = _take_piece(upload, 0)
        response.headers["Upload-Offset"] = str(upload.received)
    return _with_expiry(response, upload)


@bp.get("/uploads/<public_id>")
@requires(Permission.CONTINUE_UPLOAD, on=queries.get_upload)
def show_upload(upload: Upload) -> Response:
    """How far it is. HEAD is what tus asks; GET also says what became of the file."""
    here = _received(upload)
    response = jsonify(_described(upload, here))
    response.headers["Upload-Offset"] = str(here)
    response.headers["Upload-Length"] = str(upload.length)
    if upload.state is UploadState.OPEN:
        uploading.check_open(upload)
    return _with_expiry(response, upload)


@bp.patch("/uploads/<public_id>")
@accepts_piece
@requires(Permission.CONTINUE_UPLOAD, on=queries.get_upload)
def continue_upload(upload: Upload) -> Response:
    """One more piece, from where the last one ended."""
    if request.mimetype != PIECE:
        raise UnsupportedMediaType
    offset = _whole_number("Upload-Offset")
    if offset is None:
        raise uploading.BadUpload(_("Say where in the file the piece begins."))
    if not (upload.is_whole and offset == upload.length and not request.content_length):
        upload = _take_piece(upload, offset)
    response = Response(status=204)
    response.headers["Upload-Offset"] = str(upload.received)
    return _with_expiry(response, upload)


@bp.delete("/uploads/<public_id>")
@requires(Permission.CONTINUE_UPLOAD, on=queries.get_upload)
def delete_upload(upload: Upload) -> Response:
    """Give it up: what has arrived goes, and the file that it became too unless a page uses it."""
    with transaction():
        uploading.delete_upload(upload)
    return Response(status=204)


@bp.before_request
def _check_version() -> None:
    if request.method not in {"GET", "OPTIONS"} and request.headers.get("Tus-Resumable") != VERSION:
        raise PreconditionFailed(_("This address speaks tus %(version)s.", version=VERSION))


@bp.after_request
def _speak_tus(response: Response) -> Response:
    response.headers["Tus-Resumable"] = VERSION
    response.headers["Cache-Control"] = "no-store"
    if response.status_code == 412:
        response.headers["Tus-Version"] = VERSION
    if request.method == "OPTIONS":
        response.status_code = 204
        response.headers["Tus-Version"] = VERSION
        response.headers["Tus-Extension"] = EXTENSIONS
        response.headers["Tus-Max-Size"] = str(current_app.config["SETTINGS"].upload_limit)
        response.headers["Tus-Checksum-Algorithm"] = ",".join(ALGORITHMS)
    return response


@bp.errorhandler(uploading.BadUpload)
@bp.errorhandler(uploading.TooLarge)
@bp.errorhandler(uploading.WrongOffset)
@bp.errorhandler(uploading.UploadBusy)
@bp.errorhandler(uploading.UploadOver)
@bp.errorhandler(uploading.DiskFull)
@bp.errorhandler(NoRoom)
@bp.errorhandler(WrongChecksum)
def _show_refusal(error: DomainError) -> tuple[Response, int]:
    _drain()
    status = STATUSES[type(error)]
    return jsonify({"error": {"status": status, "message": error.message}}), status


def _drain() -> None:
    """Read what the refused request brought along: one whose body is not read may never see the answer."""
    if current_person() is not None and 0 < (request.content_length or 0) <= DRAINED:
        with _impatient():
            while pieces.read(request.stream, pieces.BLOCK):
                pass


def _take_piece(upload: Upload, offset: int) -> Upload:
    """Write what the request brings; what arrived of it is kept, whatever happens to the line. The upload afterwards."""
    announced = request.content_length
    most = upload.length - offset
    if announced is not None and announced > most:
        uploading.check_open(upload)
        raise _too_long() if offset == _received(upload) else uploading.wrong_offset(_received(upload))
    checksum = _Checksum(request.headers["Upload-Checksum"]) if "Upload-Checksum" in request.headers else None
    here = pieces.size_of(upload.public_id)
    with transaction():
        claim = uploading.claim_upload(upload, offset, here)
    try:
        received = offset
        stream: IO[bytes] = checksum.following(request.stream) if checksum else request.stream
        with _impatient():
            for received in pieces.write(upload.public_id, offset, stream, most):
                with transaction():
                    # With a checksum a piece counts as a whole or not at all.
                    note = uploading.note_received if checksum is None else _only_hold
                    if not note(upload.id, claim, received):
                        raise uploading.UploadBusy(_("This file is being sent from another tab or device at this moment."))
            if received == upload.length and pieces.read(request.stream, 1):
                raise _too_long()
        if checksum is not None:
            if not checksum.is_right():
                raise WrongChecksum(_("This piece was damaged on its way. Send it again."))
            with transaction():
                uploading.note_received(upload.id, claim, received)
    except OSError as error:
        raise _disk_full() from error
    finally:
        with transaction():
            uploading.let_go(upload.id, claim)
    fresh = queries.get_upload(upload.public_id)
    if fresh.is_whole and fresh.state is UploadState.OPEN:
        _have_checked(fresh)
    return fresh


def _only_hold(upload_id: int, claim: str, _received: int) -> bool:
    return uploading.hold_on(upload_id, claim)


def _have_checked(upload: Upload) -> None:
    """Find out what the whole file is: now, or in the worker where that takes long."""
    if uploading.is_checked_at_once(upload):
        jobs.finish_upload(upload.id)
    else:
        uploading.ask_for_check(upload.id)


@contextmanager
def _impatient() -> Iterator[None]:
    """A line on which nothing comes is broken after a while: it must not hold a thread for ever."""
    socket = request.environ.get("gunicorn.socket")
    before = socket.gettimeout() if socket is not None else None
    if socket is not None:
        socket.settimeout(SILENCE)
    try:
        yield
    finally:
        if socket is not None:
            socket.settimeout(before)


class _Checksum:
    """What a piece must hash to, and what it does."""

    def __init__(self, header: str) -> None:
        name, _space, encoded = header.partition(" ")
        if name not in ALGORITHMS:
            raise uploading.BadUpload(_("We know these checksums: %(names)s.", names=", ".join(ALGORITHMS)))
        self.wanted = _decoded(encoded)
        self.digest = ALGORITHMS[name](usedforsecurity=False)

    def following(self, stream: IO[bytes]) -> Any:
        self.stream = stream
        return self

    def read(self, most: int) -> bytes:
        block: bytes = self.stream.read(most)
        self.digest.update(block)
        return block

    def is_right(self) -> bool:
        return hmac.compare_digest(self.digest.digest(), self.wanted)


def _received(upload: Upload) -> int:
    """What is counted and really lies here: a disk may have lost some."""
    if upload.state is not UploadState.OPEN:
        return upload.received
    return min(upload.received, pieces.size_of(upload.public_id))


def _described(upload: Upload, here: int) -> dict[str, Any]:
    is_checking = upload.state is UploadState.OPEN and here == upload.length
    file = queries.find_unused_file_of(upload)
    return {
        "state": "checking" if is_checking else upload.state.value,
        "received": here,
        "length": upload.length,
        "kind": upload.kind.value,
        "name": upload.original_name,
        "file": file.public_id if file is not None else None,
        "failure": upload.failure,
    }


def _with_expiry(response: Response, upload: Upload) -> Response:
    if upload.state is UploadState.OPEN:
        response.headers["Upload-Expires"] = http_date(upload.expires_at)
    return response


def _whole_number(header: str) -> int | None:
    text = request.headers.get(header, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _read_metadata(header: str) -> dict[str, str]:
    """``filename d29ybGQ=,kind aW1hZ2U=`` as words."""
    said = {}
    for pair in header.split(",")[:20]:
        name, _space, encoded = pair.strip().partition(" ")
        said[name] = _decoded(encoded).decode("utf-8", "replace")
    return said


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise uploading.BadUpload(_("What is said about the file cannot be read.")) from None


def _too_long() -> uploading.TooLarge:
    return uploading.TooLarge(_("More came than the length that was announced."))


def _disk_full() -> uploading.DiskFull:
    return uploading.DiskFull(_("We have no room for this file just now. What has arrived is kept: go on in a few minutes."))
