"""Factories: the least that makes a valid record, readable as documentation of each noun."""

import datetime
import functools

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.django import DjangoModelFactory

from cultivation.models import Application, Batch, Submission
from platforms.access import Role
from platforms.codes import format_code
from platforms.models import (
    Area,
    Authority,
    Contact,
    Direction,
    Equipment,
    Membership,
    Operator,
    PilotLine,
    Platform,
    Region,
    ServiceItem,
    TaxonomyEdition,
    User,
)
from platforms.validators import uscc_check_character


def uscc(serial: int, region: str = "320200") -> str:
    """A code that passes the check digit: enterprise (9), enterprise organisation (1), region, nine characters, check."""
    body = f"91{region}MA{serial:07d}"
    return body + uscc_check_character(body)


class RegionFactory(DjangoModelFactory):
    class Meta:
        model = Region
        django_get_or_create = ("code",)

    code = "320000"
    name_zh = "江苏省"
    name_en = "Jiangsu"
    short_zh = "江苏"
    kind = "province"


class CityFactory(RegionFactory):
    code = "320500"
    name_zh = "苏州市"
    name_en = "Suzhou"
    short_zh = "苏州"
    kind = "city"
    parent = factory.SubFactory(RegionFactory)


class AuthorityFactory(DjangoModelFactory):
    class Meta:
        model = Authority
        django_get_or_create = ("code",)

    code = "320000"
    name_zh = "江苏"
    name_en = "Jiangsu"
    kind = "province"
    region = factory.SubFactory(RegionFactory)


class EditionFactory(DjangoModelFactory):
    class Meta:
        model = TaxonomyEdition
        django_get_or_create = ("code",)

    code = "2025"
    source_zh = "建设要点（2025版）"
    current = True


class AreaFactory(DjangoModelFactory):
    class Meta:
        model = Area
        django_get_or_create = ("code",)

    code = "2025-1"
    edition = factory.SubFactory(EditionFactory)
    position = 1
    name_zh = "原材料工业"
    name_en = "Raw materials"


class DirectionFactory(DjangoModelFactory):
    class Meta:
        model = Direction
        django_get_or_create = ("code",)

    code = "2025-1-01"
    area = factory.SubFactory(AreaFactory)
    position = 1
    name_zh = "石化化工"
    name_en = "Petrochemicals"
    status = "official"


class OperatorFactory(DjangoModelFactory):
    class Meta:
        model = Operator

    uscc = factory.Sequence(lambda n: uscc(n + 1))
    name_zh = factory.Sequence(lambda n: f"示例建设单位{n + 1}")
    legal_form = "enterprise"


class PlatformFactory(DjangoModelFactory):
    class Meta:
        model = Platform

    code = factory.Sequence(lambda n: format_code("32", n + 1))
    name_zh = factory.Sequence(lambda n: f"示例·中试平台{n + 1}")
    operator = factory.SubFactory(OperatorFactory)
    authority = factory.SubFactory(AuthorityFactory)
    region = factory.SelfAttribute("authority.region")
    area = factory.SubFactory(AreaFactory)
    address = "示例路 1 号"
    construction_mode = "enterprise_run"
    floor_area_m2 = 3000
    equipment_value_wan = 1200
    staff_total = 30
    staff_technical = 20
    office_phone = "0510-88880000"
    summary_zh = "示例平台，承接工艺放大与小批量试生产。"
    demo = True


class PilotLineFactory(DjangoModelFactory):
    class Meta:
        model = PilotLine

    platform = factory.SubFactory(PlatformFactory)
    name_zh = "示例中试线"
    process_zh = "共沉淀合成"
    scale_min = 100
    scale_max = 2000
    unit = "kg/批"
    scale_class_min = "100kg"
    scale_class_max = "t"


class ServiceItemFactory(DjangoModelFactory):
    class Meta:
        model = ServiceItem

    platform = factory.SubFactory(PlatformFactory)
    title_zh = "前驱体工艺放大"
    service_type = "process_verification"


class EquipmentFactory(DjangoModelFactory):
    class Meta:
        model = Equipment

    platform = factory.SubFactory(PlatformFactory)
    name_zh = "连续共沉淀反应釜"
    quantity = 3
    commissioned_year = 2023
    open_sharing = True


@functools.cache
def hashed_password() -> str:
    """The password of every test person, hashed once: hashing is slow on purpose."""
    return make_password("a-good-long-password")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n + 1}")
    name = factory.Sequence(lambda n: f"示例人员{n + 1}")
    password = factory.LazyFunction(lambda: hashed_password())


def person(
    role: str,
    *,
    authority: Authority | None = None,
    operator: Operator | None = None,
    city: Region | None = None,
    **fields,
) -> User:
    """A user holding one role."""
    user = UserFactory(**fields)
    Membership.objects.create(user=user, role=role, authority=authority, operator=operator, city=city)
    return user


class BatchFactory(DjangoModelFactory):
    class Meta:
        model = Batch

    code = factory.Sequence(lambda n: f"B2026-key-{n + 1}")
    tier = "key"
    title_zh = factory.Sequence(lambda n: f"示例·第{n + 1}批重点培育")
    edition = factory.SubFactory(EditionFactory)
    created_by = factory.LazyFunction(lambda: person(Role.MINISTRY_CLERK))
    recommend_until = factory.LazyFunction(lambda: timezone.now() + datetime.timedelta(days=30))


class SubmissionFactory(DjangoModelFactory):
    class Meta:
        model = Submission

    number = factory.Sequence(lambda n: f"ZT-2026-{n + 1:06d}")
    authority = factory.SubFactory(AuthorityFactory)
    name_zh = factory.Sequence(lambda n: f"示例·申报平台{n + 1}")
    created_by = factory.LazyAttribute(lambda o: person(Role.AUTHORITY_CLERK, authority=o.authority))
    payload = factory.LazyAttribute(lambda o: valid_payload(name=o.name_zh))


class ApplicationFactory(DjangoModelFactory):
    class Meta:
        model = Application

    batch = factory.SubFactory(BatchFactory)
    platform = factory.SubFactory(PlatformFactory)
    authority = factory.SelfAttribute("platform.authority")
    proposed_by = factory.LazyAttribute(lambda o: person(Role.AUTHORITY_CLERK, authority=o.authority))


def valid_payload(*, name: str = "示例·申报平台", serial: int = 900001) -> dict:
    """A complete payload that passes every check against the factories' reference data."""
    return {
        "platform": {
            "name_zh": name,
            "region": "320000",
            "address": "示例路 1 号",
            "area": "2025-1",
            "construction_mode": "enterprise_run",
            "build_status": "operating",
            "floor_area_m2": 3000,
            "equipment_value_wan": "1200",
            "staff_total": 30,
            "staff_technical": 20,
            "summary_zh": "示例平台，承接工艺放大与小批量试生产。",
            "office_phone": "0510-88880000",
        },
        "operator": {"uscc": uscc(serial), "name_zh": "示例先进陶瓷有限公司", "legal_form": "enterprise"},
        "lines": [
            {
                "name_zh": "示例中试线",
                "process_zh": "烧结",
                "scale_min": "10",
                "scale_max": "500",
                "unit": "kg/批",
            }
        ],
        "services": [
            {"title_zh": "工艺放大", "service_type": "process_verification", "price_mode": "by_quote"}
        ],
        "equipment": [{"name_zh": "气氛辊道窑", "quantity": 1, "commissioned_year": 2022}],
        "qualifications": [],
        "figures": [{"year": 2025, "projects_total": 40, "projects_external": 31}],
    }


def contact(platform) -> Contact:
    """A person who agreed to be named."""
    return Contact.objects.create(
        platform=platform, name="示例联系人", duty="示例", phone="0510-00000000", consent_text_version="1",
        consented_at=timezone.now(), consented_by=UserFactory(),
    )  # fmt: skip
