"""Pages of the desk given what no page of ours sends: refused with 400, nothing saved."""

import pytest
from django.urls import reverse
from django.utils import translation

from cultivation.actions import objection as objections
from cultivation.models import Objection
from platforms.errors import IllegalStep
from platforms.models import Notification, PublicList
from tests.cultivation import noticing

pytestmark = pytest.mark.django_db
DIGITS = "1" * 5000


@pytest.mark.parametrize("page", ["ministry", "scores"])
@pytest.mark.parametrize("bad", [DIGITS, "\x00", "x"], ids=["digits", "nul", "word"])
def test_ids_that_are_none(cast, signed_in, page, bad):
    batch = noticing.shortlisted(cast)
    clerk = signed_in(cast.ministry_clerk)

    names = {
        "ministry": ("ministry-batch-move", "id", "set_aside"),
        "scores": ("ministry-scores", "application", "set_aside"),
    }
    name, field, verb = names[page]
    sent = clerk.post(reverse(name, args=(batch.code,)), {"verb": verb, field: bad})
    assert sent.status_code == 400


def test_acting_on_an_english_page_leaves_chinese_in_public_documents(cast, signed_in, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    case = noticing.lodged(noticing.on_notice(cast)).objection
    objections.handle(objection=case, by=cast.ministry_clerk)

    with translation.override("en"):
        objections.uphold(
            objection=Objection.objects.get(),
            by=cast.ministry_approver,
            finding="示例",
            reply="示例",
            effect="remove",
            reason="不符合申报条件",
        )
        with pytest.raises(IllegalStep) as refused:
            objections.handle(objection=Objection.objects.get(), by=cast.ministry_clerk)
        assert "不能" not in str(refused.value)
    assert PublicList.objects.get(latest=True).document["note_zh"].startswith("移出“")
    assert Notification.objects.filter(kind="application.remove", text__contains="移出公示名单").exists()
