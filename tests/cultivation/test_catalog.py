"""The data catalogue and linked data: well-formed JSON-LD whose every address answers and whose every digest is right."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

from platforms.choices import PlatformStatus
from platforms.publish import publish
from tests.api import V1, parameters_of, problem, public_platform

pytestmark = pytest.mark.django_db

HERE = "http://localhost:8000"


@pytest.fixture(autouse=True)
def _no_limits(settings, tmp_path):
    settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["anon"] = None
    settings.EDITIONS = tmp_path / "editions"
    cache.clear()


@pytest.fixture
def catalogue(client):
    for name in ("示例·一号", "示例·二号"):
        public_platform(name_zh=name)
    for kind in ("directory", "resources"):
        call_command("cut_release", kind)
    answer = client.get(f"{V1}catalog/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/ld+json")
    return answer.json()


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from nodes(item)


def of_type(catalogue: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [node for node in nodes(catalogue) if node.get("@type") == kind]


def address(node: dict[str, Any], key: str) -> str:
    return node[key]["@id"]


def test_every_word_of_the_catalogue_is_defined_and_every_name_is_an_address(catalogue):
    context = catalogue.pop("@context")
    assert all(place.startswith("http") for place in context.values())
    for node in nodes(catalogue):
        words = [key for key in node if not key.startswith("@")]
        words += [node["@type"]] if "@type" in node else []
        assert [word for word in words if word.partition(":")[0] not in context] == []
        if "@id" in node:
            assert node["@id"].startswith(("http://", "https://")), node
        if "@value" in node:
            assert isinstance(node["@value"], str)
            assert set(node) - {"@value"} in ({"@language"}, {"@type"})


def test_the_catalogue_has_what_dcat_asks_of_each_part(catalogue):
    assert catalogue["@type"] == "dcat:Catalog"
    needed = {
        "dcat:Catalog": {"dct:title", "dct:description", "dct:publisher", "dct:modified", "dcat:dataset", "dcat:service"},
        "dcat:Dataset": {"dct:title", "dct:description", "dct:publisher", "dct:accrualPeriodicity", "dcat:distribution"},
        "dcat:Distribution": {"dcat:accessURL", "dcat:downloadURL", "dcat:mediaType"},
        "dcat:DataService": {"dct:title", "dcat:endpointURL", "dcat:endpointDescription", "dcat:servesDataset"},
    }  # fmt: skip
    for kind, keys in needed.items():
        found = of_type(catalogue, kind)
        assert found
        assert [node["@id"] for node in found if keys - node.keys()] == []
        assert len({node["@id"] for node in found}) == len(found)
    datasets = {node["@id"] for node in of_type(catalogue, "dcat:Dataset")}
    linked = [node for key in ("dcat:hasVersion",) for item in nodes(catalogue) for node in item.get(key, ())]
    assert {node["@id"] for node in linked} < datasets
    assert {
        item["@id"] for item in of_type(catalogue, "dcat:DataService")[0]["dcat:servesDataset"]
    } < datasets
    for node in of_type(catalogue, "dcat:Dataset"):
        titles = {item["@language"]: item["@value"] for item in node["dct:title"]}
        assert titles.keys() == {"zh-Hans", "en"}
        assert titles["zh-Hans"] != titles["en"]


def test_every_distribution_is_there_of_its_kind_and_with_its_digest(client, catalogue):
    files, digests = of_type(catalogue, "dcat:Distribution"), 0
    assert len(files) > 30
    for file in files:
        answer = client.get(address(file, "dcat:downloadURL").removeprefix(HERE))
        data = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer.status_code == 200, file["@id"]
        kind = address(file, "dcat:mediaType").removeprefix("https://www.iana.org/assignments/media-types/")
        assert answer["Content-Type"].partition(";")[0] == kind, file["@id"]
        if "spdx:checksum" in file:
            assert file["spdx:checksum"]["spdx:checksumValue"]["@value"] == hashlib.sha256(data).hexdigest()
            assert file.get("dcat:byteSize", {}).get("@value", str(len(data))) == str(len(data))
            digests += 1
    assert digests > 12


def test_a_licence_is_named_only_where_the_operator_has_said_one(client, catalogue, settings):
    assert "dct:license" not in str(catalogue)
    settings.DATA_LICENCE = "https://registry.example/licence"
    named = client.get(f"{V1}catalog/").json()
    for node in (named, *of_type(named, "dcat:Distribution"), *of_type(named, "dcat:DataService")):
        assert address(node, "dct:license") == settings.DATA_LICENCE


def test_the_catalogue_of_an_empty_registry_stands_and_takes_no_parameter(client):
    answer = client.get(f"{V1}catalog/")
    assert "dct:modified" not in answer.json()
    assert client.get(f"{V1}catalog/", headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert parameters_of(problem(client.get(f"{V1}catalog/?lang=en"), 400)) == ["lang"]
    assert client.get(V1).json()["catalog"] == f"{HERE}{V1}catalog/"


# --- one platform -------------------------------------------------------------------------------------------------


def test_a_platform_is_linked_data_of_its_own_and_on_its_page(client):
    platform = public_platform(name_zh="示例·联结")

    answer = client.get(f"{V1}platforms/{platform.code}.jsonld")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/ld+json")
    body = answer.json()
    assert (body["@context"], body["@type"], body["name"]) == (
        "https://schema.org",
        "Organization",
        "示例·联结",
    )
    assert body["@id"] == f"{HERE}/platforms/{platform.code}/"
    assert body["makesOffer"][0]["itemOffered"]["@type"] == "Service"
    assert "contact" not in body
    detail = client.get(f"{V1}platforms/{platform.code}/")
    assert f'<{HERE}{V1}platforms/{platform.code}.jsonld>; rel="alternate"' in detail["Link"]
    assert detail["ETag"] != answer["ETag"]
    assert client.get(f"{V1}platforms/{platform.code}.jsonld", headers={"If-None-Match": answer["ETag"]}).status_code == 304  # fmt: skip
    page = client.get(f"/platforms/{platform.code}/").content.decode()
    assert f'type="application/ld+json" href="{HERE}{V1}platforms/{platform.code}.jsonld"' in page


def test_linked_data_follows_a_record_that_moves_and_one_that_ends(client):
    first, other = public_platform(), public_platform()
    first.status, first.merged_into, first.status_reason = PlatformStatus.MERGED, other, "示例原因"
    other.status, other.status_reason = PlatformStatus.WITHDRAWN, "示例原因"
    for platform in (first, other):
        platform.status_on = timezone.localdate()
        platform.save()
        publish(platform)

    moved = client.get(f"{V1}platforms/{first.code}.jsonld")

    assert (moved.status_code, moved["Location"]) == (301, f"{HERE}{V1}platforms/{other.code}.jsonld")
    ended = client.get(f"{V1}platforms/{other.code}.jsonld").json()
    assert ended["dissolutionDate"] == timezone.localdate().isoformat()
    assert client.get(f"{V1}platforms/ZS-32-00999-0.jsonld").status_code == 404
