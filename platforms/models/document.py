"""附件: files kept outside the web root, served only through a view that checks reach."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.access import Scope
from platforms.history import tracked
from platforms.models.constraints import not_blank


@tracked()
class Document(models.Model):
    """One stored file. ``stored_as`` is a generated name; the name a person gave is only shown."""

    authority = models.ForeignKey(
        "platforms.Authority", models.PROTECT, null=True, blank=True, related_name="+"
    )
    title = models.CharField(_("名称"), max_length=160)
    stored_as = models.FileField(upload_to="documents/%Y/%m")
    size = models.PositiveIntegerField(_("大小（字节）"))
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=80)
    uploaded_at = models.DateTimeField(_("上传时间"), default=timezone.now)
    uploaded_by = models.ForeignKey("platforms.User", models.PROTECT, related_name="+")

    #: When what it belongs to reached the ministry; until then it is the authority's own.
    sent_at = models.DateTimeField(_("报送时间"), null=True, blank=True)

    scope = Scope(authority="authority", nation="sent_at")

    class Meta:
        verbose_name = verbose_name_plural = _("附件")
        ordering = ("-uploaded_at",)
        constraints = (not_blank("document", "title"),)

    def __str__(self) -> str:
        return self.title
