from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class PlatformsConfig(AppConfig):
    name = "platforms"
    verbose_name = "平台"

    def ready(self) -> None:
        import platforms.converters  # (path converters, before any address is read)
        import platforms.imports.checking  # noqa: F401  (registers its job with the worker)

        post_migrate.connect(put_words_aside, sender=self)


def put_words_aside(*, using: str, plan=(), **_event) -> None:
    """How the database keeps the words of a search, which Django has no words for.

    Out of the row (``SearchTokens`` says why) while what rows are put in order by stays in it, and without statistics: the planner would read a thousand frequent words for
    every word asked for, and the way it is to go is known (``platforms.api.trip.BY_WORDS``).
    """
    if not plan:
        return
    with connections[using].cursor() as cursor:
        cursor.execute(
            "ALTER TABLE IF EXISTS public_search SET (toast_tuple_target = 128),"
            " ALTER COLUMN tokens SET STATISTICS 0, ALTER COLUMN name_sort SET STORAGE PLAIN"
        )
