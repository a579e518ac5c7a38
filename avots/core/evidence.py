"""Pictures people send: cleaned in a child process, kept under random names outside the web root."""

import secrets
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from avots.core.errors import Refused
from avots.core.picture import REASONS

MOST_BYTES = 15 * 1024 * 1024
SECONDS = 15


@dataclass(frozen=True)
class Kept:
    """A kept picture: its random name and the hash of its bytes."""

    name: str
    sha256: str


def keep_picture(data: bytes) -> Kept:
    """Clean a picture and keep it: upright, written anew as JPEG, without EXIF or GPS.

    It is decoded in a process of its own with 5 seconds of CPU and 512 MB (quality.md 4.3 row 23);
    the file that came is never kept or served.

    :raises Refused: ``photo_too_large``, ``photo_other_format``, ``photo_too_many_pixels``, ``photo_broken``
    """
    if len(data) > MOST_BYTES:
        raise Refused("photo_too_large")
    clean = _cleaned(data)
    kept = Kept(secrets.token_hex(16), sha256(clean).hexdigest())
    path = path_of(kept.name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(clean)
    return kept


def path_of(name: str) -> Path:
    """Return where a picture lies."""
    return Path(settings.VAR_DIR) / "pictures" / name[:2] / f"{name}.jpg"


def _cleaned(data: bytes) -> bytes:
    command = [sys.executable, "-m", "avots.core.picture"]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            command, input=data, capture_output=True, timeout=SECONDS, check=False, cwd=settings.BASE_DIR
        )
    except subprocess.TimeoutExpired:
        raise Refused("photo_broken") from None
    if done.returncode or not done.stdout:
        raise Refused(REASONS.get(done.returncode, "photo_broken"))
    return done.stdout
