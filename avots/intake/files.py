"""A file becomes tables by what it holds, whatever it is called."""

from avots.intake import csvfile, workbook
from avots.intake.tables import Table

GZIP = b"\x1f\x8b"


def tables_of(data: bytes) -> list[Table]:
    """Return the tables of a CSV file (packed or not) or of a workbook.

    :raises Refused: a ``file_...`` code that says what is wrong with the whole file
    """
    if workbook.is_workbook(data):
        return workbook.read(data)
    return [csvfile.read(csvfile.unpacked(data) if data[:2] == GZIP else data)]
