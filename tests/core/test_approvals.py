"""The second pair of eyes: who asked may withdraw, only another may decide, and each question is decided once."""

import pytest
from django.db import IntegrityError

from avots.core import approvals
from avots.core.audit import By
from avots.core.errors import Refused
from avots.core.models import Approval
from tests.town import NOW

ILZE, LAIMA = By("staff", 1), By("staff", 2)


@pytest.fixture
def asked(db) -> Approval:
    return approvals.request(kind="t", subject="s", now=NOW, by=ILZE)


def state(approval: Approval) -> tuple[str, str]:
    approval.refresh_from_db()
    return approval.state, approval.decided_by


def test_who_asked_may_withdraw_and_ask_again(asked):
    approvals.decline(asked, now=NOW, by=ILZE)
    assert state(asked) == ("withdrawn", "")
    for decide in (approvals.grant, approvals.decline):
        with pytest.raises(Refused, match="already_decided"):
            decide(asked, now=NOW, by=LAIMA)
    assert approvals.request(kind="t", subject="s", now=NOW, by=ILZE).pk != asked.pk


def test_only_another_may_grant(asked):
    with pytest.raises(Refused, match="needs_second_person"):
        approvals.grant(asked, now=NOW, by=ILZE)
    assert state(asked) == ("open", "")
    approvals.grant(asked, now=NOW, by=LAIMA)
    assert state(asked) == ("granted", "staff:2")
    with pytest.raises(Refused, match="already_decided"):
        approvals.decline(asked, now=NOW, by=ILZE)


def test_another_declines(asked):
    approvals.decline(asked, now=NOW, by=LAIMA)
    assert state(asked) == ("declined", "staff:2")


def test_the_database_knows_two_people_too(asked):
    with pytest.raises(IntegrityError, match="approval_by_a_second_person"):
        Approval.objects.filter(pk=asked.pk).update(state="granted", decided_by="staff:1")
