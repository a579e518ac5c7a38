from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "avots.core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from avots.core import among, planner  # Django's models can be imported only now

        among.register()
        planner.register()
