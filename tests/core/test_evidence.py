"""Strangers' pictures: cleaned in a child with limits; none crashes, none keeps what a camera wrote."""

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from avots.core import evidence
from avots.core.errors import Refused

SAMPLES = Path(os.environ.get("AVOTS_SAMPLES", Path(__file__).parents[3] / "shared/data")) / "upload_fuzz/images"
# What opens normally of the 31: twelve JPEG and one GIF.
GOOD = {
    "broken_exif_dpi.jpg",
    "decompression_bomb_extents.gif",
    "exif-dpi-zerodivision.jpg",
    "exif_gps.jpg",
    "exif_gps_typeerror.jpg",
    "hopper_orientation_2.jpg",
    "hopper_orientation_3.jpg",
    "hopper_orientation_5.jpg",
    "hopper_orientation_6.jpg",
    "hopper_orientation_8.jpg",
    "invalid-exif-without-x-resolution.jpg",
    "no-dpi-in-exif.jpg",
    "truncated_exif_dpi.jpg",
}
CODES = {"photo_other_format", "photo_too_many_pixels", "photo_broken"}


@pytest.fixture(autouse=True)
def kept_apart(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def jpeg(size=(60, 40), **how) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG", **how)
    return out.getvalue()


def png_saying(width: int, height: int) -> bytes:
    """A PNG whose header claims a size and whose data are a few bytes of nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 10_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_hostile_pictures_are_refused_with_a_sentence_and_good_ones_kept():
    if not SAMPLES.exists():
        pytest.skip(f"no hostile pictures in {SAMPLES}: set AVOTS_SAMPLES")
    taken = set()
    for path in sorted(SAMPLES.iterdir()):
        try:
            kept = evidence.keep_picture(path.read_bytes())
        except Refused as refused:
            assert refused.code in CODES, path.name
        else:
            taken.add(path.name)
            with Image.open(evidence.path_of(kept.name)) as clean:
                assert clean.format == "JPEG"
                assert not clean.getexif()
    assert taken == GOOD


def test_a_picture_is_turned_upright_and_loses_where_it_was_taken():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x8825] = {1: "N", 2: (57.0, 23.0, 0.0)}
    kept = evidence.keep_picture(jpeg((60, 40), exif=exif, comment=b"at home"))
    data = evidence.path_of(kept.name).read_bytes()
    with Image.open(io.BytesIO(data)) as clean:
        assert clean.size == (40, 60)
        assert not clean.getexif()
    assert b"at home" not in data


def test_what_is_hidden_behind_a_picture_is_not_kept():
    kept = evidence.keep_picture(jpeg() + b"<script>alert(1)</script>PK\x03\x04%PDF-1.7")
    data = evidence.path_of(kept.name).read_bytes()
    assert not any(hidden in data for hidden in (b"<script>", b"PK\x03\x04", b"%PDF"))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (png_saying(8_000, 8_000), "photo_too_many_pixels"),
        (png_saying(2**31 - 1, 2**31 - 1), "photo_broken"),
        (b"\xff\xd8\xff" + b"\0" * 1_000, "photo_broken"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "photo_other_format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo_other_format"),
        (b"SIMPLE  =                    T", "photo_other_format"),
        (b"", "photo_other_format"),
        (b"\xff\xd8\xff" + b"\0" * (15 * 1024 * 1024), "photo_too_large"),
    ],
    ids=["64 Mpx", "2^62 px", "no jpeg", "eps", "svg", "fits", "empty", "over 15 MB"],
)
def test_bombs_and_other_formats_are_refused(data, code):
    with pytest.raises(Refused) as refused:
        evidence.keep_picture(data)
    assert refused.value.code in {code, "photo_too_many_pixels" if code == "photo_broken" else code}
    assert not list(evidence.path_of("00").parents[1].rglob("*.jpg"))


def test_the_child_cannot_take_more_memory_or_time_than_it_may():
    script = (
        "from avots.core import picture; import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (picture.MEMORY_BYTES,) * 2)\n"
        "try: bytearray(picture.MEMORY_BYTES)\nexcept MemoryError: sys.exit(7)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 7
    big = jpeg((6_000, 6_000))
    out = evidence.keep_picture(big)
    with Image.open(evidence.path_of(out.name)) as clean:
        assert max(clean.size) <= 2_400


def test_names_say_nothing_and_lie_outside_the_web_root(settings):
    one, other = evidence.keep_picture(jpeg()), evidence.keep_picture(jpeg())
    assert one.sha256 == other.sha256
    assert one.name != other.name
    assert settings.STATIC_ROOT not in evidence.path_of(one.name).parents
