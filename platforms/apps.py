from django.apps import AppConfig


class PlatformsConfig(AppConfig):
    name = "platforms"
    verbose_name = "平台"

    def ready(self) -> None:
        import platforms.converters  # noqa: F401  (path converters, before any address is read)
