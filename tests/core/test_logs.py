"""Logs are one JSON object a line and hold nothing of people."""

import json
import logging

from django.conf import settings

from avots.core.logs import JsonLines
from avots.readings.links import Link, token_of

CANARIES = {"link": "AAAABQAAAAEAAAABAAA1_gt", "email": "canary@example.lv", "iban": "LV22PARA0000123456789"}


def line_of(message: str, **extra: object) -> dict[str, str]:
    record = logging.LogRecord("avots", logging.ERROR, __file__, 1, message, (), None)
    for name, value in extra.items():
        setattr(record, name, value)
    text = JsonLines().format(record)
    assert "\n" not in text
    return json.loads(text)


def test_a_line_says_when_in_utc_how_bad_and_from_where():
    line = line_of("broken")
    assert line["at"].endswith("+00:00")
    assert (line["level"], line["logger"], line["message"]) == ("ERROR", "avots", "broken")


def test_a_line_break_cannot_forge_another_line():
    assert line_of("a\r\n{}")["message"] == "a\r\n{}"


def test_no_canary_reaches_a_log_line():
    said = f"Not Found: /r/{CANARIES['link']}/?x=1 {CANARIES['email']} to {CANARIES['iban']}"
    line = line_of(said)
    assert not [name for name, canary in CANARIES.items() if canary in json.dumps(line)]


def test_a_broken_page_logs_no_personal_link(town, visitor, caplog, monkeypatch):
    from avots.portal.views import report

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("canary@example.lv")

    monkeypatch.setattr(report.signing, "dumps", fail)
    token = token_of(Link(town.round.pk, town.accounts["1"].pk, town.flats["1"].pk))
    visitor.raise_request_exception = False
    assert visitor.get(f"/r/{token}/").status_code == 500
    lines = [JsonLines().format(record) for record in caplog.records]
    assert lines
    assert not [line for line in lines if token in line or "canary@" in line]


def test_the_installation_logs_this_way():
    assert settings.LOGGING["handlers"]["console"]["formatter"] == "json"
