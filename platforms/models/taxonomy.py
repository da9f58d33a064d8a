"""Areas and directions, by edition: what the ministry called them changes with every edition of its key points."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from platforms.choices import DirectionStatus
from platforms.models.constraints import one_of


class TaxonomyEdition(models.Model):
    """版本: the 2024 or 2025 edition of the key points. ``expected_directions`` is what its source announces."""

    code = models.CharField(_("版本"), max_length=8, primary_key=True)
    source_zh = models.CharField(_("来源文件"), max_length=200)
    expected_directions = models.PositiveSmallIntegerField(_("公布的方向数"), null=True, blank=True)
    current = models.BooleanField(_("现行"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("分类版本")
        ordering = ("-code",)
        constraints = (
            models.UniqueConstraint(
                fields=("current",),
                condition=models.Q(current=True),
                name="taxonomy_edition_one_current",
                violation_error_message=_("只能有一个现行版本。"),
            ),
        )

    def __str__(self) -> str:
        return self.code


class Area(models.Model):
    """领域: one of the six, keyed ``<edition>-<number>``."""

    code = models.CharField(_("代码"), max_length=12, primary_key=True)
    edition = models.ForeignKey(TaxonomyEdition, models.PROTECT, related_name="areas")
    position = models.PositiveSmallIntegerField(_("排序"))
    name_zh = models.CharField(_("名称"), max_length=60)
    name_en = models.CharField(_("英文名称"), max_length=80)

    class Meta:
        verbose_name = verbose_name_plural = _("领域")
        ordering = ("edition_id", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("edition", "position"),
                name="area_position_once",
                violation_error_message=_("同一版本中排序不能重复。"),
            ),
        )

    def __str__(self) -> str:
        return self.name_zh


class Direction(models.Model):
    """方向 within an area. Provisional ones come from sibling lists and stay out of public filters."""

    code = models.CharField(_("代码"), max_length=16, primary_key=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="directions")
    position = models.PositiveSmallIntegerField(_("排序"))
    name_zh = models.CharField(_("名称"), max_length=60)
    name_en = models.CharField(_("英文名称"), max_length=80)
    status = models.CharField(
        _("状态"), max_length=12, choices=DirectionStatus, default=DirectionStatus.PROVISIONAL
    )
    gap_filling = models.BooleanField(_("补齐领域"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("方向")
        ordering = ("area_id", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("area", "position"),
                name="direction_position_once",
                violation_error_message=_("同一领域中排序不能重复。"),
            ),
            one_of("direction", "status", DirectionStatus),
        )

    def __str__(self) -> str:
        return self.name_zh


class DirectionMapping(models.Model):
    """对应: which direction of another edition succeeds one; what moves the platforms is a verb of its own."""

    old = models.OneToOneField(
        Direction,
        models.PROTECT,
        related_name="successor",
        verbose_name=_("原方向"),
        error_messages={"unique": _("这个方向已有对应。")},
    )
    new = models.ForeignKey(Direction, models.PROTECT, related_name="predecessors", verbose_name=_("新方向"))

    class Meta:
        verbose_name = verbose_name_plural = _("方向对应")
        ordering = ("old",)
        constraints = (
            models.CheckConstraint(
                name="direction_mapping_between_two",
                condition=~models.Q(old=models.F("new")),
                violation_error_message=_("方向不能对应到自身。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.old_id} → {self.new_id}"


class Synonym(models.Model):
    """近义词 kept by the ministry: a search for ``term`` also finds ``synonym``."""

    term = models.CharField(_("词"), max_length=40)
    synonym = models.CharField(_("近义词"), max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = _("近义词")
        ordering = ("term", "synonym")
        constraints = (
            models.UniqueConstraint(
                fields=("term", "synonym"),
                name="synonym_once",
                violation_error_message=_("这对近义词已存在。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.term} ≈ {self.synonym}"
