"""Many rows at once, and many keys as one parameter."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from avots.config.jobs import tidy_up
from avots.core import bulk
from avots.core.models import PolicyChange, Series, Tick
from tests.town import NOW


def test_many_rows_are_changed_by_their_keys_and_no_others(db):
    rows = Tick.objects.bulk_create(Tick(job=f"job-{n}", slot=NOW) for n in range(5))
    assert bulk.update(Tick, ["job"], [(f"new-{row.pk}", row.pk) for row in rows[:3]]) == 3
    assert bulk.update(Tick, ["job"], []) == 0
    told = dict(Tick.objects.values_list("pk", "job"))
    assert [told[row.pk] for row in rows] == [*(f"new-{row.pk}" for row in rows[:3]), "job-3", "job-4"]


def test_rows_whose_key_is_there_are_left_out(db):
    columns = ["name", "next_number"]
    Series.objects.create(name="a", next_number=7)
    rows = [("a", 1), ("b", 2), ("c", 3), ("b", 9)]
    assert bulk.insert_new(Series, columns, rows, key="name") == 2
    assert bulk.insert_new(Series, columns, rows, key="name") == 0
    assert bulk.insert_new(Series, columns, [("d", 4)], key="name") == 1
    assert bulk.insert_new(Series, columns, [], key="name") == 0
    assert dict(Series.objects.values_list("name", "next_number")) == {"a": 7, "b": 2, "c": 3, "d": 4}


def test_what_another_constraint_forbids_is_not_left_out(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert_new(Series, ["name", "next_number"], [("a", 1), ("b", -1)], key="name")
    assert not Series.objects.exists()


def test_values_of_every_kind_arrive_as_they_were_given(db):
    day, value = date(2026, 11, 2), {"pilsēta": ["Ventspils", 'a"b\\'], "litri": 2**40, "nav": None}
    row = PolicyChange.objects.create(
        name="a", valid_from=NOW.date(), value=1, basis="", decided_at=NOW, decided_by=""
    )
    names = ["valid_from", "value", "basis", "decided_at"]
    later = NOW + timedelta(microseconds=1)
    bulk.update(PolicyChange, names, [(day, value, "Jānis's \\ \n {}", later, row.pk)])
    row.refresh_from_db()
    assert (row.valid_from, row.value, row.basis, row.decided_at) == (day, value, "Jānis's \\ \n {}", later)


def test_thousands_of_keys_are_looked_up_as_one_parameter(db, django_assert_num_queries):
    row = Tick.objects.create(job="job", slot=NOW)
    with django_assert_num_queries(3):
        assert list(Tick.objects.filter(pk__among=range(row.pk, row.pk + 200_000))) == [row]
        assert list(Tick.objects.filter(job__among={"job", "job's"})) == [row]
        assert not Tick.objects.filter(pk__among=[]).exists()


def test_the_tables_are_counted_at_night(db):
    """SQLite alone needs it: without counts it reads a whole round for a building's readings."""
    Tick.objects.create(job="job", slot=NOW)
    tidy_up.func()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_stat1")
            assert cursor.fetchone()[0] > 0
