"""The deployment files hold together, as far as that can be told without an engine to run them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / ".ci").iterdir()))
def test_every_script_is_executable_and_parses(script):
    path = ROOT / ".ci" / script
    assert path.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0


def test_the_compose_file_holds_no_secret():
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert (
        re.findall(r"(?im)^\s*\w*(?:password|secret_key|token)\w*:\s*(?!/run/secrets/|\{ file:)(\S.*)$", text)
        == []
    )


def test_nginx_keeps_every_private_address_out_of_its_cache():
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    assert "tcp_nopush off;" in text
    assert re.findall(r"proxy_no_cache (.*);", text) == [
        "$private $private_address $upstream_http_set_cookie"
    ]
    assert re.findall(r"proxy_cache_bypass (.*);", text) == ["$private $private_address"]
    assert "proxy_cache_valid" not in text  # how long a page may be kept is the page's own word
    patterns = [re.compile(p) for p in re.findall(r'"~(\^/\S+|/\S+)" 1;', text)]
    private = [
        "/desk/",
        "/en/ministry/batches/",
        "/authorities/js/",
        "/accounts/login/",
        "/admin/",
        "/jobs/1/",
    ]
    private += ["/api/v1/submissions/", "/api/v1/jobs/3/", "/notices/N1/objection/", "/reviews"]
    public = ["/", "/en/", "/platforms/", "/platforms/ZS-32-00001-X/", "/notices/N1/", "/api/v1/platforms/"]
    assert [path for path in private if not any(p.search(path) for p in patterns)] == []
    assert [path for path in public if any(p.search(path) for p in patterns)] == []
