"""消息: what a person should know, shown on the desk and sent by e-mail from an outbox."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from platforms.access import Scope
from platforms.models.constraints import not_blank


class Notification(models.Model):
    """Written in the transaction of the act it tells about, in both languages. ``mail_*`` is the outbox: sent at least once,
    keyed once, in the language its recipient has chosen."""

    recipient = models.ForeignKey("platforms.User", models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=60)
    text = models.CharField(max_length=300)
    text_en = models.CharField(max_length=600, blank=True)
    url = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    unique_key = models.CharField(max_length=160, null=True, blank=True, unique=True)
    mail_due_at = models.DateTimeField(null=True, blank=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_sent_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(person="recipient")

    class Meta:
        verbose_name = verbose_name_plural = _("消息")
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("mail_due_at",), condition=Q(mail_due_at__isnull=False), name="notification_outbox"
            ),
        )
        constraints = (not_blank("notification", "text"),)

    def __str__(self) -> str:
        return self.text

    @property
    def words(self) -> str:
        """In the language of the page."""
        return self.text_en if self.text_en and (get_language() or "").startswith("en") else self.text
