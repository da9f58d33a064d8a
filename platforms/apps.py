from django.apps import AppConfig


class PlatformsConfig(AppConfig):
    name = "platforms"
    verbose_name = "平台"

    def ready(self) -> None:
        import platforms.converters  # (path converters, before any address is read)
        import platforms.imports.checking  # noqa: F401  (registers its job with the worker)
