"""The plan of a panel with names, for a person to look at before it is applied: what it costs, and changes one may prefer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from cultivation.actions import review as review_actions
from cultivation.assignment_swaps import Step, Swap, cost
from cultivation.assignment_swaps import swaps as swaps_of
from cultivation.models import Application, Panel, Reviewer


def described(panel: Panel, *, per_application: int, swaps: Sequence[Step]) -> dict[str, Any]:
    of = review_actions.round_of(panel)
    plan = review_actions.changed(of, per_application=per_application, swaps=swaps)
    applications = Application.objects.select_related("platform").in_bulk(
        {application for application, _expert in plan.pairs} | set(plan.short)
    )
    reviewers = Reviewer.objects.select_related("user").in_bulk(of.experts.keys())
    return {
        "pairs": [(applications[application], reviewers[reviewer]) for application, reviewer in plan.pairs],
        "short": [(applications[application], lacking) for application, lacking in plan.short.items()],
        "cost": cost(of, plan),
        "chosen": _written(swaps),
        "changes": len(swaps),
        "swaps": [
            {
                "steps": [_step(step, applications, reviewers) for step in swap.steps],
                "effect": _effect(swap, reviewers),
                "written": _written([*swaps, *swap.steps]),
            }
            for swap in swaps_of(of, plan)
        ],
    }


def _written(steps: Iterable[Step]) -> str:
    """As ``PlanForm`` reads it."""
    return " ".join("-".join(map(str, step)) for step in steps)


def _step(step: Step, applications: dict[int, Application], reviewers: dict[int, Reviewer]) -> str:
    return _("“%(platform)s”由%(old)s改派%(new)s") % {
        "platform": applications[step.application].platform.name_zh,
        "old": reviewers[step.old].user.name,
        "new": reviewers[step.new].user.name,
    }


def _effect(swap: Swap, reviewers: dict[int, Reviewer]) -> list[str]:
    """What it changes, also what it costs."""
    said = []
    if swap.fit > 0:
        said.append(_("领域对口多 %(n)d 项") % {"n": swap.fit})
    elif swap.fit < 0:
        said.append(_("领域对口少 %(n)d 项") % {"n": -swap.fit})
    moved = [(key, loads) for key, loads in swap.loads.items() if loads[0] != loads[1]]
    said += [
        _("%(name)s的工作量 %(before)d → %(after)d 项")
        % {"name": reviewers[key].user.name, "before": before, "after": after}
        for key, (before, after) in moved
    ]
    return said if moved else [*said, _("各人工作量不变")]
