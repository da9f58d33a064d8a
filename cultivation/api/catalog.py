"""The catalogue of what can be taken from here, in DCAT (JSON-LD), for portals that collect such catalogues.

It says nothing of its own: formats come from the lists, files and their digests from the manifests of editions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from cultivation.api.edition import TYPES
from cultivation.api.reading import Policies, Standards
from cultivation.api.release import Lists
from cultivation.choices import EditionKind
from cultivation.models import Edition
from cultivation.releases import files
from platforms import exports
from platforms.api import parameters, shapes
from platforms.api.endpoint import PublicEndpoint, api_url, page_url, tagged_answer
from platforms.api.files import MEDIA_TYPES, kinds
from platforms.api.listing import Listing
from platforms.api.platform import Platforms
from platforms.api.rendering import JSON
from platforms.api.resource import Instruments, Services
from platforms.linked_data import MEDIA_TYPE
from platforms.models import Change

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
EU = "http://publications.europa.eu/resource/authority"
CONTINUOUS, IRREGULAR = f"{EU}/frequency/CONT", f"{EU}/frequency/IRREG"
SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
#: So many of the newest editions of a kind; ``/releases/`` lists all.
EDITIONS = 12

Node = dict[str, Any]


@dataclass(frozen=True)
class Offer:
    """A list that can be taken as it is now, and the editions it is frozen in."""

    listing: type[Listing]
    title: Promise
    about: Promise
    page: str
    edition: str = ""

    @property
    def address(self) -> str:
        return api_url(f"{self.listing.noun}/")


OFFERS = (
    Offer(
        Platforms,
        _("制造业中试平台名录"),
        _("在录平台的公开记录：梯度、建设单位、领域、能力、服务和联系方式。"),
        "/platforms/",
        EditionKind.DIRECTORY,
    ),
    Offer(Services, _("中试服务"), _("平台对外提供的服务。"), "/services/", EditionKind.RESOURCES),
    Offer(Instruments, _("共享设备"), _("平台对外开放的设备。"), "/services/", EditionKind.RESOURCES),
    Offer(Lists, _("名单"), _("各批次公示和公布的名单，逐版保存。"), "/batches/"),
    Offer(Policies, _("政策文件"), _("与中试平台有关的政策文件。"), "/policies/"),
    Offer(Standards, _("标准"), _("与中试平台有关的标准。"), "/standards/"),
)


class Catalog(PublicEndpoint):
    """What can be taken from this registry, as a DCAT catalogue (JSON-LD): lists, the change feed, and editions with digests."""

    item_schema = shapes.LINKED
    media_type = MEDIA_TYPE

    def get(self, request: Request) -> HttpResponse:
        parameters.check(request.query_params, ())
        return tagged_answer(request, catalog(), media_type=MEDIA_TYPE)


def catalog() -> Node:
    editions = [edition for edition in _newest() if (files.folder_of(edition) / files.CHECKPOINT).is_file()]
    latest = Change.objects.order_by("-number").values_list("at", flat=True).first()
    return {
        "@context": CONTEXT,
        **_node(api_url("catalog/"), "dcat:Catalog"),
        "dct:title": said(_("制造业中试平台名录：数据目录")),
        "dct:description": said(_("名录、公共服务资源、名单和变更的数据，供查阅、引用和核验。"), mark=True),
        "dct:publisher": _publisher(),
        "dct:language": [_ref(f"{EU}/language/{code}") for code in ("ZHO", "ENG")],
        "foaf:homepage": _ref(page_url("/")),
        **({"dct:modified": _moment(latest)} if latest else {}),
        **licence(),
        "dcat:service": [_service()],
        "dcat:dataset": [
            *(_live(offer, editions) for offer in OFFERS),
            _feed(),
            *(_edition(edition) for edition in editions),
        ],
    }


def _newest() -> Iterator[Edition]:
    kept: dict[str, int] = {}
    for edition in Edition.objects.published().order_by("kind", "-number"):
        kept[edition.kind] = kept.get(edition.kind, 0) + 1
        if kept[edition.kind] <= EDITIONS:
            yield edition


# --- datasets -----------------------------------------------------------------------------------------------------


def _live(offer: Offer, editions: list[Edition]) -> Node:
    frozen = [_ref(_edition_address(edition)) for edition in editions if edition.kind == offer.edition]
    named = [
        ("json", JSON.media_type),
        *((kind, MEDIA_TYPES[kind]) for kind in kinds(offer.listing.csv_columns)),
    ]
    return {
        **_dataset(offer.address, offer.title, offer.about, CONTINUOUS),
        "dcat:landingPage": _ref(page_url(offer.page)),
        "dcat:distribution": [
            _distribution(f"{offer.address}?format={kind}", media_type) for kind, media_type in named
        ],
        **({"dcat:hasVersion": frozen} if frozen else {}),
    }


def _feed() -> Node:
    address = api_url("changes/")
    return {
        **_dataset(address, _("公开变更"), _("公开记录的全部变更，按序编号，没有空号。"), CONTINUOUS),
        "dcat:distribution": [
            _distribution(address, JSON.media_type),
            _distribution(page_url("/feed.atom"), "application/atom+xml"),
        ],
    }


def _edition(edition: Edition) -> Node:
    address = _edition_address(edition)
    listed = edition.manifest.get("files", {})
    whole = {**listed, files.MANIFEST: {"sha256": edition.manifest_sha256}}
    title = format_lazy(_("{kind}，{version}"), kind=EditionKind(edition.kind).label, version=edition.version)
    offer = next(offer for offer in OFFERS if offer.edition == edition.kind)
    return {
        **_dataset(address, title, _("冻结的发布版，附校验值和签名，可离线核验。"), IRREGULAR),
        "dcat:version": edition.version,
        "dcat:isVersionOf": _ref(offer.address),
        "dct:issued": _moment(edition.issued_at),
        "dcat:distribution": [
            _file(f"{address}files/{name}", name, whole[name]) for name in sorted(whole)
        ],
    }  # fmt: skip


def _edition_address(edition: Edition) -> str:
    return api_url(f"releases/{edition.kind}/{edition.version}/")


def _dataset(address: str, title: Any, about: Any, frequency: str) -> Node:
    return {
        **_node(address, "dcat:Dataset"),
        "dct:identifier": address,
        "dct:title": said(title),
        "dct:description": said(about, mark=True),
        "dct:publisher": _publisher(),
        "dct:accrualPeriodicity": _ref(frequency),
        "dct:accessRights": _ref(f"{EU}/access-right/PUBLIC"),
    }


# --- distributions ------------------------------------------------------------------------------------------------


def _distribution(address: str, media_type: str) -> Node:
    kind = media_type.partition(";")[0]
    return {
        **_node(address, "dcat:Distribution"),
        "dcat:accessURL": _ref(address),
        "dcat:downloadURL": _ref(address),
        "dcat:mediaType": _ref(f"https://www.iana.org/assignments/media-types/{kind}"),
        **licence(),
    }


def _file(address: str, name: str, digests: dict[str, Any]) -> Node:
    """A file of an edition with what is signed of it."""
    found = _distribution(address, TYPES[name.rpartition(".")[2]])
    found["dct:title"] = name
    found["spdx:checksum"] = {
        "@type": "spdx:Checksum",
        "spdx:algorithm": _ref(SHA256),
        "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": digests["sha256"]},
    }
    if "size" in digests:
        found["dcat:byteSize"] = {"@type": "xsd:nonNegativeInteger", "@value": str(digests["size"])}
    return found


def _service() -> Node:
    return {
        **_node(api_url(""), "dcat:DataService"),
        "dct:title": said(_("开放接口")),
        "dct:publisher": _publisher(),
        "dcat:endpointURL": _ref(api_url("")),
        "dcat:endpointDescription": _ref(api_url("schema/")),
        "dcat:servesDataset": [*(_ref(offer.address) for offer in OFFERS), _ref(api_url("changes/"))],
        **licence(),
    }


# --- words --------------------------------------------------------------------------------------------------------


def licence() -> Node:
    """Under which licence data may be used is the operator's to say; nothing is claimed where nothing is set."""
    return {"dct:license": _ref(settings.DATA_LICENCE)} if settings.DATA_LICENCE else {}


def said(text: Any, *, mark: bool = False) -> list[dict[str, str]]:
    """A text in both languages; ``mark`` adds that this is a demonstration, where it is one."""
    found = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            value = str(text) + (f" {exports.MARK}" if mark and not settings.OFFICIAL else "")
        found.append({"@language": "zh-Hans" if language == "zh-hans" else language, "@value": value})
    return found


def _publisher() -> Node:
    """Who publishes; an installation that does not say so is called by its name."""
    name = settings.SITE["organiser"]
    return {"@type": "foaf:Agent", "foaf:name": name or said(_("制造业中试平台名录"))}


def _node(address: str, kind: str) -> Node:
    return {"@id": address, "@type": kind}


def _ref(address: str) -> dict[str, str]:
    return {"@id": address}


def _moment(value: Any) -> dict[str, str]:
    return {"@type": "xsd:dateTime", "@value": timezone.localtime(value).isoformat(timespec="seconds")}
