"""Addresses of the demo, there only with AVOTS_DEMO."""

from django.urls import path

from avots.demo import views
from avots.ui.who import ANYONE, who

app_name = "demo"
urlpatterns = [
    path("pastkaste/", who(ANYONE)(views.mailbox), name="mailbox"),
    path("pastkaste/<int:pk>/", who(ANYONE)(views.message), name="message"),
    path("pastkaste/<int:pk>/pielikums/", who(ANYONE)(views.attachment), name="attachment"),
]
