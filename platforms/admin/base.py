"""Three kinds of admin page: reference data that is edited, records that are inspected, logs that are read."""

from __future__ import annotations

import inspect
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from platforms.access import reach
from platforms.actions.verb import load_verbs
from platforms.admin_rights import admin_right
from platforms.transitions import StateMachine, Transition


class ReadOnlyAdmin(admin.ModelAdmin):
    """Nothing on these pages can be added, changed or deleted, whoever looks."""

    actions: tuple[str, ...] | None = None
    list_per_page = 50
    show_full_result_count = False
    #: Fields that not even a reader of the record sees here.
    sealed: tuple[str, ...] = ()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the page offers as a filter: any other would answer, row by row, what a field not shown here holds."""
        return lookup.split("__")[0] in {str(name) for name in self.list_filter}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return [field.name for field in self.opts.fields if field.name not in self.sealed]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.get_fields(request, obj)


class RecordAdmin(ReadOnlyAdmin):
    """A business record: the rows within the person's reach, its state as a fact, and the moves open to the person."""

    machine: StateMachine | None = None
    change_form_template = "admin/registry/record.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows, mine = super().get_queryset(request), reach(request.user)
        held = [permission for permission in admin_right(self.opts.label_lower).view if mine.may(permission)]
        return mine.rows(rows, held[0]) if held else rows.none()

    def get_urls(self) -> list[URLPattern]:
        move = path(
            "<path:object_id>/moves/<slug:verb>/",
            self.admin_site.admin_view(self.move),
            name=f"{self.opts.app_label}_{self.opts.model_name}_move",
        )
        return [move, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        record = self.get_object(request, object_id)
        moves = self.moves(record, request.user) if record is not None else []
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "moves": moves})

    def moves(self, record: Model, user: Any) -> list[dict[str, Any]]:
        """Buttons: a move that needs more than a reason has none here, it is made on its own page."""
        if self.machine is None:
            return []
        return [
            {
                "verb": transition.verb,
                "label": transition.label,
                "needs_reason": transition.needs_reason,
                "url": self._move_url(record, transition) if self._verb(transition.verb) else "",
            }
            for transition in self.machine.available(record, user)
        ]

    @method_decorator(require_POST)
    def move(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponse:
        """Call the verb by its name; it checks the right, the state and the reason itself."""
        record = self.get_object(request, object_id)
        act = self._verb(verb)
        if record is None or self.machine is None or act is None:
            raise Http404
        given = {self.machine.noun: record, "by": request.user, "reason": request.POST.get("reason", "")}
        wanted = inspect.signature(act).parameters
        act(**{name: value for name, value in given.items() if name in wanted})
        messages.success(request, _("已办理：%(verb)s。") % {"verb": self.machine.find(verb).label})
        return redirect(reverse(self._name("change"), args=(record.pk,)))

    def _verb(self, name: str) -> Any:
        """The registered verb behind a move of a person, if the record, the person and a reason are all it needs."""
        known = self.machine is not None and any(
            move.verb == name and not move.system for move in self.machine.transitions
        )
        act = load_verbs().get(f"{self.machine.noun}.{name}") if self.machine is not None and known else None
        if act is None or self.machine is None:
            return None
        parameters = inspect.signature(act).parameters.values()
        required = {parameter.name for parameter in parameters if parameter.default is parameter.empty}
        return act if required <= {self.machine.noun, "by", "reason"} else None

    def _move_url(self, record: Model, transition: Transition) -> str:
        return reverse(self._name("move"), args=(record.pk, transition.verb))

    def _name(self, page: str) -> str:
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
