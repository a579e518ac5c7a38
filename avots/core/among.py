"""``field__among=[...]``: as ``in``, but all the keys travel as one parameter.

``in`` makes a parameter of each key, which for the thousands of a batch costs more than the look-up.
"""

import json
from typing import Any

from django.db.models import Field, Lookup
from django.db.models.fields.related import ForeignObject


class Among(Lookup[Any]):
    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, parameters = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{column} = ANY(%s)", [*parameters, list(self.rhs)]
        keys = "(SELECT value FROM json_each(%s))"
        return f"{column} IN {keys}", [*parameters, json.dumps(list(self.rhs))]


def register() -> None:
    """Make the look-up known, of plain fields and of foreign keys."""
    Field.register_lookup(Among)
    ForeignObject.register_lookup(Among)
