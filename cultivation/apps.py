from django.apps import AppConfig


class CultivationConfig(AppConfig):
    name = "cultivation"
    verbose_name = "培育"

    def ready(self) -> None:
        import cultivation.actions.import_run
        import cultivation.actions.submission_bulk  # noqa: F401  (both register their jobs with the worker)
        from cultivation.actions.submission_import import under_way
        from cultivation.projection import designations
        from platforms.imports.rows import contribute_pending
        from platforms.projection import contribute

        contribute(designations)
        contribute_pending(under_way)
