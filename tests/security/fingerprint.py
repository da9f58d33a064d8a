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
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables "
            "WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
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
