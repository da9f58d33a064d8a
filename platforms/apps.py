from django.apps import AppConfig


class PlatformsConfig(AppConfig):
    name = "platforms"
    verbose_name = "平台"

    def ready(self) -> None:
        import platforms.imports.checking  # noqa: F401 - registers the job that checks an upload
