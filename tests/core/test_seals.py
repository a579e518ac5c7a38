"""The audit chain finds every tampering: edit, delete, reorder, insert, and a tail cut off."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from avots.core import audit, seals
from avots.core.audit import By
from avots.core.jobs import anchor_audit
from avots.core.models import AuditEntry, AuditSeal, SealedEntry
from tests.town import NOW

TABLES = ("core_auditentry", "core_auditseal", "core_sealedentry")


@pytest.fixture
def chain(db) -> list[int]:
    """Three links over nine entries, and an owner of the database who has taken the triggers off."""
    with connection.cursor() as cursor:
        for table in TABLES:
            names = ("change", "truncate") if connection.vendor == "postgresql" else ("update", "delete")
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            for name in names:
                cursor.execute(f"DROP TRIGGER {table}_frozen_{name}{on}")
    for link in range(3):
        for entry in range(3):
            audit.record(now=NOW, by=By("staff", 1), verb="v", subject=f"s:{link}", number=entry)
        seals.seal_new(now=NOW + timedelta(minutes=link))
    assert seals.broken_seals() == []
    return list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True))


def test_an_edited_entry_is_found_with_its_place(chain):
    AuditEntry.objects.filter(pk=chain[4]).update(by="staff:2")
    (problem,) = seals.broken_seals()
    assert f"from entry {chain[3]} to {chain[5]}" in problem


def test_a_deleted_entry_is_found(chain):
    SealedEntry.objects.filter(entry=chain[4]).delete()
    AuditEntry.objects.filter(pk=chain[4]).delete()
    assert len(seals.broken_seals()) == 1


def test_reordered_entries_are_found(chain):
    for pk, position in ((chain[3], 1), (chain[4], 0)):
        SealedEntry.objects.filter(entry=pk).update(position=position)
    assert len(seals.broken_seals()) == 1


def test_an_inserted_entry_is_found(chain):
    row = audit.entry(now=NOW, by=By("staff", 1), verb="v", subject="s")
    row.save()
    SealedEntry.objects.create(entry=row, seal=AuditSeal.objects.order_by("pk")[1], position=3)
    assert len(seals.broken_seals()) == 1


def test_a_tail_cut_off_is_found_by_the_head_noted_elsewhere(chain):
    noted = anchor_audit.func()
    assert seals.stands(noted)
    last = AuditSeal.objects.latest("pk")
    cut = list(SealedEntry.objects.filter(seal=last).values_list("entry_id", flat=True))
    SealedEntry.objects.filter(seal=last).delete()
    AuditEntry.objects.filter(pk__in=cut).delete()
    last.delete()
    assert seals.broken_seals() == []
    assert not seals.stands(noted)
    with pytest.raises(CommandError, match="cut or changed"):
        call_command("audit_head", noted)


def test_a_chain_made_with_another_key_is_found(chain, settings):
    settings.AUDIT_KEY = "another"
    assert len(seals.broken_seals()) == 3


def test_the_head_is_said_in_the_log_each_day(chain, caplog):
    noted = anchor_audit.func()
    assert noted in caplog.text
