"""Closed vocabularies stored in the database. Values never change once published; labels may."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Tier(TextChoices):
    """梯次. The stored fact of where a platform stands; its history is in ``cultivation.Designation``."""

    RESERVE = "reserve", _("储备")
    KEY = "key", _("重点培育")
    NATIONAL = "national", _("国家级")


#: How far up the ladder a tier stands.
TIER_ORDER: dict[str, int] = {Tier.RESERVE: 1, Tier.KEY: 2, Tier.NATIONAL: 3}


class Language(TextChoices):
    """In which letters to a person are written; pages follow their address."""

    ZH = "zh-hans", _("简体中文")
    EN = "en", _("英文")


class RegionKind(TextChoices):
    PROVINCE = "province", _("省")
    AUTONOMOUS_REGION = "autonomous_region", _("自治区")
    MUNICIPALITY = "municipality", _("直辖市")
    SPECIAL = "special_administrative_region", _("特别行政区")
    CITY = "city", _("市、州、盟、地区")


class AuthorityKind(TextChoices):
    PROVINCE = "province", _("省级主管部门")
    PLANNED_CITY = "planned_city", _("计划单列市主管部门")
    XPCC = "xpcc", _("新疆生产建设兵团")
    CENTRAL_GROUP = "central_group", _("中央企业集团")
    MINISTRY_UNIT = "ministry_unit", _("部属单位")


class DirectionStatus(TextChoices):
    """Where the name of a direction comes from; provisional ones stay out of public filters."""

    OFFICIAL = "official", _("已公布")
    REPORTED = "reported", _("见于公开报道")
    PROVISIONAL = "provisional", _("暂列")


class LegalForm(TextChoices):
    ENTERPRISE = "enterprise", _("企业")
    UNIVERSITY = "university", _("高等学校")
    RESEARCH_INSTITUTE = "research_institute", _("科研院所")
    HEALTH_INSTITUTION = "health_institution", _("医疗卫生机构")
    PUBLIC_INSTITUTION = "public_institution", _("事业单位")
    SERVICE_ORGANISATION = "service_organisation", _("第三方服务机构")
    GOVERNMENT = "government", _("政府")
    CONSORTIUM = "consortium", _("联合体")


class ConstructionMode(TextChoices):
    """建设模式, the six of the 2024 guide."""

    GOVERNMENT_FUNDED = "government_funded", _("政府投资公共服务")
    INSTITUTE_TRANSFER = "institute_transfer", _("高校院所成果转化")
    JOINT = "joint", _("多元主体联合共建")
    ENTERPRISE_RUN = "enterprise_run", _("企业运营市场服务")
    PARTLY_OPEN = "partly_open", _("企业建设适度开放")
    SELF_BUILT = "self_built", _("龙头企业自主建设")


class BuildStatus(TextChoices):
    OPERATING = "operating", _("已运行")
    UNDER_CONSTRUCTION = "under_construction", _("建设中")
    PLANNED = "planned", _("拟建")


class ServiceType(TextChoices):
    """服务类型: the five verification services of the 2025 notice and six that platforms offer beside them."""

    DESIGN_VERIFICATION = "design_verification", _("设计验证")
    PERFORMANCE_VERIFICATION = "performance_verification", _("功能性能验证")
    PROCESS_VERIFICATION = "process_verification", _("工艺验证")
    COMPATIBILITY_VERIFICATION = "compatibility_verification", _("适配验证")
    PRODUCTION_VERIFICATION = "production_verification", _("生产验证")
    EQUIPMENT_SHARING = "equipment_sharing", _("设备共享")
    TRIAL_PRODUCTION = "trial_production", _("小批量试生产")
    PROOF_OF_CONCEPT = "proof_of_concept", _("概念验证")
    TESTING_CERTIFICATION = "testing_certification", _("检验检测认证")
    PROCESS_PACKAGE = "process_package", _("工艺包设计")
    CONSULTING_TRAINING = "consulting_training", _("咨询与人才培养")


class PriceMode(TextChoices):
    FIXED = "fixed", _("明码标价")
    BY_QUOTE = "by_quote", _("按项目报价")
    FREE = "free", _("免费")


class OpenTo(TextChoices):
    ALL = "all", _("面向社会开放")
    PROVINCE = "province", _("面向本省开放")
    INDUSTRY = "industry", _("面向本行业开放")


class ScaleClass(TextChoices):
    """可承接规模, the ladder from gram to ten tonnes."""

    G = "g", _("克级")
    HECTO_G = "100g", _("百克级")
    KG = "kg", _("公斤级")
    HECTO_KG = "100kg", _("百公斤级")
    T = "t", _("吨级")
    TEN_T = "10t", _("十吨级")


class QualificationKind(TextChoices):
    CMA = "cma", _("检验检测机构资质认定（CMA）")
    CNAS = "cnas", _("实验室认可（CNAS）")
    MANAGEMENT_SYSTEM = "management_system", _("管理体系认证")
    SAFETY_PERMIT = "safety_permit", _("安全许可")
    ENVIRONMENT_PERMIT = "environment_permit", _("环保许可")
    OTHER = "other", _("其他资质")


class RecognitionLevel(TextChoices):
    """Level of a recognition that is not one of the ministry's three tiers."""

    NATIONAL_OTHER = "national_other", _("其他国家级计划")
    PROVINCIAL = "provincial", _("省级")
    MUNICIPAL = "municipal", _("市级")
    UNSTATED = "unstated", _("来源未说明")


class Confidence(TextChoices):
    HIGH = "high", _("高")
    MEDIUM = "medium", _("中")
    LOW = "low", _("低")


class PlatformStatus(TextChoices):
    ACTIVE = "active", _("在录")
    WITHDRAWN = "withdrawn", _("已撤销")
    MERGED = "merged", _("已合并")
    SPLIT = "split", _("已拆分")


class ResourceKind(TextChoices):
    SERVICE = "service", _("服务")
    EQUIPMENT = "equipment", _("设备")


class ChangeKind(TextChoices):
    """What a change-feed entry reports."""

    CREATED = "created", _("新增")
    UPDATED = "updated", _("更新")
    TIER_CHANGED = "tier_changed", _("梯次变化")
    DESIGNATED = "designated", _("列入名单")
    WITHDRAWN = "withdrawn", _("撤销")
    RESTORED = "restored", _("恢复")
    MERGED = "merged", _("合并")
    SPLIT = "split", _("拆分")
    REDACTED = "redacted", _("隐去")


class JobStatus(TextChoices):
    QUEUED = "queued", _("排队中")
    RUNNING = "running", _("进行中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("未完成")
    DEAD = "dead", _("多次失败，已停止")
    CANCELLED = "cancelled", _("已取消")


class ImportStatus(TextChoices):
    RECEIVED = "received", _("已接收")
    CHECKING = "checking", _("校验中")
    CHECKED = "checked", _("待确认")
    REFUSED = "refused", _("文件不能读取")
    WRITING = "writing", _("写入中")
    DONE = "done", _("已完成")
    STOPPED = "stopped", _("已停止写入")
    UNDONE = "undone", _("已撤销")
    CANCELLED = "cancelled", _("已取消")


class ImportMode(TextChoices):
    """What the person chose on confirming an import."""

    ALL = "all_or_none", _("全部写入")
    VALID = "valid_rows", _("只写入无误的行")


class RowOutcome(TextChoices):
    NEW = "new", _("新增")
    CHANGED = "changed", _("更新")
    SAME = "same", _("相同")
    DUPLICATE = "duplicate", _("重复")
    ERROR = "error", _("需要修正")


class LetterKind(TextChoices):
    """来信: what somebody without an account writes to a platform or about it."""

    ENQUIRY = "enquiry", _("咨询")
    ERROR = "error", _("信息纠错")


class DeliveryStatus(TextChoices):
    WAITING = "waiting", _("待答复")
    ANSWERED = "answered", _("已答复")
    DECLINED = "declined", _("不予办理")


class WebhookStatus(TextChoices):
    """推送: a program of somebody else's that is told of public changes."""

    ACTIVE = "active", _("推送中")
    PAUSED = "paused", _("已暂停")
    STOPPED = "stopped", _("多次失败，已停止")
    ENDED = "ended", _("已取消")


class PushStatus(TextChoices):
    """投递: one message of a webhook."""

    PENDING = "pending", _("等待送达")
    DELIVERED = "delivered", _("已送达")
    GIVEN_UP = "given_up", _("未能送达")


class PushKind(TextChoices):
    PING = "ping", _("试投")
    CHANGES = "changes", _("变更")


class PushFailure(TextChoices):
    """Why the last attempt failed."""

    NO_ADDRESS = "no_address", _("域名不能解析")
    REFUSED_ADDRESS = "refused_address", _("地址不允许访问")
    CONNECTION = "connection", _("不能连接或连接中断")
    TLS = "tls", _("证书无效")
    TIMEOUT = "timeout", _("超时")
    REDIRECT = "redirect", _("对方要求跳转")
    STATUS = "status", _("对方没有答复成功")


class SourceKind(TextChoices):
    """Who says what is quoted here: the office itself, its text printed elsewhere, the press, or a collection by others."""

    OFFICIAL = "official", _("官方发布")
    REPRINT = "reprint", _("官方内容转载")
    PRESS = "press", _("媒体报道")
    AGGREGATED = "institution_or_aggregator", _("机构或汇编网站")
