"""Where a month's invoices are on their way to the customers, and the walk of those who carry the paper."""

from dataclasses import dataclass
from datetime import datetime

from avots.billing.models import Document, Run
from avots.billing.queries.deliveries import whereabouts
from avots.office.kept import Figures, kept_or_made

# From so many invoices on, counting them takes longer than a page may.
MANY = 10_000
SHAPE = 1  # one more when DeliveryFigures changes: what an earlier release kept is then not read


@dataclass(frozen=True)
class DeliveryFigures(Figures):
    """How many are where at a moment, how many PDFs failed, and the buildings with paper in walking order."""

    counts: dict[str, int]
    failed: int
    walk: tuple[int, ...]

    @property
    def is_large(self) -> bool:
        return sum(self.counts.values()) >= MANY


def delivery_figures(run: Run, now: datetime, *, anew: bool = False) -> DeliveryFigures:
    """Return where a run's invoices are; those of a large utility may be some minutes old.

    :param anew: count now, whatever is kept
    """
    key = f"delivery-figures:{SHAPE}:{run.pk}:{run.state}"
    return kept_or_made(key, lambda: _counted(run, now), now, anew=anew)


def _counted(run: Run, now: datetime) -> DeliveryFigures:
    found = whereabouts(run)
    failed = Document.objects.filter(invoice__run=run, state=Document.State.FAILED).count()
    return DeliveryFigures(now, found.counts, failed, found.walk)
