"""Reference data for administrators: everything can be seen, nothing changed past its action."""

from django.apps import apps
from django.contrib import admin

ROOMS = "core meters customers tariffs readings usage coupons service billing ledger payments reminders outbox intake"

for room in ROOMS.split():
    admin.site.register(apps.get_app_config(room).get_models())
