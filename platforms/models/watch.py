"""关注: somebody is told by e-mail what changes among the platforms of a search. No account, two clicks, one to end it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.models.constraints import not_blank


class Watch(models.Model):
    """``query`` is the query string of the directory. Nothing but the confirmation is sent before the owner of the address
    has confirmed; an ended watch is deleted, so no address stays behind."""

    email = models.EmailField(_("邮箱"))
    query = models.CharField(_("条件"), max_length=1000, blank=True)
    language = models.CharField(max_length=10)
    last_change = models.BigIntegerField()
    asked_at = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("关注")
        ordering = ("id",)
        constraints = (
            not_blank("watch", "email"),
            models.UniqueConstraint(
                fields=("email", "query", "language"),
                name="watch_once",
                violation_error_message=_("这个邮箱已经关注了同样的条件。"),
            ),
        )

    def __str__(self) -> str:
        return f"W{self.pk}"
