"""The filters of the public directory, shared by the API and the pages, so that both find the same records.

Repeating a parameter means "or", different parameters mean "and". Empty parameters, as HTML forms send them, are ignored.
"""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Iterable
from functools import reduce
from operator import and_, or_
from typing import Any

import django_filters as filters
from django import forms
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db.models import (
    BooleanField,
    Case,
    Func,
    IntegerField,
    Model,
    Q,
    QuerySet,
    Value,
    When,
)
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _
from django_filters.fields import MultipleChoiceField

from platforms import search
from platforms.choices import (
    AuthorityKind,
    BuildStatus,
    ConstructionMode,
    DirectionStatus,
    ImportStatus,
    JobStatus,
    OpenTo,
    PlatformStatus,
    PushStatus,
    RecognitionLevel,
    RegionKind,
    ScaleClass,
    ServiceType,
    Tier,
    WebhookStatus,
)
from platforms.models import PublicPlatform, SearchTokens, Synonym

# --- kinds of filter ----------------------------------------------------------------------------------------------


class CodesField(forms.Field):
    """Any number of codes of one spelling. Codes that nobody has are no fault: they find nothing."""

    widget = forms.SelectMultiple

    def __init__(self, *, pattern: str, **options: Any) -> None:
        self.pattern = re.compile(pattern)
        super().__init__(**options)

    def to_python(self, value: Any) -> list[str]:
        return [item.strip() for item in value or [] if item.strip()]

    def validate(self, value: list[str]) -> None:
        for item in value:
            if not self.pattern.fullmatch(item):
                raise ValidationError(_("“%(value)s”不是有效的代码。"), "not_a_code", {"value": item[:40]})


class Codes(filters.Filter):
    """Rows whose ``field_name`` (or one of ``fields``) is one of the codes given."""

    field_class = CodesField

    def __init__(self, *fields: str, pattern: str = r"[A-Za-z0-9._-]{1,40}", **options: Any) -> None:
        self.fields = fields
        super().__init__(field_name=fields[0], pattern=pattern, **options)

    def filter(self, queryset: QuerySet, value: list[str]) -> QuerySet:
        if not value:
            return queryset
        return queryset.filter(reduce(or_, (Q(**{f"{name}__in": value}) for name in self.fields)))


class ValuesField(MultipleChoiceField):
    """Any number of values of a vocabulary; an empty one is what an HTML form sends for "all"."""

    def to_python(self, value: Any) -> list[str]:
        return super().to_python([item for item in value or [] if item])


class Choices(filters.MultipleChoiceFilter):
    """Rows whose column is one of the values given."""

    field_class = ValuesField

    def filter(self, queryset: QuerySet, value: list[str]) -> QuerySet:
        return queryset.filter(**{f"{self.field_name}__in": value}) if value else queryset


class Overlap(filters.MultipleChoiceFilter):
    """Rows whose array column holds at least one of the values given."""

    field_class = ValuesField

    def filter(self, queryset: QuerySet, value: list[str]) -> QuerySet:
        return queryset.filter(**{f"{self.field_name}__overlap": value}) if value else queryset


class Statuses(Choices):
    """Without a choice only active records; what has been withdrawn is shown to those who ask for it."""

    always = True  # it narrows the list even when it is not named

    def filter(self, queryset: QuerySet, value: list[str]) -> QuerySet:
        return super().filter(queryset, value or [PlatformStatus.ACTIVE])


class YesNoField(forms.Field):
    WORDS = {"true": True, "1": True, "false": False, "0": False, "": None}

    def to_python(self, value: Any) -> bool | None:
        word = str(value or "").strip().lower()
        if word not in self.WORDS:
            raise ValidationError(_("应为 true 或 false。"), "not_boolean")
        return self.WORDS[word]


class YesNo(filters.Filter):
    field_class = YesNoField


class SinceField(forms.Field):
    """A day (2026-01-31) or a moment with offset (2026-01-31T08:00:00+08:00), between 1900 and 2100."""

    def to_python(self, value: Any) -> datetime.date | datetime.datetime | None:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            found = parse_date(text) or parse_datetime(text.replace(" ", "+"))
        except ValueError:
            found = None
        if found is None or not 1900 <= found.year <= 2100:
            raise ValidationError(
                _("日期应写成 2026-12-31，时刻应写成 2026-12-31T08:00:00+08:00。"), "not_a_date"
            )
        if isinstance(found, datetime.datetime) and timezone.is_naive(found):
            return timezone.make_aware(found)
        return found


class Since(filters.Filter):
    """A day is compared with ``field_name``, which people see; a moment with the time of publication."""

    field_class = SinceField

    def filter(self, queryset: QuerySet, value: Any) -> QuerySet:
        if value is None:
            return queryset
        if isinstance(value, datetime.datetime):
            return queryset.filter(published_at__gte=value)
        return queryset.filter(**{f"{self.field_name}__gte": value})


class QueryField(forms.CharField):
    def clean(self, value: Any) -> search.Query:
        return search.parse_query(str(value or "").replace("\x00", " "), synonyms())


class AnyOf(Func):
    """Whether a value is in an array, which is made once and before anything else."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


class Search(filters.Filter):
    """Full text. ``words`` is the table with the tokens and the row's key there; the queryset gets a ``rank``, best 3.

    The hits are taken from the index first, all at once: asked row by row the database would unpack the words of every row.
    """

    field_class = QueryField

    def __init__(self, *, words: tuple[type[Model], str], **options: Any) -> None:
        self.words = words
        super().__init__(**options)

    def filter(self, queryset: QuerySet, value: search.Query) -> QuerySet:
        if not value:
            return queryset
        if queryset.model is self.words[0]:
            found = queryset.filter(matching(value, "tokens"))
        else:
            found = queryset.filter(AnyOf("pk", ArraySubquery(hits_of(value, self.words))))
        return found.annotate(rank=rank(value, self.words))


# --- search in the database ---------------------------------------------------------------------------------------

TAGS = ("n:", "o:", "s:")


def matching(query: search.Query, column: str, tag: str = "") -> Q:
    """All words, each by any of its alternatives, as containment of the tokens in ``column`` (a GIN index answers it)."""
    return reduce(
        and_,
        (
            reduce(or_, (Q(**{f"{column}__contains": list(way.tagged(tag))}) for way in word.alternatives))
            for word in query.words
        ),
    )


def hits_of(query: search.Query, words: tuple[type[Model], str], tag: str = "") -> QuerySet:
    """The keys of the rows that have all words, from the table of the tokens."""
    table, key = words
    return table._default_manager.filter(matching(query, "tokens", tag)).values(key)


def rank(query: search.Query, words: tuple[type[Model], str]) -> Case:
    """3 when the name alone answers the query, 2 the operator, 1 services and equipment, 0 the rest."""
    whens = [
        When(pk__in=hits_of(query, words, tag), then=Value(len(TAGS) - index))
        for index, tag in enumerate(TAGS)
    ]
    return Case(*whens, default=Value(0), output_field=IntegerField())


SYNONYMS_FOR = 60.0
_synonyms: tuple[float, dict[str, list[str]]] = (0.0, {})


def synonyms() -> dict[str, list[str]]:
    """The project's list and the ministry's, read again once a minute."""
    global _synonyms
    read_at, known = _synonyms
    if not known or time.monotonic() - read_at > SYNONYMS_FOR:
        kept = {term: list(others) for term, others in search.initial_synonyms().items()}
        for term, synonym in Synonym.objects.values_list("term", "synonym"):
            kept.setdefault(search.normalise(term), []).append(synonym)
        _synonyms = (time.monotonic(), kept)
        known = kept
    return known


# --- filter sets --------------------------------------------------------------------------------------------------

REGION = r"[0-9]{6}"


class Place(Codes):
    """Provinces by one column, cities by the other, so that an index answers either."""

    def __init__(self, province: str, city: str, **options: Any) -> None:
        self.city = city
        super().__init__(province, city, pattern=REGION, **options)

    def filter(self, queryset: QuerySet, value: list[str]) -> QuerySet:
        provinces = [code for code in value if code.endswith("0000")]
        cities = [code for code in value if not code.endswith("0000")]
        chosen = [Q(**{f"{self.fields[0]}__in": provinces})] if provinces else []
        chosen += [Q(**{f"{self.city}__in": cities})] if cities else []
        return queryset.filter(reduce(or_, chosen)) if chosen else queryset


class PlatformFilters(filters.FilterSet):
    """Every column of the public platform row that a person would filter by."""

    q = Search(
        words=(SearchTokens, "platform_id"), label=_("关键词：名称、建设单位、服务、设备、规模，可用拼音")
    )
    tier = Choices(choices=Tier.choices, label=_("梯次"))
    region = Place("region_code", "city_code", label=_("省份或城市的行政区划代码，省份含所辖城市"))
    authority = Codes("authority_code", pattern=REGION, label=_("推荐单位代码"))
    area = Codes("area_code", label=_("领域代码"))
    direction = Codes("direction_code", label=_("方向代码"))
    operator = Codes("operator_uscc", pattern=r"[0-9A-Z]{18}", label=_("建设单位的统一社会信用代码"))
    service_type = Overlap(field_name="service_types", choices=ServiceType.choices, label=_("服务类型"))
    scale = Overlap(field_name="scale_classes", choices=ScaleClass.choices, label=_("可承接规模"))
    open_to = Overlap(field_name="open_to", choices=OpenTo.choices, label=_("开放范围"))
    recognition = Overlap(
        field_name="recognition_levels", choices=RecognitionLevel.choices, label=_("其他认定的级别")
    )
    construction_mode = Choices(choices=ConstructionMode.choices, label=_("建设模式"))
    build_status = Choices(choices=BuildStatus.choices, label=_("建设状态"))
    gap_filling = YesNo(field_name="gap_filling", label=_("是否补齐领域"))
    demo = YesNo(field_name="demo", label=_("是否示例数据"))
    status = Statuses(choices=PlatformStatus.choices, label=_("状态，不填为在录"))
    updated_since = Since(field_name="updated_on", label=_("此日或此时之后有更新"))

    class Meta:
        model = PublicPlatform
        fields: Iterable[str] = ()


class OperatorFilters(filters.FilterSet):
    """Operators are known from the public platforms they run."""

    q = Search(words=(SearchTokens, "platform_id"), label=_("关键词，在其平台中查找"))
    region = Place("region_code", "city_code", label=_("平台所在地的行政区划代码"))
    tier = Choices(choices=Tier.choices, label=_("平台梯次"))

    class Meta:
        model = PublicPlatform
        fields: Iterable[str] = ()


class RegionFilters(filters.FilterSet):
    kind = Choices(choices=RegionKind.choices, label=_("类别"))
    parent = Codes("parent_id", pattern=REGION, label=_("所属省份代码"))


class AuthorityFilters(filters.FilterSet):
    kind = Choices(choices=AuthorityKind.choices, label=_("类别"))
    region = Codes("region_id", pattern=REGION, label=_("所在省份代码"))


class AreaFilters(filters.FilterSet):
    edition = Codes("edition_id", label=_("版本，不填为全部"))


class DirectionStatuses(Choices):
    """Provisional names come from sibling lists; they are given only to those who ask for them."""

    always = True

    def filter(self, queryset: QuerySet, value: list[str]) -> QuerySet:
        if not value:
            return queryset.exclude(status=DirectionStatus.PROVISIONAL)
        return super().filter(queryset, value)


class DirectionFilters(filters.FilterSet):
    area = Codes("area_id", label=_("领域代码"))
    edition = Codes("area__edition_id", label=_("版本"))
    gap_filling = YesNo(field_name="gap_filling", label=_("是否补齐领域"))
    status = DirectionStatuses(choices=DirectionStatus.choices, label=_("名称来源，不填则不含暂列"))


class NoFilters(filters.FilterSet):
    """For lists that are always given whole."""


class JobFilters(filters.FilterSet):
    status = Choices(choices=JobStatus.choices, label=_("状态"))
    kind = Codes("kind", label=_("类别"))


class WebhookFilters(filters.FilterSet):
    status = Choices(choices=WebhookStatus.choices, label=_("状态"))


class PushFilters(filters.FilterSet):
    webhook = Codes("webhook_id", pattern=r"[0-9]{1,18}", label=_("推送的编号"))
    status = Choices(choices=PushStatus.choices, label=_("状态"))


class DocumentFilters(filters.FilterSet):
    authority = Codes("authority_id", pattern=REGION, label=_("推荐单位代码"))


class ImportFilters(filters.FilterSet):
    status = Choices(choices=ImportStatus.choices, label=_("状态"))
    authority = Codes("authority_id", pattern=REGION, label=_("推荐单位代码"))
