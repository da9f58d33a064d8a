"""The site as files: everything public is there, every link leads somewhere, and a copy is whole or not there."""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from cultivation.models import Designation
from platforms.models import Platform, PublicPlatform
from platforms.publish import publish
from registry.pages.files import addresses
from registry.static_copy import writing
from registry.static_copy.places import file_of
from tests.cultivation import noticing
from tests.platforms.publishing import published

pytestmark = pytest.mark.django_db
LINK = re.compile(r'<(?:a|link|img|script|use)\b[^>]*?\b(?:href|src)="([^"]*)"')


@pytest.fixture
def exported(cast, settings, tmp_path, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    settings.EDITIONS = tmp_path / "editions"
    for number in range(23):
        row = published(f"示例平台{number}", tier="key", services=["测试"] if number < 3 else [], scale="t")
        if number < 5:  # more than a page of them
            platform = Platform.objects.get(code=row.code)
            Designation.objects.create(platform=platform, tier="key", valid_from=noticing.MONDAY[:10])
            publish(platform)
    monkeypatch.setattr(writing, "PAGE", 2)
    notice = noticing.on_notice(cast)
    call_command("cut_release", "directory", stdout=io.StringIO())
    call_command("export_site", str(tmp_path / "site"), verbosity=0, stdout=io.StringIO())
    return tmp_path / "site", notice


def test_the_copy_is_complete_and_leads_nowhere_in_vain(exported, client, settings):
    everything_is_there_and_no_link_is_broken(*exported, client)
    forms_and_questions_lead_to_the_living_site(*exported, settings)
    the_checksums_are_those_of_the_files(exported[0])


def everything_is_there_and_no_link_is_broken(site, notice, client):
    # everything the map of the site names, in three languages
    for path, _day in addresses():
        for address in (path, f"/en{path}", f"/zh-hant{path}"):
            assert (site / file_of(address)).is_file(), address
    # lists page by page, files, documents of the API, editions
    for name in (
        "platforms/page-2.html", "en/platforms/page-2.html", "zh-hant/platforms/page-2.html", "platforms/download.csv", "platforms/download.xlsx",
        "feed.atom", "sitemap.xml", "robots.txt", ".well-known/security.txt", "static/registry.css",
        "api/v1/platforms/all.jsonl", "api/v1/schema/index.json", "api/v1/releases/keys/index.json",
        f"lists/{notice.release.code}/{notice.release.version}.csv",
    ):  # fmt: skip
        assert (site / name).is_file(), name
    for code in PublicPlatform.objects.values_list("code", flat=True):
        stored = json.loads((site / f"api/v1/platforms/{code}/index.json").read_bytes())
        assert stored == client.get(f"/api/v1/platforms/{code}/").json()
    assert list(site.glob("api/v1/releases/directory/*/files/checkpoint.note"))
    lines = [json.loads(line) for line in (site / "api/v1/designations/all.jsonl").read_bytes().splitlines()]
    assert lines == [*client.get("/api/v1/designations/").json()["results"], {"count": 5, "complete": True}]

    assert (
        list(site.rglob("sheet.pdf")) == list((site / "api/v1/services").glob("*/")) == []
    )  # made from what is kept
    assert len((site / "api/v1/services/all.jsonl").read_bytes().splitlines()) == 4

    broken, seen = [], 0
    for page in site.rglob("*.html"):
        name = page.relative_to(site).as_posix()
        for link in LINK.findall(page.read_text("utf-8")):
            target = urlsplit(urljoin(f"http://copy/sub/{name}", html.unescape(link)))
            if target.netloc != "copy":
                continue
            seen += 1
            there = unquote(target.path).removeprefix("/sub/")
            if not target.path.startswith("/sub/") or not (site / there).is_file() or target.query:
                broken.append((name, link))
    assert broken == []
    assert seen > 1000


def forms_and_questions_lead_to_the_living_site(site, notice, settings):
    for page in site.rglob("*.html"):
        for anchor in re.findall(r"<a\b[^>]*>", page.read_text("utf-8")):
            assert (f'href="{settings.BASE_URL}/' in anchor) == ("data-online" in anchor), (page, anchor)
    home = (site / "index.html").read_text("utf-8")
    assert "的静态副本" in home
    assert "的靜態副本" in (site / "zh-hant/index.html").read_text("utf-8")
    assert "static copy" in (site / "en/index.html").read_text("utf-8")
    assert f'action="{settings.BASE_URL}/platforms/"' in home
    directory = (site / "platforms/index.html").read_text("utf-8")
    assert 'href="page-2.html' in directory
    assert f'href="{settings.BASE_URL}/platforms/?' in directory
    assert not (site / f"notices/{notice.code}/objection").exists()
    for place in site.rglob("*"):
        assert not {"accounts", "desk", "admin", "ministry"} & set(place.relative_to(site).parts)
    forms = re.findall(r"<form\b[^>]*>", directory)
    assert all(f'action="{settings.BASE_URL}/' in form for form in forms)


def the_checksums_are_those_of_the_files(site):
    lines = (site / "SHA256SUMS").read_text().splitlines()
    assert len(lines) == sum(path.is_file() for path in site.rglob("*")) - 1
    for line in lines[::20]:
        digest, _space, name = line.partition("  ")
        assert hashlib.sha256((site / name).read_bytes()).hexdigest() == digest
    assert json.loads((site / "copy.json").read_text())["head"] > 23


def test_a_copy_that_is_cut_off_is_never_seen_and_the_former_stays(db, settings, tmp_path, monkeypatch):
    settings.EDITIONS, site = tmp_path / "editions", tmp_path / "site"
    writing.export(site)
    before = site.resolve()

    def broken(copy, newest):
        raise OSError("the disk is full")

    monkeypatch.setattr(writing, "_sums", broken)
    with pytest.raises(OSError, match="full"):
        writing.export(site)
    assert (site.resolve(), (site / "index.html").is_file()) == (before, True)
    assert [path.name for path in site.parent.iterdir() if path.name.startswith(".site")] == []


def test_the_next_copy_takes_the_place_of_the_former_in_one_step(settings, tmp_path):
    settings.EDITIONS = tmp_path / "editions"
    first = published("示例甲平台")
    site = tmp_path / "site"
    writing.export(site)
    former = site.resolve()
    second = published("示例乙平台")
    writing.export(site)
    assert site.resolve() != former
    assert not former.exists()
    for row in (first, second):
        assert (site / f"platforms/{row.code}/index.html").is_file()


def test_a_folder_with_something_else_in_it_is_left_alone(db, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("x")
    with pytest.raises(CommandError):
        call_command("export_site", str(tmp_path / "mine"))
    assert [path.name for path in Path(tmp_path).iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("/", "index.html"), ("/en/platforms/", "en/platforms/index.html"), ("/platforms/?page=3", "platforms/page-3.html"),
        ("/platforms/?page=1", "platforms/index.html"), ("/platforms/?q=x", None), ("/platforms/?page=2&tier=key", None),
        ("/platforms/?page=x", None), ("/desk/", None), ("/en/accounts/login/", None), ("/zh-hant/platforms/", "zh-hant/platforms/index.html"),
        ("/zh-hant/desk/", None), ("/e/platforms/", None), ("/platforms/X/report/", None), ("/en/platforms/X/sheet.pdf", None), ("/api/v1/services/X/", None),
        ("/a/../../etc/passwd", None), ("/a%2f..%2f..%2fetc", None), ("/static/a%00b", None), ("/api/v1/platforms/?page=2", None),
    ],
)  # fmt: skip
def test_the_name_of_a_file(address, file):
    assert file_of(address) == file
    assert reverse("home") == "/"
