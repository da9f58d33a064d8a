"""Who and what: the working record, the public record, and the machinery both need."""

from platforms.models.capability import (
    Contact,
    Equipment,
    ExternalRecognition,
    PilotLine,
    Qualification,
    ServiceItem,
    YearlyFigures,
)
from platforms.models.document import Document
from platforms.models.idempotency import IdempotencyKey
from platforms.models.import_run import DuplicateDecision, ImportRow, ImportRun
from platforms.models.job import Job
from platforms.models.letter import Delivery, Letter
from platforms.models.notification import Notification
from platforms.models.office import (
    Handover,
    Invitation,
    PasswordRecord,
    QualityMark,
    QualityRulePause,
    SavedView,
)
from platforms.models.operator import Operator
from platforms.models.past import PastPlatform
from platforms.models.person import ApiClient, Membership, User
from platforms.models.platform import FormerName, Platform
from platforms.models.public import (
    Change,
    PublicAnnouncement,
    PublicBatch,
    PublicList,
    PublicNotice,
    PublicPlatform,
    PublicResource,
    SearchTokens,
)
from platforms.models.region import Authority, Region
from platforms.models.taxonomy import Area, Direction, DirectionMapping, Synonym, TaxonomyEdition
from platforms.models.watch import Watch
from platforms.models.webhook import Push, Webhook

__all__ = [
    "ApiClient",
    "Area",
    "Authority",
    "Change",
    "Contact",
    "Delivery",
    "Direction",
    "DirectionMapping",
    "Document",
    "DuplicateDecision",
    "Equipment",
    "ExternalRecognition",
    "FormerName",
    "Handover",
    "IdempotencyKey",
    "ImportRow",
    "ImportRun",
    "Invitation",
    "Job",
    "Letter",
    "Membership",
    "Notification",
    "Operator",
    "PasswordRecord",
    "PastPlatform",
    "PilotLine",
    "Platform",
    "PublicAnnouncement",
    "PublicBatch",
    "PublicList",
    "PublicNotice",
    "PublicPlatform",
    "PublicResource",
    "Push",
    "Qualification",
    "QualityMark",
    "QualityRulePause",
    "Region",
    "SavedView",
    "SearchTokens",
    "ServiceItem",
    "Synonym",
    "TaxonomyEdition",
    "User",
    "Watch",
    "Webhook",
    "YearlyFigures",
]
