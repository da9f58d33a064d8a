"""推荐: one platform in one batch, from the authority's proposal to the outcome, and its formal check."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cultivation.choices import ApplicationStatus, BatchStatus, CheckState
from platforms.access import Permission, Scope, reach
from platforms.history import tracked
from platforms.models.constraints import different_people, not_blank, one_of, paired

#: How the ministry sorts the reviewed ones; its own affair until the list is put on notice.
SORTED = (ApplicationStatus.SHORTLISTED, ApplicationStatus.RESERVE_LIST, ApplicationStatus.NOT_SHORTLISTED)
#: Batches whose list has been put on notice.
NOTICED = (BatchStatus.NOTICING, BatchStatus.DECIDING, BatchStatus.CONCLUDED)


def sees_sorting(user) -> bool:
    """Whether the person sees the ministry's work on applications as it happens: whoever sees those of the whole nation."""
    return reach(user).authority_codes(Permission.APPLICATION_VIEW) is None


class ApplicationQuerySet(models.QuerySet):
    def as_seen_by(self, user) -> ApplicationQuerySet:
        """``seen_status``: the state in the eyes of this person, as ``Application.seen_by`` says it of one."""
        seen: models.F | models.Case = models.F("status")
        if not sees_sorting(user):
            veiled = Q(status__in=SORTED) & ~Q(batch__status__in=NOTICED)
            seen = models.Case(
                models.When(veiled, then=models.Value(ApplicationStatus.IN_REVIEW.value)), default=seen
            )
        return self.annotate(seen_status=models.ExpressionWrapper(seen, output_field=models.CharField()))

    def in_state(self, *states: str) -> ApplicationQuerySet:
        return self.filter(status__in=states)

    def counted_in_quota(self) -> ApplicationQuerySet:
        """Everything recommended and not withdrawn uses a place."""
        return self.exclude(status__in=(ApplicationStatus.PROPOSED, ApplicationStatus.WITHDRAWN))

    def standing(self) -> ApplicationQuerySet:
        """Everything that has not been withdrawn; these carry a rank."""
        return self.exclude(status=ApplicationStatus.WITHDRAWN)

    def with_check_state(self) -> ApplicationQuerySet:
        """``check_state``: the worst effective result, ``""`` where no check has run."""
        results = CheckResult.objects.filter(application=models.OuterRef("pk")).effective()
        return self.annotate(
            check_state=models.Case(
                *(
                    models.When(
                        models.Exists(results.filter(effective_state=state)), then=models.Value(state)
                    )
                    for state in (CheckState.FAIL, CheckState.MISSING, CheckState.MANUAL, CheckState.PASS)
                ),
                default=models.Value(""),
            )
        )


@tracked()
class Application(models.Model):
    """``record`` is the platform's record as it stood on recommendation: what is checked and reviewed does not move."""

    batch = models.ForeignKey("cultivation.Batch", models.PROTECT, related_name="applications")
    platform = models.ForeignKey("platforms.Platform", models.PROTECT, related_name="applications")
    authority = models.ForeignKey("platforms.Authority", models.PROTECT, related_name="applications")
    rank = models.PositiveSmallIntegerField(_("推荐排序"), null=True, blank=True)
    opinion = models.TextField(_("推荐意见"), blank=True)
    record = models.JSONField(default=dict)
    status = models.CharField(
        _("状态"), max_length=16, choices=ApplicationStatus, default=ApplicationStatus.PROPOSED
    )
    outcome_reason = models.TextField(_("结论说明"), blank=True)
    supplement_due_at = models.DateTimeField(_("补充截止"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    proposed_at = models.DateTimeField(default=timezone.now)
    proposed_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")
    recommended_at = models.DateTimeField(null=True, blank=True)
    recommended_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = models.ForeignKey("platforms.User", models.PROTECT, null=True, blank=True, related_name="+")

    objects = ApplicationQuerySet.as_manager()
    scope = Scope(
        authority="authority",
        operator="platform__operator",
        person="assignments__reviewer__user",
        nation="recommended_at",
    )

    class Meta:
        verbose_name = verbose_name_plural = _("推荐")
        ordering = ("batch_id", "authority_id", "rank", "id")
        constraints = (
            one_of("application", "status", ApplicationStatus),
            paired("application", "recommended"),
            paired("application", "checked"),
            different_people("application", "proposed_by", "recommended_by"),
            models.UniqueConstraint(
                fields=("batch", "platform"),
                condition=~Q(status=ApplicationStatus.WITHDRAWN),
                name="application_platform_once_per_batch",
                violation_error_message=_("该平台已在本批次中。"),
            ),
            models.UniqueConstraint(
                fields=("batch", "authority", "rank"),
                condition=~Q(status=ApplicationStatus.WITHDRAWN) & Q(rank__isnull=False),
                deferrable=None,
                name="application_rank_once",
                violation_error_message=_("推荐排序不能重复。"),
            ),
            not_blank(
                "application",
                "outcome_reason",
                when=Q(
                    status__in=(
                        ApplicationStatus.FAILED_CHECK,
                        ApplicationStatus.NOT_SHORTLISTED,
                        ApplicationStatus.RESERVE_LIST,
                        ApplicationStatus.REMOVED,
                        ApplicationStatus.NOT_LISTED,
                    )
                ),
            ),
        )

    def __str__(self) -> str:
        return str(self.platform)

    @property
    def sorting_is_public(self) -> bool:
        return self.batch.status in NOTICED

    def seen_by(self, user) -> str:
        """The state in the eyes of this person: to an authority a sorted one is under review until the notice."""
        veiled = self.status in SORTED and not self.sorting_is_public and not sees_sorting(user)
        return ApplicationStatus.IN_REVIEW.value if veiled else self.status


class CheckResultQuerySet(models.QuerySet):
    def effective(self) -> CheckResultQuerySet:
        """``effective_state``: an override counts once a second person has confirmed it."""
        return self.annotate(
            effective_state=models.Case(
                models.When(confirmed_at__isnull=False, then=models.F("override_state")),
                default=models.F("state"),
                output_field=models.CharField(),
            )
        )


@tracked()
class CheckResult(models.Model):
    """One criterion applied to one application, as a sentence. An override needs a reason and a second person."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="checks")
    criterion = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=CheckState)
    sentence_zh = models.TextField()
    sentence_en = models.TextField(blank=True)
    fields = models.JSONField(default=list)
    override_state = models.CharField(max_length=10, choices=CheckState, blank=True)
    override_reason = models.TextField(blank=True)
    overridden_at = models.DateTimeField(null=True, blank=True)
    overridden_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        "platforms.User", models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = CheckResultQuerySet.as_manager()
    scope = Scope(authority="application__authority", nation="application__recommended_at")

    class Meta:
        verbose_name = verbose_name_plural = _("审查结果")
        ordering = ("application_id", "position")
        constraints = (
            one_of("check_result", "state", CheckState),
            models.UniqueConstraint(
                fields=("application", "criterion"),
                name="check_result_once",
                violation_error_message=_("该条件已有结果。"),
            ),
            paired("check_result", "overridden"),
            paired("check_result", "confirmed"),
            different_people("check_result", "overridden_by", "confirmed_by"),
            not_blank("check_result", "override_reason", when=~Q(override_state="")),
        )

    def __str__(self) -> str:
        return self.sentence_zh

    @property
    def counts_as(self) -> str:
        """The state that counts: an override does once a second person has confirmed it."""
        return self.override_state if self.confirmed_at else self.state


@tracked()
class ApplicationComment(models.Model):
    """批注: a word among colleagues of the ministry about one application. Written once; never shown to anybody else."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="comments")
    text = models.TextField(_("批注"), max_length=1000)
    written_at = models.DateTimeField(default=timezone.now)
    written_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("批注")
        ordering = ("application_id", "id")
        constraints = (not_blank("application_comment", "text"),)

    def __str__(self) -> str:
        return self.text[:40]
