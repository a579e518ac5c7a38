"""Made files, kept beside the database; each can be made again from it, so losing them loses nothing."""

from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings


def write(name: str, content: bytes) -> str:
    """Write a file whole or not at all, and return the SHA-256 of its content."""
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)
    return sha256(content).hexdigest()


def read(name: str, digest: str) -> bytes | None:
    """Return a file's content, or nothing when it is missing or not what was written."""
    path = _path(name)
    content = path.read_bytes() if digest and path.exists() else b""
    return content if sha256(content).hexdigest() == digest else None


def _path(name: str) -> Path:
    root = Path(settings.FILES_DIR).resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root):
        raise ValueError(name)
    return path
