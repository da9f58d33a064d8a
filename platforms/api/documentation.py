"""The description of the API: OpenAPI 3.1 derived from the declarations of the endpoints, and a page to read it."""

from __future__ import annotations

import functools
import inspect
import re
from typing import Any

import orjson
from csp.decorators import csp_update
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request

from platforms.api import choosing, expanding, files, parameters, problems, rehearsal, shapes
from platforms.api.endpoint import PublicEndpoint, tagged_answer
from platforms.api.pagination import envelope_schema
from platforms.api.parameters import Parameter
from platforms.api.rendering import JSON
from platforms.views.access import PUBLIC

PROBLEM = "Problem"
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail", "instance", "code", "trace_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": shapes.STRING,
        "status": shapes.INTEGER,
        "detail": shapes.STRING,
        "instance": {"type": "string", "format": "uri-reference"},
        "code": shapes.STRING,
        "trace_id": shapes.STRING,
        "changes": shapes.many(
            {
                **shapes.thing(pointer=shapes.STRING, then={}, now={}),
                "description": "with 412: what has changed since the version named in If-Match",
            }
        ),
        "suggestions": shapes.many(
            {
                **shapes.thing(url=shapes.STRING, code=shapes.STRING, display=shapes.STRING),
                "description": "with 404: platforms whose code is nearly the one asked for",
            }
        ),
        "errors": shapes.many(
            {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON Pointer into the body"},
                    "parameter": {"type": "string", "description": "name of a query parameter"},
                    "code": shapes.STRING,
                    "detail": shapes.STRING,
                },
            }
        ),
    },
}
READ_PROBLEMS = (400, 401, 404, 405, 429, 503)
SIGNED_IN_PROBLEMS = (403,)
WRITE_PROBLEMS = (409, 413, 415, 422)
IF_MATCH_PROBLEMS = (412, 428)


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """How the key travels, for the schema."""

    target_class = "platforms.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Authorization: Api-Key <prefix>.<secret>",
        }


class Described(AutoSchema):
    """Reads what an ``Endpoint`` declares: ``parameters``, ``item_schema``, ``bodies`` and ``answers`` by method."""

    def get_operation_id(self) -> str:
        words = [word for word in re.split(r"[/{}_-]+", self.path.removeprefix("/api/v1/")) if word]
        return "_".join([self.method.lower(), *(words or ["root"])])

    def get_description(self) -> str:  # type: ignore[override]
        method = getattr(self.view, self.method.lower(), None)
        return (
            (getattr(method, "__doc__", "") or inspect.getdoc(type(self.view)) or "")
            .strip()
            .partition("\n\n")[0]
        )

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Public reads ask for nobody's name; with a key they have its limits."""
        found = super().get_auth()
        if getattr(self.view, "access", {}).get(self.method) == PUBLIC:
            return [{}, *(item for item in found if item)]
        return [item for item in found if item]

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").partition("/")[0] or "root"]

    def _is_list_view(self, serializer=None) -> bool:
        return False  # the envelope is part of what endpoints declare

    def get_override_parameters(self) -> list[Any]:
        path = [
            OpenApiParameter(name, type={"type": "string"}, location=OpenApiParameter.PATH)
            for name in re.findall(r"\{(\w+)\}", self.path)
        ]
        known = _parameters(self.view) if self.method == "GET" else []
        if self._rehearsable():
            known = [rehearsal.PARAMETER]
        return path + [_described(item) for item in known] + self._headers()

    def _headers(self) -> list[OpenApiParameter]:
        names = []
        if self.method == "POST" and getattr(self.view, "takes_key", False):
            names.append(("Idempotency-Key", False))
        if self.method == "PATCH":
            names.append(("If-Match", True))
        return [
            OpenApiParameter(
                name, type={"type": "string"}, location=OpenApiParameter.HEADER, required=required
            )
            for name, required in names
        ]

    def _rehearsable(self) -> bool:
        return getattr(getattr(self.view, self.method.lower(), None), "rehearsable", False)

    def get_request_serializer(self):
        if self.method not in ("POST", "PATCH"):
            return None
        media_type = self.view.parser_classes[0].media_type
        return {media_type: getattr(self.view, "bodies", {}).get(self.method, {"type": "object"})}

    def get_response_serializers(self) -> Any:
        status, schema = self._success()
        answers: dict[Any, Any] = {(str(status), getattr(self.view, "media_type", JSON.media_type)): schema}
        if self._rehearsable() and status != 200:
            answers[("200", "application/json")] = {"type": "object", "description": "dry_run=true"}
        if any(item.name == "format" for item in _parameters(self.view)) and self.method == "GET":
            for kind in files.kinds(getattr(self.view, "csv_columns", ())):
                answers[(str(status), files.MEDIA_TYPES[kind].partition(";")[0])] = {"type": "string"}
        elif media_types := getattr(self.view, "media_types", ()):
            answers = {(str(status), kind): {"type": "string"} for kind in media_types}
        for code in self._refusals():
            answers[(str(code), problems.MEDIA_TYPE)] = OpenApiResponse(
                {"$ref": f"#/components/schemas/{PROBLEM}"}, description=problems.TITLES[code]
            )
        return answers

    def _success(self) -> tuple[int, dict[str, Any]]:
        declared = getattr(self.view, "answers", {}).get(self.method)
        if declared:
            return declared
        item = getattr(self.view, "item_schema", {"type": "object"})
        item = expanding.described(item, getattr(self.view, "expansions", {}))
        is_list = hasattr(self.view, "orders") or getattr(self.view, "is_list", False)
        if any(parameter.name == "fields" for parameter in _parameters(self.view)):
            item = choosing.described(item)
        return 200, envelope_schema(item, **getattr(self.view, "beside", {})) if is_list else item

    def _refusals(self) -> list[int]:
        codes = set(READ_PROBLEMS)
        if getattr(self.view, "access", {}).get(self.method) != PUBLIC:
            codes |= set(SIGNED_IN_PROBLEMS)
        if self.method in ("POST", "PATCH"):
            codes |= set(WRITE_PROBLEMS)
        if self.method == "PATCH":
            codes |= set(IF_MATCH_PROBLEMS)
        return sorted(codes)


def _parameters(view) -> list[Parameter]:
    if hasattr(view, "parameters"):
        return list(view.parameters())
    return list(getattr(view, "parameters_known", ()))


def _described(item: Parameter) -> OpenApiParameter:
    shape: dict[str, Any] = {"type": item.kind}
    if item.choices:
        # An empty value is what an HTML form sends for "all"; it is taken for no value.
        shape["enum"] = [*item.choices, *([] if item.required else [""])]
    if item.many:
        shape = {"type": "array", "items": shape}
    if item.default is not None:
        shape["default"] = item.default
    return OpenApiParameter(
        item.name,
        type=shape,
        location=OpenApiParameter.QUERY,
        required=item.required,
        description=str(item.description),
        explode=item.many or None,
    )


def add_problem(result: dict[str, Any], generator, request, public) -> dict[str, Any]:
    """Post-processing hook: the component that all refusals refer to."""
    result["components"].setdefault("schemas", {})[PROBLEM] = PROBLEM_SCHEMA
    return result


@functools.lru_cache(maxsize=4)
def schema(language: str) -> bytes:
    """The whole description as JSON; it changes only with the program."""
    return orjson.dumps(
        SchemaGenerator().get_schema(request=None, public=True), default=str, option=orjson.OPT_NON_STR_KEYS
    )


class Schema(PublicEndpoint):
    """This description: OpenAPI 3.1 as JSON."""

    worded = True

    def get(self, request: Request) -> HttpResponse:
        parameters.check(request.query_params, ())
        return tagged_answer(request, orjson.Fragment(schema(get_language() or "")))


# The reader draws small images from data: addresses; nothing else on the site may.
@method_decorator(csp_update({"img-src": ["data:"]}), name="dispatch")
class Docs(PublicEndpoint):
    """A page to read and try the API."""

    worded = True

    schema = None  # a page, not a part of the API

    def get(self, request: Request) -> HttpResponse:
        return render(request._request, "api/docs.html")
