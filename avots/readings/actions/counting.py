"""What recording shares: what counts no more."""

from collections.abc import Sequence

from avots.readings import queries
from avots.readings.models import Reading, Round

State = Reading.State


def supersede(installations: Sequence[int], round: Round) -> None:
    """Let what counted for these meters in a round count no more."""
    before = Reading.objects.filter(
        round=round,
        installation__in=installations,
        kind=Reading.Kind.REGULAR,
        state__in=queries.COUNTING,
    )
    before.update(state=State.SUPERSEDED)
