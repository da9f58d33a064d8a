"""States and vocabularies of the cultivation process. Stored values never change once published; labels may."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class EditionKind(TextChoices):
    """What an edition is of."""

    DIRECTORY = "directory", _("平台名录")
    RESOURCES = "resources", _("公共服务资源清单")


class EditionStatus(TextChoices):
    CUTTING = "cutting", _("制作中")
    PUBLISHED = "published", _("已发布")


class SubmissionKind(TextChoices):
    NEW = "new", _("新登记")
    CHANGE = "change", _("变更")


class SubmissionStatus(TextChoices):
    DRAFT = "draft", _("草稿")
    FILLING = "filling", _("建设单位填写")
    CITY_REVIEW = "city_review", _("待地市初审")
    PREPARED = "prepared", _("待本单位审核")
    SUBMITTED = "submitted", _("待部受理")
    RETURNED = "returned", _("退回补正")
    ACCEPTED = "accepted", _("已入库")
    REJECTED = "rejected", _("未受理")
    WITHDRAWN = "withdrawn", _("已撤回")


class AttachmentKind(TextChoices):
    """材料类别 that the published rules ask for."""

    LICENCE = "licence", _("营业执照或法人证书")
    EQUIPMENT_LEDGER = "equipment_ledger", _("设备台账")
    SERVICE_CONTRACT = "service_contract", _("服务合同")
    INCOME_PROOF = "income_proof", _("收入证明")
    CERTIFICATE = "certificate", _("资质证书")
    SITE_PROOF = "site_proof", _("场地权属证明")
    COMMITMENT = "commitment", _("承诺书")
    PHOTO = "photo", _("现场照片")
    STAMPED_FORM = "stamped_form", _("盖章申报书")
    OTHER = "other", _("其他材料")


class StandardPart(TextChoices):
    """标准体系的组成 after the guide to the standards system (2025): three parts, of which two are divided further."""

    TERMS = "terms", _("术语定义")
    PROJECTS = "projects", _("项目管理")
    DATA = "data", _("数据管理")
    RISKS = "risks", _("风险防控")
    OWNERSHIP = "ownership", _("技术归属")
    SKILLS = "skills", _("人员能力")
    SERVICES = "services", _("中试服务")
    EQUIPMENT = "equipment", _("中试设备")
    MATERIALS = "materials", _("中试物料")
    PLATFORMS = "platforms", _("中试平台")
    VERIFICATION = "verification", _("中试验证")
    OUTCOMES = "outcomes", _("成果评价")
    INDUSTRIES = "industries", _("行业应用")


class StandardStage(TextChoices):
    """标准制修订阶段, in order."""

    APPROVED = "approved", _("立项")
    DRAFTING = "drafting", _("起草")
    CONSULTING = "consulting", _("征求意见")
    EXAMINING = "examining", _("审查")
    SUBMITTED = "submitted", _("报批")
    PUBLISHED = "published", _("发布")


class BatchStatus(TextChoices):
    DRAFT = "draft", _("编制中")
    RECOMMENDING = "recommending", _("推荐中")
    ASSESSING = "assessing", _("评审中")
    NOTICING = "noticing", _("公示中")
    DECIDING = "deciding", _("待决定")
    CONCLUDED = "concluded", _("已公布")
    CANCELLED = "cancelled", _("已取消")


class StageKind(TextChoices):
    """环节. A batch lists the ones it uses, in order."""

    FORMAL_CHECK = "formal_check", _("形式审查")
    REVIEW = "review", _("专家评审")
    SITE_VISIT = "site_visit", _("现场考察")
    CONSULTATION = "consultation", _("征求意见")
    NOTICE = "notice", _("公示")
    DECISION = "decision", _("决定")


class StageStatus(TextChoices):
    WAITING = "waiting", _("未开始")
    ACTIVE = "active", _("进行中")
    FINISHED = "finished", _("已完成")


class ApplicationStatus(TextChoices):
    PROPOSED = "proposed", _("拟推荐")
    RECOMMENDED = "recommended", _("已推荐")
    SUPPLEMENT = "supplement", _("待补充材料")
    IN_REVIEW = "in_review", _("专家评审")
    FAILED_CHECK = "failed_check", _("形式审查未通过")
    SHORTLISTED = "shortlisted", _("拟入选")
    RESERVE_LIST = "reserve_list", _("备选")
    NOT_SHORTLISTED = "not_shortlisted", _("未进入初步名单")
    ON_NOTICE = "on_notice", _("公示中")
    REMOVED = "removed", _("公示后移出")
    LISTED = "listed", _("已入选")
    NOT_LISTED = "not_listed", _("未入选")
    WITHDRAWN = "withdrawn", _("已撤回")


class CheckState(TextChoices):
    PASS = "pass", _("符合")
    FAIL = "fail", _("不符合")
    MANUAL = "manual", _("待人工判断")
    MISSING = "missing", _("资料缺失")


class PanelStatus(TextChoices):
    FORMING = "forming", _("组建中")
    OPEN = "open", _("评审中")
    CLOSED = "closed", _("已结束")


class PanelInvitationStatus(TextChoices):
    SENT = "sent", _("待答复")
    ACCEPTED = "accepted", _("已接受")
    DECLINED = "declined", _("已谢绝")
    LAPSED = "lapsed", _("逾期未答复")


class Combination(TextChoices):
    """How the scores of an application that a further expert has read become one."""

    MEAN = "mean", _("全部评分的平均")
    MEDIAN = "median", _("全部评分的中位数")
    CLOSEST = "closest", _("最接近的两份的平均")


class AssignmentStatus(TextChoices):
    ASSIGNED = "assigned", _("待评")
    SUBMITTED = "submitted", _("已提交")
    RECUSED = "recused", _("已回避")


class NoticeStatus(TextChoices):
    DRAFT = "draft", _("编制中")
    OPEN = "open", _("公示中")
    CLOSED = "closed", _("公示结束")


class ObjectionStatus(TextChoices):
    LODGED = "lodged", _("已收到")
    HANDLING = "handling", _("办理中")
    UPHELD = "upheld", _("成立")
    DISMISSED = "dismissed", _("不成立")
    WITHDRAWN = "withdrawn", _("已撤回")


class PartyKind(TextChoices):
    """Who objects."""

    PERSON = "person", _("个人")
    ORGANISATION = "organisation", _("单位")


class ObjectionEffect(TextChoices):
    """What a ruling does to the list."""

    NONE = "none", _("名单不变")
    REMOVE = "remove", _("移出名单")
    CORRECT = "correct", _("更正名单内容")


class DecisionStatus(TextChoices):
    DRAFT = "draft", _("起草中")
    FROZEN = "frozen", _("待批准")
    IN_FORCE = "in_force", _("已生效")
    ABANDONED = "abandoned", _("已放弃")


class DesignationStatus(TextChoices):
    IN_FORCE = "in_force", _("有效")
    SUPERSEDED = "superseded", _("已由更高梯次取代")
    WITHDRAWN = "withdrawn", _("已撤销")
    EXPIRED = "expired", _("已到期")
    TRANSFERRED = "transferred", _("已由拆分后的平台承继")


class ReleaseKind(TextChoices):
    PRELIMINARY = "preliminary", _("公示稿")
    FINAL = "final", _("正式名单")
    CORRECTION = "correction", _("更正")


class CampaignStatus(TextChoices):
    DRAFT = "draft", _("起草中")
    OPEN = "open", _("进行中")
    CLOSED = "closed", _("已结束")


class AnnouncementAudience(TextChoices):
    PUBLIC = "public", _("社会公众")
    CHOSEN = "chosen", _("指定的单位和人员")


class AnnouncementStatus(TextChoices):
    """``SCHEDULED``: approved, and put out when its time comes."""

    DRAFT = "draft", _("起草中")
    SUBMITTED = "submitted", _("待审批")
    SCHEDULED = "scheduled", _("待发布")
    PUBLISHED = "published", _("已发布")
    WITHDRAWN = "withdrawn", _("已撤回")
    ABANDONED = "abandoned", _("已放弃")


class DueOutcome(TextChoices):
    """What became of a report that was due."""

    DUE = "due", _("应报")
    IN_TIME = "in_time", _("按时上报")
    LATE = "late", _("逾期上报")
    MISSING = "missing", _("未上报")
    EXCUSED = "excused", _("已不在录")


class EvaluationGrade(TextChoices):
    EXCELLENT = "excellent", _("优秀")
    GOOD = "good", _("良好")
    QUALIFIED = "qualified", _("合格")
    FAILED = "failed", _("不合格")


class ChangeRequestKind(TextChoices):
    NAME = "name", _("更名")
    OPERATOR = "operator", _("变更建设单位")
    MOVE = "move", _("迁址")
    MERGER = "merger", _("合并")
    CANCELLATION = "cancellation", _("注销")


class RequestStatus(TextChoices):
    PREPARED = "prepared", _("待本单位审核")
    SUBMITTED = "submitted", _("待部决定")
    RETURNED = "returned", _("退回补正")
    ACCEPTED = "accepted", _("已同意")
    REJECTED = "rejected", _("未同意")
    WITHDRAWN = "withdrawn", _("已撤回")
