"""Whether a request changed anything: cheap counters first, a hash of every row when they moved."""

from __future__ import annotations

from django.db import connection

#: Bookkeeping of the framework that is not the registry's data.
IGNORED = {
    "django_session", "axes_accessattempt", "axes_accesslog", "axes_accessfailurelog", "django_content_type",
    "platforms_idempotencykey",
}  # fmt: skip


def counters() -> dict[str, int]:
    """Rows written per table in the current transaction, attempts that were rolled back included."""
    with connection.cursor() as cursor:
        # What the view pg_stat_xact_user_tables shows, without its joins: this is asked thousands of times.
        cursor.execute(
            "SELECT relname, n FROM (SELECT relname, pg_stat_get_xact_tuples_inserted(oid)"
            " + pg_stat_get_xact_tuples_updated(oid) + pg_stat_get_xact_tuples_deleted(oid) AS n"
            " FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace OFFSET 0) t WHERE n > 0"
        )
        return {name: count for name, count in cursor.fetchall() if name not in IGNORED}


def rows(tables: list[str] | None = None) -> dict[str, str]:
    """MD5 over all rows of each table."""
    if tables is None:
        tables = [name for name in connection.introspection.table_names() if name not in IGNORED]
    with connection.cursor() as cursor:
        found = {}
        for table in sorted(tables):
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{table}\" t"
            )
            found[table] = cursor.fetchone()[0]
        return found


class Watch:
    """``with Watch() as watch: …; watch.changed`` names the tables whose rows differ afterwards."""

    def __enter__(self) -> Watch:
        self.before = counters()
        self.hashes: dict[str, str] | None = None
        self.changed: list[str] = []
        return self

    def __exit__(self, *exception: object) -> None:
        after = counters()
        self.changed = sorted(name for name, count in after.items() if count != self.before.get(name, 0))
