"""The frame of workspace pages for ``workspace/base.html``."""

from __future__ import annotations

from typing import Any

from django import template

from platforms.views.rail import bench

register = template.Library()


@register.simple_tag(takes_context=True)
def workbench(context: template.Context) -> dict[str, Any]:
    """What the shell shows. A page may set ``org``, ``rail``, ``person`` or ``unread`` itself (the gallery does)."""
    request = context.get("request")
    given = {name: context[name] for name in ("org", "rail", "person", "unread") if name in context}
    if request is None or "rail" in given or not getattr(request, "user", None):
        return given
    if not request.user.is_authenticated:
        return given
    match = request.resolver_match
    code = match.kwargs.get("code", "") if match and "authorities/" in (match.route or "") else ""
    return {**bench(request, str(code)), **given}
