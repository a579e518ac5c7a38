"""Addresses of the intake door."""

from django.urls import URLPattern

app_name = "intake"
urlpatterns: list[URLPattern] = []
