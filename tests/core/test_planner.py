"""PostgreSQL plans for tables that stand in memory, whoever set it up."""

import pytest
from django.db import connection


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's planner has no such settings")
def test_every_connection_tells_the_planner():
    with connection.cursor() as cursor:
        for name, told in (("random_page_cost", "1.1"), ("jit", "off")):
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone() == (told,)
