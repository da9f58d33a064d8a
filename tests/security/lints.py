"""House rules that a tool can check by reading the source. Each rule is a function from a file to the lines that break it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("platforms", "cultivation", "registry")
#: Where markup is made from parts that are escaped one by one.
MARK_SAFE = {
    "platforms/templatetags/registry_ui.py",
    "platforms/templatetags/registry_figures.py",
    "platforms/templatetags/registry_words.py",
    "platforms/templatetags/registry_dates.py",
}
#: The writers of a state: the engine, the verbs, what makes demonstration data, and rows that have no table of moves.
STATE_WRITERS = ("/actions/", "/transitions", "/demo", "/migrations/", "/models/")
#: A job's state belongs to its lease, see docs/adr/0004; the status of a kept answer is that of HTTP.
STATE_WRITING_FILES = {"platforms/jobs.py", "platforms/api/idempotency.py"}
#: Refused in pages and API: a write is a verb.
WRITES = {
    "save",
    "create",
    "update",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}
#: Where a request is noted rather than anything decided: when a key was last used, which answers were already given.
NOTE_TAKERS = {"platforms/api/authentication.py", "platforms/api/idempotency.py"}
#: Receivers whose ``update``/``delete``… is no write to the database.
HARMLESS = re.compile(
    r"(headers|session|cookies|context|params|query|data|values|facts|counts|cache|response|form)$"
)


@dataclass(frozen=True)
class Source:
    path: str
    tree: ast.Module
    text: str


Rule = Callable[[Source], Iterator[int]]


def sources() -> Iterator[Source]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            yield Source(str(path.relative_to(ROOT)), ast.parse(text), text)


def public_pages_read_the_public_record(source: Source) -> Iterator[int]:
    """A function that declares itself public names no working model's manager."""
    if "/views/" not in source.path and "/api/" not in source.path:
        return
    for function in ast.walk(source.tree):
        if isinstance(function, ast.FunctionDef | ast.ClassDef) and _declared_public(function):
            for node in ast.walk(function):
                if (
                    isinstance(node, ast.Attribute)
                    and node.attr in ("objects", "_base_manager", "_default_manager")
                    and isinstance(node.value, ast.Name)
                    and node.value.id in WORKING
                ):
                    yield node.lineno


def states_are_moved_by_tables(source: Source) -> Iterator[int]:
    """``x.status = …``, ``x.tier = …`` and ``.update(status=…)`` stay with those who may."""
    if any(part in f"/{source.path}" for part in STATE_WRITERS) or source.path in STATE_WRITING_FILES:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if (
                    isinstance(target, ast.Attribute)
                    and target.attr in ("status", "tier")
                    and ast.unparse(target.value) not in ("self", "response")
                ):
                    yield node.lineno
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"
        ):
            yield from (
                [node.lineno] if {keyword.arg for keyword in node.keywords} & {"status", "tier"} else []
            )


def markup_is_escaped(source: Source) -> Iterator[int]:
    """``mark_safe`` and ``|safe`` only where parts are escaped one by one."""
    if source.path in MARK_SAFE:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name | ast.Attribute | ast.alias):
            name = getattr(node, "id", getattr(node, "attr", getattr(node, "name", "")))
            if name in ("mark_safe", "SafeString", "SafeText"):
                yield getattr(node, "lineno", 0)


def the_acting_authority_is_no_session_matter(source: Source) -> Iterator[int]:
    for number, line in enumerate(source.text.splitlines(), start=1):
        if re.search(r"session(\[|\.get\(|\.setdefault\()\s*[\"'](acting|authority|current_|as_)", line):
            yield number


def pages_do_not_write(source: Source) -> Iterator[int]:
    """No ``.save(``, ``.create(`` … in views and API: they call one verb."""
    if "/views/" not in source.path and "/api/" not in source.path and source.path != "registry/views.py":
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            receiver = ast.unparse(node.func.value)
            if HARMLESS.search(receiver) or _is_module(source, receiver) or source.path in NOTE_TAKERS:
                continue
            if node.func.attr == "update" and "." not in receiver and not node.keywords:
                continue  # dict.update(mapping)
            yield node.lineno


def nothing_dangerous(source: Source) -> Iterator[int]:
    """No evaluation of text, no pickles, no raw SQL built by the ORM's back doors, no outgoing requests."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in ("eval", "exec", "pickle.loads", "pickle.load", "yaml.load") or name.endswith(
                ".extra"
            ):
                yield node.lineno
            if name.endswith(".raw") and not isinstance(node.args[0], ast.Constant):
                yield node.lineno  # SQL put together from parts; a constant with parameters is plain to read
            if (
                name.startswith(("requests.", "urllib.request.", "httpx."))
                and "/management/" not in source.path
            ):
                yield node.lineno


def serializers_name_their_fields(source: Source) -> Iterator[int]:
    """``fields = "__all__"`` and ``exclude = …`` publish what somebody adds next year."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and node.name == "Meta":
            for line in node.body:
                if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
                    name = line.targets[0].id
                    if (name == "fields" and ast.unparse(line.value) == "'__all__'") or name == "exclude":
                        yield line.lineno


RULES: tuple[Rule, ...] = (
    public_pages_read_the_public_record,
    states_are_moved_by_tables,
    markup_is_escaped,
    the_acting_authority_is_no_session_matter,
    pages_do_not_write,
    nothing_dangerous,
    serializers_name_their_fields,
)

#: Working models: everything that is not the public record, reference data or public by nature.
WORKING: set[str] = set()


def fill_working_models() -> None:
    from django.apps import apps

    public = {
        "Region", "Authority", "TaxonomyEdition", "Area", "Direction", "Synonym", "Policy", "Standard",
        "PublishedStatistic", "Change", "PublicPlatform", "PublicResource", "PublicBatch", "PublicNotice",
        "PublicList", "PublicAnnouncement", "HolidayArrangement", "SearchTokens", "PastPlatform",
    }  # fmt: skip
    for label in ("platforms", "cultivation"):
        WORKING.update(model.__name__ for model in apps.get_app_config(label).get_models())
    WORKING.difference_update(public)


def _declared_public(node: ast.FunctionDef | ast.ClassDef) -> bool:
    if any(ast.unparse(decorator) in ("public", "access.public") for decorator in node.decorator_list):
        return True
    return isinstance(node, ast.ClassDef) and any(
        isinstance(line, ast.Assign)
        and ast.unparse(line.targets[0]) == "access"
        and "PUBLIC" in ast.unparse(line)
        for line in node.body
    )


def _is_module(source: Source, name: str) -> bool:
    return any(
        name in {alias.asname or alias.name for alias in node.names}
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("actions")
    )
