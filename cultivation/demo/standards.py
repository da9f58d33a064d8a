"""Standards that show the tree of the system and its stages; the real ones are entered in the admin as they are announced."""

from cultivation.models import Standard

#: Title, English title, part, stage, date; the word 示例 stands in each, and none has the number of a real standard.
ROWS = (
    ("中试 术语", "Pilot-scale testing: vocabulary", "terms", "published", "2026-06-30"),
    ("中试项目管理通则", "General rules for managing pilot-scale projects", "projects", "submitted", "2026-09-15"),
    ("中试数据采集与管理规范", "Acquisition and management of pilot-scale data", "data", "consulting", "2026-10-20"),
    ("中试风险识别与防控指南", "Guide to recognising and controlling pilot-scale risks", "risks", "drafting", "2026-08"),
    ("中试服务质量评价", "Evaluating the quality of pilot-scale services", "services", "examining", "2026-11-05"),
    ("中试设备放大匹配性要求", "Requirements for matching equipment when scaling up", "equipment", "drafting", "2026-07"),
    ("中试平台能力分级", "Grading the capability of pilot-scale platforms", "platforms", "published", "2026-05-10"),
    ("中试验证方案编制导则", "Directives for drafting verification plans", "verification", "approved", "2026-10"),
    ("锂电正极材料中试工艺放大规程", "Scale-up of lithium battery cathode materials", "industries", "consulting", "2026-11-12"),
    ("微生物发酵中试规程", "Microbial fermentation at pilot scale", "industries", "approved", "2026-10"),
)  # fmt: skip


def write() -> None:
    Standard.objects.bulk_create(
        Standard(
            slug=f"demo-{number}", code=f"示例 {number:04d}—2026", title_zh=f"示例·{title}", title_en=f"Sample: {english}",
            kind="standard", part=part, stage=stage, dated=dated,
        )
        for number, (title, english, part, stage, dated) in enumerate(ROWS, start=1)
    )  # fmt: skip
