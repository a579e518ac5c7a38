from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "avots.config"
    label = "avots_config"
