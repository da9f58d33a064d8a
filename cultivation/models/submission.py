"""申报: a proposed new record or change. Authorities edit submissions; the platform record changes only on acceptance."""

from __future__ import annotations

import copy
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cultivation.choices import AttachmentKind, SubmissionKind, SubmissionStatus
from platforms.access import Scope
from platforms.history import tracked
from platforms.models.constraints import different_people, not_blank, one_of, paired


class SubmissionQuerySet(models.QuerySet):
    def in_state(self, *states: str) -> SubmissionQuerySet:
        return self.filter(status__in=states)

    def open(self) -> SubmissionQuerySet:
        """Not yet accepted, rejected or withdrawn."""
        return self.in_state(
            SubmissionStatus.DRAFT,
            SubmissionStatus.FILLING,
            SubmissionStatus.CITY_REVIEW,
            SubmissionStatus.PREPARED,
            SubmissionStatus.SUBMITTED,
            SubmissionStatus.RETURNED,
        )

    def for_list(self) -> SubmissionQuerySet:
        """What a list shows, without the records themselves."""
        return self.defer("payload").select_related("authority", "platform", "prepared_by", "created_by")


# A person's number does not belong into a history that nobody can erase; the platform's own contacts say who consented.
@tracked(exclude=["contact"], level=pgtrigger.Statement)
class Submission(models.Model):
    """``payload`` is the whole proposed record in the shape of ``platforms.record``; ``returned_fields`` pins reasons.

    ``base_version`` is the platform version a change was written against, so a stale change cannot overwrite a newer record.
    ``unfinished`` keeps what was typed and cannot be accepted yet, by its place in the payload (``equipment/3/quantity``):
    a draft that is saved while somebody types loses no word, and the record holds no wrong one.
    ``city`` is whose department has it for its check (or had it): filled when it is sent there, together with ``city_sent_by``,
    to whom it returns. ``city_stood_in``: the office made the step itself.
    ``start_key`` is the page a draft was begun on, so that the page makes one draft however often it is sent.
    ``contact`` is a person to call: ``{"name", "duty", "phone", "email"}`` and, with consent to publish, ``consented_at``,
    ``consented_by`` (user name) and ``text_version``.
    """

    number = models.CharField(_("编号"), max_length=20, unique=True)
    kind = models.CharField(_("类别"), max_length=10, choices=SubmissionKind, default=SubmissionKind.NEW)
    authority = models.ForeignKey("platforms.Authority", models.PROTECT, related_name="submissions")
    operator = models.ForeignKey(
        "platforms.Operator", models.PROTECT, null=True, blank=True, related_name="+"
    )
    platform = models.ForeignKey(
        "platforms.Platform", models.PROTECT, null=True, blank=True, related_name="submissions"
    )
    base_version = models.PositiveIntegerField(null=True, blank=True)
    name_zh = models.CharField(_("平台名称"), max_length=120, blank=True)
    payload = models.JSONField(default=dict)
    unfinished = models.JSONField(default=dict, blank=True)
    contact = models.JSONField(default=dict, blank=True)
    start_key = models.CharField(max_length=32, unique=True, null=True, blank=True)
    status = models.CharField(
        _("状态"), max_length=12, choices=SubmissionStatus, default=SubmissionStatus.DRAFT
    )
    version = models.PositiveIntegerField(default=1)
    import_run = models.ForeignKey(
        "platforms.ImportRun", models.PROTECT, null=True, blank=True, related_name="+"
    )
    import_row = models.OneToOneField(
        "platforms.ImportRow", models.PROTECT, null=True, blank=True, related_name="+"
    )
    returned_fields = models.JSONField(default=list)
    return_reason = models.TextField(_("退回原因"), blank=True)
    correction_due_at = models.DateTimeField(_("补正截止"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now)
    declared_at = models.DateTimeField(_("声明不含国家秘密时间"), null=True, blank=True)
    declared_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")
    handed_in_at = models.DateTimeField(_("建设单位交来时间"), null=True, blank=True)
    handed_in_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )
    city = models.ForeignKey(
        "platforms.Region",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("初审城市"),
    )
    city_sent_at = models.DateTimeField(_("送地市初审时间"), null=True, blank=True)
    city_sent_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )
    city_due_at = models.DateTimeField(_("初审截止"), null=True, blank=True)
    city_passed_at = models.DateTimeField(_("初审通过时间"), null=True, blank=True)
    city_passed_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )
    city_opinion = models.TextField(_("初审意见"), blank=True)
    city_stood_in = models.BooleanField(_("由推荐单位代行初审"), default=False)
    prepared_at = models.DateTimeField(null=True, blank=True)
    prepared_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")

    objects = SubmissionQuerySet.as_manager()
    #: Sent up and, if returned, not yet taken up again by the authority; drafts stay the authority's own.
    scope = Scope(
        authority="authority",
        operator="operator",
        nation="submitted_at",
        city="city",
        self_service="authority__self_service",
        city_review="authority__city_review",
    )

    class Meta:
        verbose_name = verbose_name_plural = _("申报")
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("authority", "status")),
            models.Index(fields=("status", "submitted_at")),
        )
        constraints = (
            one_of("submission", "kind", SubmissionKind),
            one_of("submission", "status", SubmissionStatus),
            paired("submission", "declared"),
            paired("submission", "handed_in"),
            paired("submission", "city_sent"),
            paired("submission", "city_passed"),
            paired("submission", "prepared"),
            paired("submission", "submitted"),
            paired("submission", "decided"),
            different_people("submission", "handed_in_by", "city_passed_by"),
            different_people("submission", "prepared_by", "submitted_by"),
            different_people("submission", "handed_in_by", "submitted_by"),
            different_people("submission", "submitted_by", "decided_by"),
            not_blank("submission", "return_reason", when=Q(status=SubmissionStatus.RETURNED)),
            not_blank("submission", "city_opinion", when=Q(city_passed_at__isnull=False)),
            models.CheckConstraint(
                name="submission_city_review_has_term",
                condition=~Q(status=SubmissionStatus.CITY_REVIEW)
                | (Q(city_sent_at__isnull=False) & Q(city_due_at__isnull=False)),
                violation_error_message=_("送地市初审必须记明送出时间和初审截止。"),
            ),
            models.CheckConstraint(
                name="submission_change_names_platform",
                condition=Q(kind=SubmissionKind.NEW)
                | (Q(platform__isnull=False) & Q(base_version__isnull=False)),
                violation_error_message=_("变更必须指明平台和所依据的版本。"),
            ),
            models.CheckConstraint(
                name="submission_filling_has_operator",
                condition=~Q(status=SubmissionStatus.FILLING) | Q(operator__isnull=False),
                violation_error_message=_("交给建设单位填写的申报必须对应一个建设单位。"),
            ),
            models.CheckConstraint(
                name="submission_accepted_has_platform",
                condition=~Q(status=SubmissionStatus.ACCEPTED) | Q(platform__isnull=False),
                violation_error_message=_("已入库的申报必须对应一个平台。"),
            ),
        )

    def __str__(self) -> str:
        return self.name_zh or self.number

    @property
    def back_from_city(self) -> bool:
        """Whether it is being corrected for the city that has returned it."""
        correcting = self.status in (SubmissionStatus.RETURNED, SubmissionStatus.FILLING)
        return correcting and self.city_sent_at is not None and self.city_passed_at is None

    @property
    def as_written(self) -> dict[str, Any]:
        """The record with everything that was typed, also what cannot be accepted yet."""
        return written(self.payload, self.unfinished)


def written(payload: dict[str, Any], unfinished: dict[str, str]) -> dict[str, Any]:
    """``payload`` with the texts of ``unfinished`` put back where they were typed."""
    if not unfinished:
        return payload
    whole = copy.deepcopy(payload)
    for path, text in unfinished.items():
        aggregate, *rest = path.split("/")
        if len(rest) == 1:
            whole.setdefault(aggregate, {})[rest[0]] = text
        elif int(rest[0]) < len(whole.get(aggregate) or ()):
            whole[aggregate][int(rest[0])][rest[1]] = text
    return whole


class AttachmentQuerySet(models.QuerySet):
    def in_force(self) -> AttachmentQuerySet:
        return self.filter(removed_at__isnull=True)


@tracked()
class Attachment(models.Model):
    """附件 of a submission. Taking one away keeps the row and the file: a decision may have rested on it."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="attachments")
    document = models.ForeignKey("platforms.Document", models.PROTECT, related_name="+")
    kind = models.CharField(_("材料类别"), max_length=20, choices=AttachmentKind)
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")

    objects = AttachmentQuerySet.as_manager()
    scope = Scope(
        authority="submission__authority",
        operator="submission__operator",
        nation="submission__submitted_at",
        city="submission__city",
        self_service="submission__authority__self_service",
        city_review="submission__authority__city_review",
    )

    class Meta:
        verbose_name = verbose_name_plural = _("申报附件")
        ordering = ("kind", "id")
        constraints = (
            one_of("attachment", "kind", AttachmentKind),
            paired("attachment", "removed"),
        )

    def __str__(self) -> str:
        return self.document.title
