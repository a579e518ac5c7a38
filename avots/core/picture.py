"""The child that opens a stranger's picture: ``python -m avots.core.picture`` (quality.md 4.3 row 23).

Takes the file on standard input, gives a plain JPEG on standard output: upright, at most so large,
without EXIF, GPS, profiles or comments. The limits hold this process alone; it ends either way.
Exit codes are the reasons in :data:`REASONS`. It imports nothing of ours and no Django.
"""

import io
import resource
import sys
import warnings

CPU_SECONDS, MEMORY_BYTES = 5, 512 * 1024 * 1024
MOST_PIXELS, SIDE, QUALITY = 40_000_000, 2_400, 85
FORMATS = ("JPEG", "PNG", "GIF")
STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8")
REASONS = {3: "photo_other_format", 4: "photo_too_many_pixels", 5: "photo_broken"}


def main() -> int:
    """Read, check, decode and write; return the exit code."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    data = sys.stdin.buffer.read()
    if not data.startswith(STARTS):
        return 3
    code, made = decode(data)
    sys.stdout.buffer.write(made)
    return code


def decode(data: bytes) -> tuple[int, bytes]:
    """Return 0 and a clean JPEG, or the reason and nothing."""
    from PIL import Image, ImageOps

    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return 4, b""
            picture.draft("RGB", (SIDE, SIDE))
            upright = ImageOps.exif_transpose(picture)
            return 0, _written(upright.convert("RGB"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return 4, b""
    except Exception:  # whatever a hostile file raises, it is a broken picture
        return 5, b""


def _written(picture: object) -> bytes:
    from PIL import Image

    plain = Image.new("RGB", picture.size)  # type: ignore[attr-defined]
    plain.paste(picture)  # type: ignore[arg-type]
    plain.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
