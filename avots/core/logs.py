"""Logs as one JSON object a line, in UTC, without what belongs to people (quality.md 4.3 row 37)."""

import json
import logging
import re
from datetime import UTC, datetime

# Where a request's own words come near a log line: personal links and keys in addresses, e-mail, IBAN.
HIDDEN = (
    (re.compile(r"(/r/|/key/|-key/|code=|token=)[^/\s\"']+"), r"\1…"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "…@…"),
    (re.compile(r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b"), "…"),
)


def masked(text: str) -> str:
    """Return a text without personal links, e-mail addresses and account numbers.

    >>> masked("Not Found: /r/AAAABQAAAAE_x/ for anna@example.lv, LV22PARA0000123456789")
    'Not Found: /r/…/ for …@…, …'
    """
    for pattern, shown in HIDDEN:
        text = pattern.sub(shown, text)
    return text


class JsonLines(logging.Formatter):
    """One line a record; line breaks inside are encoded, so nobody can forge another line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        if record.exc_info:
            line["exception"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
