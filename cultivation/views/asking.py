"""What the ministry's pages share: one page with several small forms, of which one is being sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from platforms.errors import Conflict, IllegalStep, Invalid
from platforms.forms.problems import show


class Asked:
    """The forms of a page by name, each with its own prefix; the one that was posted (``do``) is bound."""

    def __init__(self, request: HttpRequest, **kinds: Callable[..., Form]) -> None:
        self.request = request
        self.do = request.POST.get("do", "") if request.method == "POST" else ""
        self.status = 200
        self.forms = {
            name: kind(request.POST if name == self.do else None, prefix=name) for name, kind in kinds.items()
        }
        for name, form in self.forms.items():
            form.hidden = [("do", name)]  # type: ignore[attr-defined]  # read by components/form.html

    def carry_out(
        self, act: Callable[..., Any], *, done: Any, address: str | Callable[[Any], str] = "", **fixed: Any
    ) -> HttpResponse | None:
        """Do the verb with the form's values; a redirect when it worked, else ``None`` with the problems on the form."""
        form = self.forms[self.do]
        if not form.is_valid():
            self.status = 400
            return None
        try:
            result = act(**form.cleaned_data, **fixed)
        except (Invalid, IllegalStep, Conflict) as error:
            show(form, error)
            self.status = error.status
            return None
        messages.success(self.request, done)
        return redirect((address(result) if callable(address) else address) or self.request.get_full_path())

    @property
    def failed(self) -> Form | None:
        """The form to summarise errors of."""
        return self.forms.get(self.do) if self.status != 200 else None
