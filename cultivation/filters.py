"""The filters of public lists about cultivation."""

from __future__ import annotations

import django_filters as filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cultivation.choices import (
    ApplicationStatus,
    ChangeRequestKind,
    DesignationStatus,
    EditionKind,
    ReleaseKind,
    RequestStatus,
    StandardPart,
    StandardStage,
    SubmissionKind,
    SubmissionStatus,
)
from platforms.choices import Tier
from platforms.filters import REGION, Choices, Codes, YesNo


class Contains(filters.CharFilter):
    """Text that occurs in a title."""

    def filter(self, queryset: QuerySet, value: str) -> QuerySet:
        return queryset.filter(**{f"{self.field_name}__icontains": value}) if value else queryset


class BatchFilters(filters.FilterSet):
    tier = Choices(choices=Tier.choices, label=_("梯次"))
    stage = Codes("stage", label=_("所处阶段"))
    opened_since = filters.DateFilter(field_name="opened_on", lookup_expr="gte", label=_("此日之后开放"))


class NoticeFilters(filters.FilterSet):
    batch = Codes("batch_code", label=_("批次编号"))
    ends_since = filters.DateFilter(field_name="ends_on", lookup_expr="gte", label=_("此日之后结束"))
    starts_before = filters.DateFilter(field_name="starts_on", lookup_expr="lte", label=_("此日之前开始"))


class AnnouncementFilters(filters.FilterSet):
    withdrawn = YesNo("withdrawn", label=_("是否已撤回"))
    released_since = filters.DateFilter(
        field_name="released_at", lookup_expr="date__gte", label=_("此日之后发布")
    )


class EditionFilters(filters.FilterSet):
    kind = Choices(choices=EditionKind.choices, label=_("类别"))


class ListFilters(filters.FilterSet):
    list = Codes("list_code", label=_("名单编号"))
    version = Codes("list_version", label=_("版本"))
    kind = Choices(choices=ReleaseKind.choices, label=_("类别"))
    tier = Choices(choices=Tier.choices, label=_("梯次"))
    latest = YesNo(field_name="latest", label=_("是否最新版本"))
    issued_since = filters.DateFilter(field_name="issued_on", lookup_expr="gte", label=_("此日之后发布"))


class DesignationFilters(filters.FilterSet):
    """Checked here, applied in ``cultivation.api.designation``: designations are parts of stored documents."""

    tier = Choices(choices=Tier.choices, label=_("梯次"))
    status = Choices(choices=DesignationStatus.choices, label=_("认定状态"))
    platform = Codes("code", label=_("平台编号"))
    region = Codes("region_code", pattern=REGION, label=_("省份或城市的行政区划代码"))
    decision = filters.CharFilter(field_name="code", max_length=120, label=_("文号"))


class PolicyFilters(filters.FilterSet):
    q = Contains(field_name="title_zh", max_length=200, label=_("标题中的文字"))
    region = Codes("region_id", pattern=REGION, label=_("适用地区的行政区划代码"))
    scope_level = Codes("scope_level", label=_("级别"))
    doc_type = Codes("doc_type", pattern=r"[\w .-]{1,40}", label=_("类别"))


class StandardFilters(filters.FilterSet):
    q = Contains(field_name="title_zh", max_length=200, label=_("名称中的文字"))
    kind = Codes("kind", pattern=r"[\w .-]{1,40}", label=_("类别"))
    part = Choices(choices=StandardPart.choices, label=_("体系位置"))
    stage = Choices(choices=StandardStage.choices, label=_("阶段"))


class StatisticFilters(filters.FilterSet):
    key = Codes("key", label=_("指标代码"))


class SubmissionFilters(filters.FilterSet):
    status = Choices(choices=SubmissionStatus.choices, label=_("状态"))
    kind = Choices(choices=SubmissionKind.choices, label=_("类别"))
    authority = Codes("authority_id", pattern=REGION, label=_("推荐单位代码"))
    platform = Codes("platform__code", label=_("平台编号"))


class ApplicationFilters(filters.FilterSet):
    status = Choices(field_name="seen_status", choices=ApplicationStatus.choices, label=_("状态"))
    batch = Codes("batch__code", label=_("批次编号"))
    authority = Codes("authority_id", pattern=REGION, label=_("推荐单位代码"))
    platform = Codes("platform__code", label=_("平台编号"))


class ReportFilters(filters.FilterSet):
    platform = Codes("platform__code", label=_("平台编号"))
    year = Codes("year", pattern=r"(19|20)[0-9]{2}", label=_("年度"))


class ChangeRequestFilters(filters.FilterSet):
    platform = Codes("platform__code", label=_("平台编号"))
    authority = Codes("platform__authority_id", pattern=REGION, label=_("推荐单位代码"))
    kind = Choices(choices=ChangeRequestKind.choices, label=_("类别"))
    status = Choices(choices=RequestStatus.choices, label=_("状态"))
