"""Submissions on their way, for the tests of each verb."""

from cultivation.actions import submission as authority_side
from cultivation.actions import submission_acceptance as ministry_side
from cultivation.models import Submission
from tests import factories


def reference_data() -> None:
    """The edition, area and direction that ``factories.valid_payload`` names."""
    factories.DirectionFactory()


def drafted(cast, *, name: str = "示例·申报平台", serial: int = 900001, **more) -> Submission:
    reference_data()
    return authority_side.create_draft(
        authority=cast.jiangsu,
        payload=factories.valid_payload(name=name, serial=serial),
        by=cast.jiangsu_clerk,
        **more,
    )


def prepared(cast, **more) -> Submission:
    return authority_side.prepare(submission=drafted(cast, **more), by=cast.jiangsu_clerk)


def submitted(cast, **more) -> Submission:
    return authority_side.submit(submission=prepared(cast, **more), by=cast.jiangsu_approver)


def accepted(cast, **more) -> Submission:
    return ministry_side.accept(submission=submitted(cast, **more), by=cast.ministry_clerk)


def change_of(cast, platform, **values) -> Submission:
    """A draft change of a platform with these values of its own fields."""
    submission = authority_side.create_draft(
        authority=platform.authority, by=cast.jiangsu_clerk, kind="change", platform=platform
    )
    payload = {**submission.payload, "platform": {**submission.payload["platform"], **values}}
    return authority_side.save_draft(submission=submission, payload=payload, by=cast.jiangsu_clerk)
