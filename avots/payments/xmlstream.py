"""XML from strangers, read as a stream of records: nothing is built that grows with the file.

Only elements of a plan are kept, found by local names. No document type, entity or network; depth, field
and token lengths are bounded (quality.md 4.3: 26).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from xml.parsers import expat

from avots.core.errors import Refused

MOST_DEPTH = 60
MOST_LETTERS = 10_000
# A single tag, attribute or comment longer than this is no bank's; expat would have to hold it whole.
MOST_TOKEN = 1024 * 1024


class Place:
    """An element of a plan: what may follow it, the name of the value it holds, the record it begins."""

    __slots__ = ("begins", "collects", "kids", "name")

    def __init__(self, begins: str = "") -> None:
        self.kids: dict[str, Place] = {}
        self.name, self.collects, self.begins = "", False, begins

    def add(self, paths: dict[str, str]) -> Place:
        """Name the values at paths below; the first that is there counts, a name with "+" collects all."""
        for path, name in paths.items():
            place = self.at(path)
            place.name, place.collects = name.lstrip("+"), name.startswith("+")
        return self

    def at(self, path: str, begins: str = "") -> Place:
        """Return the place at a path below, made when there is none."""
        place = self
        for step in path.split("/"):
            place = place.kids.setdefault(step, Place())
        place.begins = begins or place.begins
        return place


class Record:
    """What one element of the plan held; ``kids`` is for its reader to fill."""

    __slots__ = ("begins", "element", "kids", "parent", "values")

    def __init__(self, begins: str, element: str, parent: Record | None) -> None:
        self.begins, self.element, self.parent = begins, element, parent
        self.values: dict[str, str] = {}
        self.kids: list[Record] = []


def walk(source: Iterable[bytes], plan: Place, end: Callable[[Record], None]) -> Iterator[None]:
    """Call ``end`` with each record of a document as it ends; yield after every piece read.

    Around the planned elements any others may stand; inside, unknown ones are passed over. An attribute
    ``Ccy`` of a value is kept as ``<name>_currency``.

    :raises Refused: ``xml_has_doctype``, ``xml_broken``, ``xml_too_deep``, ``statement_field_too_long``
    """
    walker = _Walker(plan, end)
    for piece in source:
        walker.feed(piece)
        yield
    walker.feed(b"", last=True)
    yield


class _Walker:
    def __init__(self, plan: Place, end: Callable[[Record], None]) -> None:
        self.plan = self.place = plan
        self.done = end
        self.above: list[Place] = []
        self.skipped = self.fed = self.letters = 0
        self.text: list[str] = []
        self.record = Record("", "", None)
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = _refuse_doctype

    def feed(self, piece: bytes, *, last: bool = False) -> None:
        self.fed += len(piece)
        try:
            self.parser.Parse(piece, last)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise Refused("xml_broken", line=getattr(error, "lineno", 1)) from None
        if self.fed - self.parser.CurrentByteIndex > MOST_TOKEN:
            raise Refused("statement_field_too_long")

    def start(self, element: str, attributes: dict[str, str]) -> None:
        if self.skipped:
            self.skipped += 1
            if self.skipped + len(self.above) > MOST_DEPTH:
                raise Refused("xml_too_deep")
            return
        kids = self.place.kids
        place = kids.get(element) or kids.get(element.rpartition(":")[2])
        if place is None:
            self.pass_over()
            return
        self.above.append(self.place)
        self.place = place
        if place.begins:
            self.record = Record(place.begins, element.rpartition(":")[2], self.record)
        elif place.name:
            self.text.clear()
            self.letters = 0
            self.parser.CharacterDataHandler = self.characters
            if "Ccy" in attributes:
                self.record.values.setdefault(f"{place.name}_currency", attributes["Ccy"])

    def pass_over(self) -> None:
        if self.place is not self.plan:
            self.skipped = 1
            return
        self.above.append(self.plan)
        if len(self.above) > MOST_DEPTH:
            raise Refused("xml_too_deep")

    def characters(self, text: str) -> None:
        self.letters += len(text)
        if self.letters > MOST_LETTERS:
            raise Refused("statement_field_too_long")
        self.text.append(text)

    def end(self, _: str) -> None:
        if self.skipped:
            self.skipped -= 1
            return
        place = self.place
        self.place = self.above.pop()
        if place.begins:
            record, self.record = self.record, self.record.parent or self.record
            self.done(record)
            record.parent = None  # with its parent's ``kids`` it would be a cycle, which only the collector frees
        elif place.name:
            self.parser.CharacterDataHandler = None
            self.keep(place, "".join(self.text).strip())

    def keep(self, place: Place, value: str) -> None:
        values, name = self.record.values, place.name
        if value and name not in values:
            values[name] = value
        elif value and place.collects:
            values[name] = f"{values[name]} {value}"
            if len(values[name]) > MOST_LETTERS:
                raise Refused("statement_field_too_long")


def _refuse_doctype(*_: object) -> None:
    raise Refused("xml_has_doctype")
