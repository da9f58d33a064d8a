"""How platforms rise: the nouns of the cultivation process."""

from cultivation.models.aftercare import AnnualReport, ChangeRequest, Evaluation, Rectification
from cultivation.models.announcement import Addressee, Announcement, ReadReceipt
from cultivation.models.application import Application, ApplicationComment, CheckResult
from cultivation.models.batch import Batch, BatchQuota, BatchStage, Indicator, Rubric
from cultivation.models.campaign import Campaign, DueReport
from cultivation.models.changelog import Checkpoint, LogTile
from cultivation.models.decision import (
    Decision,
    DecisionApproval,
    Designation,
    Release,
    ReleaseApproval,
    ReleaseEntry,
)
from cultivation.models.edition import Edition
from cultivation.models.holiday import HolidayArrangement
from cultivation.models.letter import RecommendationLetter
from cultivation.models.merger import Merger
from cultivation.models.notice import IdentityReveal, Notice, Objection, ObjectionFile
from cultivation.models.reading import Policy, PublishedStatistic, Standard
from cultivation.models.review import (
    Assignment,
    ConflictDeclaration,
    Consultation,
    Panel,
    PanelInvitation,
    Reviewer,
    ScoreSheet,
    SiteVisit,
)
from cultivation.models.submission import Attachment, Submission

__all__ = [
    "Addressee",
    "Announcement",
    "AnnualReport",
    "Application",
    "ApplicationComment",
    "Assignment",
    "Attachment",
    "Batch",
    "BatchQuota",
    "BatchStage",
    "Campaign",
    "ChangeRequest",
    "CheckResult",
    "Checkpoint",
    "ConflictDeclaration",
    "Consultation",
    "Decision",
    "DecisionApproval",
    "Designation",
    "DueReport",
    "Edition",
    "Evaluation",
    "HolidayArrangement",
    "IdentityReveal",
    "Indicator",
    "LogTile",
    "Merger",
    "Notice",
    "Objection",
    "ObjectionFile",
    "Panel",
    "PanelInvitation",
    "Policy",
    "PublishedStatistic",
    "ReadReceipt",
    "RecommendationLetter",
    "Rectification",
    "Release",
    "ReleaseApproval",
    "ReleaseEntry",
    "Reviewer",
    "Rubric",
    "ScoreSheet",
    "SiteVisit",
    "Standard",
    "Submission",
]
