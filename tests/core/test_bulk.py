"""Many rows at once, and many keys as one parameter."""

from django.db import connection

from avots.config.jobs import tidy_up
from avots.core import bulk
from avots.core.models import Tick
from tests.town import NOW


def test_many_rows_are_changed_by_their_keys_and_no_others(db):
    rows = Tick.objects.bulk_create(Tick(job=f"job-{n}", slot=NOW) for n in range(5))
    assert bulk.update(Tick, ["job"], [(f"new-{row.pk}", row.pk) for row in rows[:3]]) == 3
    assert bulk.update(Tick, ["job"], []) == 0
    told = dict(Tick.objects.values_list("pk", "job"))
    assert [told[row.pk] for row in rows] == [*(f"new-{row.pk}" for row in rows[:3]), "job-3", "job-4"]


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
