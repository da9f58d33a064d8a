"""The beginning of the API: what there is and where. Clients start here and need no addresses of their own."""

from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from platforms.api import parameters, shapes
from platforms.api.endpoint import PublicEndpoint, api_url, tagged_answer

#: Everything that can be read without an account, and what signed-in people and their programs use.
OPEN = (
    "platforms", "operators", "regions", "authorities", "areas", "directions", "services", "equipment", "batches",
    "notices", "lists", "announcements", "designations", "policies", "standards", "statistics", "releases", "changes",
    "checkpoint", "catalog",
)  # fmt: skip
SIGNED_IN = (
    "submissions",
    "imports",
    "documents",
    "recommendations",
    "reports",
    "jobs",
    "webhooks",
    "pushes",
)


class Root(PublicEndpoint):
    """Addresses of all collections."""

    item_schema = shapes.thing(**{name: shapes.ADDRESS for name in (*OPEN, *SIGNED_IN, "schema", "docs")})

    def get(self, request: Request) -> HttpResponse:
        parameters.check(request.query_params, ())
        return tagged_answer(
            request, {name: api_url(f"{name}/") for name in (*OPEN, *SIGNED_IN, "schema", "docs")}
        )
