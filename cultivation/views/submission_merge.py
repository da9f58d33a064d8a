"""Two people in one draft: the second sees every place where the two differ and chooses; nothing is overwritten unseen."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from cultivation.actions import submission_draft as drafts
from cultivation.forms.submission import SectionForm
from cultivation.forms.submission_rows import data_of
from cultivation.models import Submission
from cultivation.views import submission_record as pages
from cultivation.views.submission_list import version_of
from platforms import record

#: What is not part of the typed page.
OWN_NAMES = ("csrfmiddlewaretoken", "version", "base", "merge", "save")


class Merger:
    """A posted page against the draft as it is now. ``form`` is the page to save once ``is_needed`` is false."""

    def __init__(
        self,
        request: HttpRequest,
        submission: Submission,
        section: str,
        form: SectionForm,
        lookups: record.Lookups,
    ) -> None:
        self.request, self.submission, self.section, self.lookups = request, submission, section, lookups
        self.form = form
        self.choosing = bool(request.POST.get("merge"))
        self.base = version_of(request, "base") if self.choosing else version_of(request)
        self.typed = form.typed()[0]
        self.places: list[record.Place] = []
        self.is_needed = False
        if self.choosing or self.base != submission.version:
            self._meet()

    def _meet(self) -> None:
        """Only what somebody else changed has to be chosen; a page on which nobody else wrote is simply saved."""
        facts = (self.submission, self.typed, self.section, self.base, self.lookups)
        self.places = drafts.places(*facts)
        if all(place.changed == record.MINE for place in self.places):
            return
        choices = {place.path: self._choice(place) for place in self.places}
        seen = self.choosing and version_of(self.request) == self.submission.version
        if not seen or not all(choices.values()):
            self.is_needed = True
            return
        mine = drafts.over(self.submission.payload, self.typed)
        result = record.chosen(self.submission.as_written, mine, self.places, choices)
        self.form = self.form.again(data_of(result, self.section))

    def _choice(self, place: record.Place) -> str:
        given = self.request.POST.get(f"keep-{place.path}", "")
        return given if given in (record.MINE, record.THEIRS) else ""

    def page(self) -> HttpResponse:
        """The page to choose on. Asked again, it shows which choice is missing and keeps those that were made."""
        if not self.places:
            self._meet()
        actor, name, at = drafts.last_change(self.submission)
        entries = [self._entry(place) for place in self.places]
        undecided = [entry for entry in entries if self.choosing and not entry["keep"]]
        context = {
            "authority": self.submission.authority,
            "submission": self.submission,
            "section_title": record.SECTIONS[self.section],
            "entries": entries,
            "by": name or actor,
            "own": actor == getattr(self.request.user, "username", ""),
            "at": at,
            "base": "" if self.base is None else self.base,
            "hidden": [
                (key, value)
                for key, value in self.request.POST.items()
                if key not in OWN_NAMES and not key.startswith("keep-")
            ],
            "error_list": [
                {"href": f"#keep-{entry['path']}", "text": _("请选择：%(label)s") % {"label": entry["label"]}}
                for entry in undecided
            ],
        }
        return render(self.request, "workspace/submission/merge.html", context, status=409)

    def _entry(self, place: record.Place) -> dict[str, Any]:
        """One choice. What only one side changed is proposed from that side; where both did, a person decides."""
        proposed = "" if place.contested else place.changed
        return {
            "path": place.path,
            "label": self._label(place),
            "theirs": self._shown(place, place.theirs),
            "mine": self._shown(place, place.mine),
            "keep": self._choice(place) or ("" if self.choosing and place.contested else proposed),
            "contested": place.contested,
        }

    def _label(self, place: record.Place) -> str:
        aggregate, *rest = place.path.split("/")
        if place.kind == "value":
            return record.field(place.path).label
        title = str(record.LIST_LABELS[aggregate])
        if place.kind == "list":
            return _("%(list)s（整张表）") % {"list": title}
        if place.kind == "cell":
            facts = {"list": title, "n": int(rest[0]) + 1, "label": record.field(place.path).label}
            return _("%(list)s第 %(n)s 行%(label)s") % facts
        words = _("%(list)s：对方增加的一行") if rest[0] == record.THEIRS else _("%(list)s：您增加的一行")
        return words % {"list": title}

    def _shown(self, place: record.Place, value: Any) -> str:
        aggregate = place.path.partition("/")[0]
        if place.kind in ("value", "cell"):
            return pages.shown(record.field(place.path), value, self.lookups)
        if place.kind == "added":
            return pages.row_words(aggregate, value, None, self.lookups) or _("不要这一行")
        lines = [pages.row_words(aggregate, row, None, self.lookups) for row in value]
        return _("%(n)s 行：%(rows)s") % {"n": len(value), "rows": "／".join(lines)} if lines else ""
