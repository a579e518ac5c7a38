from django.apps import AppConfig

from avots.core.garbage import look_rarely


class ConfigConfig(AppConfig):
    name = "avots.config"
    label = "avots_config"

    def ready(self) -> None:
        look_rarely()
