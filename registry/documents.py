"""The generated documents: states, access and vocabulary, written from the tables the program itself obeys.

``manage.py document`` writes them, ``manage.py document --check`` and a test fail when they are not current.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import orjson
from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import override

from cultivation import choices as cultivation_choices
from cultivation.transitions import MACHINES as CULTIVATION
from platforms import choices as platform_choices
from platforms.access import GRANTS, SCOPE_OF_ROLE, Permission, Role, roles_with
from platforms.admin_rights import ADMIN
from platforms.transitions import MACHINES as PLATFORMS
from platforms.transitions import StateMachine, Transition

LANGUAGES = ("zh-hans", "en")
GENERATED = "<!-- Written by “manage.py document”; edit the tables in the code, not this file. -->\n"


def documents() -> dict[Path, str]:
    """Path → text of every generated document."""
    folder = Path(settings.BASE_DIR) / "docs"
    return {folder / name: write() for name, write in WRITERS.items()}


def described_api() -> str:
    """The description of the API as it is promised to others; ``tests/platforms/test_api_schema.py`` guards it."""
    from platforms.api.documentation import schema

    with override("zh-hans"):
        described = orjson.loads(schema("zh-hans"))
    return orjson.dumps(described, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"


def states() -> str:
    parts = [
        GENERATED,
        "# States and moves\n\n",
        "Every record with a state moves only by these tables (`platforms/transitions.py`, "
        "`cultivation/transitions.py`). A move marked *system* is made by the registry itself and has no button. "
        "“Reason” means that the move is refused without one.\n",
    ]
    for machine in (*PLATFORMS, *CULTIVATION):
        parts += [f"\n## {machine.noun}\n\n", _state_table(machine), "\n", _move_table(machine)]
    return "".join(parts)


def _state_table(machine: StateMachine) -> str:
    rows = [(f"`{value}`", *both(partial(machine.label, value))) for value in machine.states.values]
    return table(("state", "中文", "English"), rows)


def _move_table(machine: StateMachine) -> str:
    rows = [
        (
            f"`{move.verb}`",
            *both(partial(str, move.label)),
            ", ".join(f"`{source}`" for source in move.sources),
            f"`{move.target}`",
            _who(move),
            "yes" if move.needs_reason else "",
            ", ".join(move.notify),
        )
        for move in machine.transitions
    ]
    return table(("verb", "中文", "English", "from", "to", "who", "reason", "tells"), rows)


def _who(move: Transition) -> str:
    if move.system:
        return f"*system* (`{move.permission}`)"
    with override("en"):
        return f"`{move.permission}`: {', '.join(roles_with(move.permission))}"


def access() -> str:
    roles = list(GRANTS)
    head = ("permission", "中文", "English", *(f"`{role}`" for role in roles))
    rows = [
        (
            f"`{permission.value}`",
            *both(partial(str, permission.label)),
            *("●" if permission.value in GRANTS[role] else "" for role in roles),
        )
        for permission in Permission
    ]
    scopes = [
        (
            f"`{role}`",
            *both(partial(str, Role(role).label)),
            SCOPE_OF_ROLE.get(role, "its owner’s, limited"),
        )
        for role in roles
    ]
    admin = [
        (
            f"`{model}`",
            " ".join(f"`{permission}`" for permission in right.view),
            f"`{right.edit}`" if right.edit else "",
        )
        for model, right in ADMIN.items()
    ]
    return "".join(
        [
            GENERATED,
            "# Access\n\nWho may do what is one table (`platforms/access.py`). A role is bound to a scope: the records of "
            "one authority, of one operator, of one person, or of the whole nation. A record outside a person’s scope does "
            "not exist for that person (404); a record inside it that somebody else must act on says who may (403).\n",
            "\n## Roles\n\n",
            table(("role", "中文", "English", "scope"), scopes),
            "\nThe three administrators exclude one another and every other role; none of them sees business data. "
            "An API client acts for its owner with the scopes it was given, never with more than the owner has now.\n",
            "\n## Permissions\n\n",
            table(head, rows),
            "\n## Admin\n\nLooking at a model needs one of the permissions on the left, changing it the one on the right; "
            "history tables are the auditor’s, without the contents of the records.\n\n",
            table(("model", "look", "change"), admin),
        ]
    )


INTRODUCTION = """# Vocabulary

中文术语 ↔ identifier ↔ stored value. The English words are ours where no official translation exists; the Chinese term is the
authoritative one. Stored values never change once published, labels may.

| 中文 | identifier | remark |
|---|---|---|
| 中试平台 | `Platform` | a carrier of pilot-scale testing, not a legal person |
| 建设单位 | `Operator` | the legal person or institution behind platforms |
| 推荐单位 | `Authority` | one of the 37 that submit and recommend; not the same as a region |
| 梯次 | `Platform.tier`, `Designation` | the stored fact, and its history |
| 申报 | `Submission` | a proposed new record or change |
| 批次、环节 | `Batch`, `BatchStage` | one round of selection for one tier, and its ordered stages |
| 推荐 | `Application` | one platform in one batch |
| 形式审查 | `CheckResult` | one criterion applied to one application |
| 专家评审、评分 | `Panel`, `Assignment`, `ScoreSheet` | `Assignment.further`: 加派, given out because the first scores lie too far apart |
| 评审邀请 | `PanelInvitation` | an expert is asked to sit on a panel and answers for themself |
| 公告、已阅 | `Announcement`, `Addressee`, `ReadReceipt` | what the ministry tells the public or chosen offices, and who has confirmed reading; not a 公示 |
| 公示、异议 | `Notice`, `Objection` | the window in which anyone may object, and what was raised |
| 决定、名单 | `Decision`, `Release`, `ReleaseEntry` | a document number and a date bound to a frozen list |
| 认定 | `Designation` | a platform’s place in a tier over time |
| 公开记录 | `PublicPlatform`, `PublicBatch`, … | everything the public can see; written only by `publish()` |
| 公开变更 | `Change` | one entry of the change feed, numbered without gaps |
"""


def vocabulary() -> str:
    parts = [GENERATED, INTRODUCTION]
    for module in (platform_choices, cultivation_choices):
        for name, words in vars(module).items():
            if (
                isinstance(words, type)
                and issubclass(words, TextChoices)
                and words.__module__ == module.__name__
            ):
                rows = [
                    (f"`{word.value}`", *both(partial(str, word.label)), f"`{name}.{word.name}`")
                    for word in words
                ]
                parts += [f"\n## {name}\n\n", table(("stored", "中文", "English", "in code"), rows)]
    return "".join(parts)


WRITERS: dict[str, Callable[[], str]] = {
    "states.md": states,
    "access.md": access,
    "vocabulary.md": vocabulary,
    "api/openapi.json": described_api,
}


def both(text: Callable[[], str]) -> tuple[str, str]:
    """The Chinese and the English of a label."""
    found = []
    for language in LANGUAGES:
        with override(language):
            found.append(text())
    return found[0], found[1]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
