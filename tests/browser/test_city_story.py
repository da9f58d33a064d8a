"""地市初审, in a browser without a script: operator fills, city returns one field, operator corrects, city passes, clerk and approver go on."""

import pytest

from cultivation.actions import submission as verbs
from cultivation.actions.submission_city import set_city_review
from cultivation.models import Submission
from platforms.access import Role
from platforms.actions.authority import set_self_service
from platforms.models import Authority, Membership
from tests import factories
from tests.browser.people import Cast
from tests.cultivation.submissions import accepted

pytestmark = pytest.mark.django_db(transaction=True)


def test_operator_city_clerk_and_approver(cast, person: Cast):
    platform = accepted(cast).platform
    city = factories.CityFactory()
    set_self_service(authority=cast.jiangsu, on=True, by=cast.jiangsu_approver)
    set_city_review(authority=cast.jiangsu, on=True, by=cast.jiangsu_approver)
    Membership.objects.filter(user=cast.operator).update(operator=platform.operator)
    official = factories.person(Role.CITY_REVIEWER, authority=cast.jiangsu, city=city)
    draft = verbs.create_draft(
        authority=Authority.objects.get(pk="320000"),
        by=cast.operator,
        kind="change",
        platform=platform,
        filled_by=platform.operator,
    )
    address = verbs.address(draft)
    people = (cast.operator, official, cast.jiangsu_clerk, cast.jiangsu_approver)
    operator, reviewer, clerk, approver = (person(user, script=False) for user in people)

    operator.open(f"{address}sections/identity/").press("保存并继续", **{"platform-city": "苏州市"})
    operator.open(f"{address}sections/capability/").press("保存并继续", **{"platform-staff_total": "44"})
    operator.open(address).press("交地市初审")
    assert operator.reads("已交地市初审")

    reviewer.open("/city-review/").follow(draft.name_zh)
    reviewer.page.locator("summary", has_text="初审退回建设单位").click()
    reviewer.page.locator("summary", has_text="能力").last.click()
    reviewer.press(
        "初审退回建设单位", **{"reason": "一处与社保不符", "why-platform-staff_total": "社保为 40 人"}
    )
    assert reviewer.reads("已退回建设单位")

    operator.open("/desk/").follow(draft.name_zh)
    assert operator.reads("一处与社保不符")
    operator.open(f"{address}sections/capability/")
    assert operator.reads("社保为 40 人")
    assert operator.page.locator("[name=platform-staff_technical]").count() == 0
    operator.press("保存并继续", **{"platform-staff_total": "40"})
    operator.open(address).press("交地市初审")

    reviewer.open(address)
    reviewer.page.locator("summary", has_text="初审通过").click()
    reviewer.press("初审通过", reason="情况属实，同意推荐")
    assert reviewer.reads("已通过")

    clerk.open("/desk/").follow(draft.name_zh)
    assert clerk.reads("情况属实，同意推荐")
    clerk.tick("declared").press("提交给审核人")
    approver.open(address).press("审核通过并上报")
    assert Submission.objects.get(pk=draft.pk).status == "submitted"
