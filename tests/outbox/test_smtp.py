"""Messages leave over real SMTP, once, and come back to when the relay says later."""

import socket
from datetime import timedelta
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller

from avots.core.errors import KeyReused
from avots.core.letters import Letter
from avots.outbox import actions
from avots.outbox.jobs import deliver
from avots.outbox.models import Message
from tests.town import NOW

LETTER = Letter("Temats ēģī", "Teksts\n", "<p>Teksts</p>")


class Relay:
    """A relay that answers as an address says and keeps what it takes."""

    def __init__(self):
        self.taken = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        for code in ("451", "550"):
            if address.startswith(code):
                return f"{code} no"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.taken.append((envelope.rcpt_tos[0], message_from_bytes(envelope.content)))
        return "250 OK"


@pytest.fixture
def relay(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    relay = Relay()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.EMAIL_HOST, settings.EMAIL_PORT = probe.getsockname()
    controller = Controller(relay, hostname="127.0.0.1", port=settings.EMAIL_PORT)
    controller.start()
    settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER, settings.EMAIL_READY = False, "", True
    yield relay
    controller.stop()


def promise(key: str, to: str, **more) -> Message:
    actions.queue(key=key, to=to, letter=LETTER, template="t", language="lv", now=NOW, **more)
    return Message.objects.get(key=key)


@pytest.mark.django_db
def test_a_message_leaves_once_with_text_and_html(relay):
    promise("a", "anna@example.lv")
    assert deliver(now=NOW) == 1
    assert deliver(now=NOW) == 0
    [(to, mail)] = relay.taken
    assert to == "anna@example.lv"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.walk()][1:] == ["text/plain", "text/html"]
    assert Message.objects.get().state == "sent"


@pytest.mark.django_db
def test_later_is_tried_again_with_the_same_id_and_never_gives_up(relay):
    message = promise("a", "451@example.lv")
    deliver(now=NOW)
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("queued", 1)
    assert message.next_try_at == NOW + timedelta(minutes=5)
    assert deliver(now=NOW + timedelta(minutes=4)) == 0


@pytest.mark.django_db
def test_a_refused_address_fails_and_the_others_leave(relay):
    promise("a", "550@example.lv")
    promise("b", "a b@exa mple")
    promise("c", "anna@example.lv")
    assert deliver(now=NOW) == 1
    states = dict(Message.objects.values_list("key", "state"))
    assert states == {"a": "failed", "b": "failed", "c": "sent"}


@pytest.mark.django_db
def test_a_dead_relay_loses_nothing(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_READY = "127.0.0.1", 9, True
    promise("a", "anna@example.lv")
    assert deliver(now=NOW) == 0
    assert Message.objects.get().state == "queued"


@pytest.mark.django_db
def test_a_message_is_taken_by_one_worker_and_freed_when_that_one_dies():
    promise("a", "anna@example.lv")
    assert len(actions.take_due(now=NOW, limit=10)) == 1
    assert actions.take_due(now=NOW, limit=10) == []
    assert actions.release_stuck(now=NOW + timedelta(minutes=11)) == 1
    assert len(actions.take_due(now=NOW + timedelta(minutes=11), limit=10)) == 1


@pytest.mark.django_db
def test_what_is_past_its_time_never_leaves(relay):
    promise("a", "anna@example.lv", expires_at=NOW)
    assert deliver(now=NOW) == 0
    assert not relay.taken
    assert Message.objects.get().error == "expired"


@pytest.mark.django_db
def test_a_key_promises_one_content():
    promise("a", "anna@example.lv")
    promise("a", "anna@example.lv")
    with pytest.raises(KeyReused):
        promise("a", "other@example.lv")
    assert Message.objects.count() == 1
