from django.apps import AppConfig


class ReadingsConfig(AppConfig):
    name = "avots.readings"
    default_auto_field = "django.db.models.BigAutoField"
