"""What the worker does with files; every job may come twice, late or never."""

from datetime import timedelta

from django_tasks import task

from avots.core import clock
from avots.core.errors import Refused
from avots.intake import actions
from avots.intake.models import Item, StagedRow

LEFT_AFTER = timedelta(hours=1)
# What is done at once, while the person waits; a longer file goes to the worker.
SMALL_BYTES = 100_000
SMALL_ROWS = actions.BATCH


@task()
def check_file(item_id: int) -> None:
    """Judge a file's rows; what it cannot be used for stands on it."""
    item = Item.objects.filter(pk=item_id).first()
    if item is not None:
        check_now(item)


@task()
def apply_file(item_id: int) -> None:
    """Write a file's new rows."""
    item = Item.objects.filter(pk=item_id, state=Item.State.APPLYING).first()
    if item is not None:
        actions.apply_rows(item, now=clock.now())


def check_now(item: Item) -> None:
    """Judge a file's rows; a refusal of the whole stands on it."""
    try:
        actions.check(item, now=clock.now())
    except Refused:
        return


def start_checking(item: Item) -> None:
    """Judge a small file at once and hand a longer one to the worker."""
    if len(item.original) <= SMALL_BYTES:
        check_now(item)
    else:
        check_file.enqueue(item.pk)


def start_applying(item: Item) -> None:
    """Write a few rows at once and hand more to the worker."""
    if StagedRow.objects.filter(sheet__item=item, state=StagedRow.State.NEW).count() <= SMALL_ROWS:
        actions.apply_rows(item, now=clock.now())
    else:
        apply_file.enqueue(item.pk)


@task()
def sweep_files() -> int:
    """Hand over again what a dead worker or a lost job left behind."""
    left = Item.objects.filter(changed_at__lt=clock.now() - LEFT_AFTER)
    to_check = left.filter(state__in=[Item.State.RECEIVED, Item.State.CHECKING])
    to_apply = left.filter(state=Item.State.APPLYING)
    again = [check_file.enqueue(pk) for pk in to_check.values_list("pk", flat=True)]
    again += [apply_file.enqueue(pk) for pk in to_apply.values_list("pk", flat=True)]
    return len(again)
