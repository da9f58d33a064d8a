"""Bring what a verb refused back to the form the person is looking at."""

from django.forms import BaseForm

from platforms.errors import DomainError, Invalid


def show(form: BaseForm, error: DomainError, names: dict[str, str] | None = None) -> None:
    """Attach each problem to its field (``names`` maps pointers to other field names); the rest to the form as a whole."""
    if not isinstance(error, Invalid):
        form.add_error(None, str(error))
        return
    for problem in error.problems:
        name = (names or {}).get(problem.pointer, problem.pointer)
        form.add_error(name if name in form.fields else None, problem.message)
