"""Every message that leaves; plain addresses, no customer."""

from django.db import models
from django.db.models import Q


class Message(models.Model):
    """An e-mail, written in the transaction of the fact it tells, sent by the worker."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        PAUSED = "paused"

    key = models.CharField(max_length=160)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    attachments = models.JSONField(default=list, help_text="files by reference: kind, ref, name, type")
    template = models.CharField(max_length=80)
    language = models.CharField(max_length=8)
    content_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    queued_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="message_promised_once")]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="queued"), name="message_waiting"),
            models.Index(fields=["to", "-queued_at"], name="message_by_address"),
        ]
