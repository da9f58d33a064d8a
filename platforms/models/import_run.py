"""批量导入: one uploaded file and its rows, kept until confirmed so that nothing has to be uploaded twice."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.access import Scope
from platforms.choices import ImportMode, ImportStatus, RowOutcome
from platforms.history import tracked
from platforms.models.constraints import not_blank, one_of, paired


@tracked()
class ImportRun(models.Model):
    """``counts`` maps each ``RowOutcome`` to a number of rows; ``mode`` is what the person chose on confirming; ``columns`` is
    how each sheet was read, ``assigned`` what a person said instead (sheet → letter → pointer, empty for "leave out")."""

    authority = models.ForeignKey("platforms.Authority", models.PROTECT, related_name="imports")
    file_name = models.CharField(_("文件名"), max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    stored_as = models.FileField(upload_to="imports/%Y/%m", blank=True)
    template_version = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=12, choices=ImportStatus, default=ImportStatus.RECEIVED)
    mode = models.CharField(max_length=12, choices=ImportMode, blank=True)
    refusal = models.TextField(blank=True)
    columns = models.JSONField(default=list)
    assigned = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )
    check_job = models.ForeignKey("platforms.Job", models.SET_NULL, null=True, blank=True, related_name="+")
    write_job = models.ForeignKey("platforms.Job", models.SET_NULL, null=True, blank=True, related_name="+")

    scope = Scope(authority="authority")

    class Meta:
        verbose_name = verbose_name_plural = _("批量导入")
        ordering = ("-id",)
        constraints = (
            one_of("import_run", "status", ImportStatus),
            not_blank("import_run", "file_name"),
            not_blank("import_run", "refusal", when=models.Q(status=ImportStatus.REFUSED)),
            paired("import_run", "confirmed"),
        )

    def __str__(self) -> str:
        return f"IM-{self.created_at:%Y}-{self.pk:04d}"


class ImportRow(models.Model):
    """One row of the sheet: what stood in the cells (``raw``), what it means (``clean``) and what is wrong (``problems``).

    ``number`` is the row number a person sees in the spreadsheet program; ``key`` names the platform the row is about, however
    it is written, so that rows about one platform are found without opening them all.
    """

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows")
    sheet = models.CharField(max_length=60, blank=True)
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=400, blank=True)
    raw = models.JSONField()
    clean = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    outcome = models.CharField(max_length=12, choices=RowOutcome)
    differences = models.JSONField(default=list)
    platform = models.ForeignKey("platforms.Platform", models.SET_NULL, null=True, related_name="+")
    written_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("导入行")
        ordering = ("run_id", "number")
        indexes = (models.Index(fields=("run", "key")),)
        constraints = (
            one_of("import_row", "outcome", RowOutcome),
            models.UniqueConstraint(
                fields=("run", "sheet", "number"),
                name="import_row_once",
                violation_error_message=_("该行已读入。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.run_id}:{self.number}"


@tracked()
class DuplicateDecision(models.Model):
    """Whether a row or a record that looked like a platform is that platform, as a person decided. It is asked once per pair;
    ``key`` is the row's or the other record's (``platforms.likeness``)."""

    authority = models.ForeignKey("platforms.Authority", models.PROTECT, related_name="+")
    key = models.CharField(max_length=400)
    platform = models.ForeignKey("platforms.Platform", models.CASCADE, related_name="+")
    same = models.BooleanField()
    reason = models.CharField(_("理由"), max_length=400, blank=True)
    decided_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")

    scope = Scope(authority="authority")

    class Meta:
        verbose_name = verbose_name_plural = _("疑似重复的判定")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("authority", "key", "platform"),
                name="duplicate_decision_once",
                violation_error_message=_("这一对已经判定过。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.key} {'=' if self.same else '≠'} {self.platform_id}"
