from django.apps import AppConfig


class CultivationConfig(AppConfig):
    name = "cultivation"
    verbose_name = "培育"

    def ready(self) -> None:
        import cultivation.actions.submission_bulk  # noqa: F401  (registers its jobs with the worker)
        from cultivation.projection import designations
        from platforms.projection import contribute

        contribute(designations)
