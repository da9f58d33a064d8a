"""Where things are and who answers for them."""

from __future__ import annotations

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from platforms.choices import AuthorityKind, RegionKind
from platforms.history import tracked
from platforms.models.constraints import one_of


class Region(models.Model):
    """A province-level unit or a prefecture-level city, keyed by its GB/T 2260 code."""

    code = models.CharField(_("行政区划代码"), max_length=6, primary_key=True)
    name_zh = models.CharField(_("名称"), max_length=60)
    name_en = models.CharField(_("英文名称"), max_length=80)
    short_zh = models.CharField(_("简称"), max_length=20)
    abbreviation_zh = models.CharField(_("单字简称"), max_length=4, blank=True)
    kind = models.CharField(_("类别"), max_length=40, choices=RegionKind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        verbose_name = verbose_name_plural = _("行政区划")
        ordering = ("code",)
        constraints = (one_of("region", "kind", RegionKind),)

    def __str__(self) -> str:
        return self.name_zh


@tracked()
class Authority(models.Model):
    """推荐单位: one of the 37 that submit and recommend. Not the same as a region: Ningbo recommends, Zhejiang contains it.

    ``self_service``: people of the operators write the first draft of their own platforms (docs/adr/0018). ``city_review``: the
    cities check submissions before the office does (docs/adr/0023).
    """

    code = models.CharField(_("代码"), max_length=6, primary_key=True)
    name_zh = models.CharField(_("名称"), max_length=60)
    name_en = models.CharField(_("英文名称"), max_length=80)
    kind = models.CharField(_("类别"), max_length=20, choices=AuthorityKind)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("所在省份"))
    city = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("所在城市")
    )
    position = models.PositiveSmallIntegerField(_("排序"), default=0)
    self_service = models.BooleanField(_("建设单位自助填报"), default=False, editable=False)
    city_review = models.BooleanField(_("地市初审"), default=False, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("推荐单位")
        ordering = ("position", "code")
        constraints = (one_of("authority", "kind", AuthorityKind),)

    def __str__(self) -> str:
        return self.name_zh

    def cities(self) -> QuerySet[Region]:
        """The cities that answer to this office: none to one that is a city itself, and to its province all but that one."""
        if self.city_id is not None:
            return Region.objects.none()
        apart = Authority.objects.filter(city__isnull=False).values("city")
        return Region.objects.filter(parent=self.region_id, kind=RegionKind.CITY).exclude(pk__in=apart)
