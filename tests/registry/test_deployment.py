"""The deployment files hold together, as far as that can be told without an engine to run them."""

from __future__ import annotations

import json
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

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


COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
#: Settings as the image carries them and as ``.env``, copied from the example, says them.
IN_IMAGE = dict(re.findall(r"(\w+)=(\S+)", " ".join(re.findall(r"^ENV (.*)$", DOCKERFILE, re.MULTILINE))))
IN_EXAMPLE = dict(re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
OURS = {name: service for name, service in COMPOSE["services"].items() if "env_file" in service}


def commands() -> list[list[str]]:
    found = [service["command"] for service in OURS.values() if "command" in service]
    found += [service["healthcheck"]["test"] for service in OURS.values() if "healthcheck" in service]
    found += [json.loads(line) for line in re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)]
    return [" ".join(line).split() for line in found]


def test_every_setting_of_image_and_compose_is_one_that_the_code_reads():
    known = set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    known |= {name.removesuffix("_FILE") for name in known} | {f"{name}_FILE" for name in known}
    named = set(IN_IMAGE) - {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    named |= {name for service in OURS.values() for name in service["environment"]}
    named |= set(re.findall(r"\b(REGISTRY_\w+|DATABASE_URL|REDIS_URL)=", DOCKERFILE))
    assert named - known == set()


def test_what_the_image_settles_a_copied_example_does_not_undo():
    """``.env`` is stronger than the image; only what compose itself says is stronger than ``.env``."""
    for name, service in OURS.items():
        effective = IN_IMAGE | IN_EXAMPLE | service["environment"]
        undone = {key for key, value in IN_IMAGE.items() if effective[key] != value}
        assert undone == set(), name


def test_every_command_of_image_and_compose_exists():
    known = get_commands()
    asked = commands()
    for words in asked:
        modules = [words[at + 1] for at, word in enumerate(words) if word == "-m"]
        modules += [words[at + 1] for at, word in enumerate(words) if word == "-A"]
        assert all(find_spec(module) for module in modules), words
        if "manage.py" in words:
            assert words[words.index("manage.py") + 1] in known
        assert all((ROOT / word).exists() for word in words if word.startswith("deploy/")), words
    assert len(asked) >= 7


def test_compose_names_only_what_it_has():
    for name, service in COMPOSE["services"].items():
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"]), name
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"]), name
        for other, wanted in service.get("depends_on", {}).items():
            healthy = wanted["condition"] == "service_healthy"
            assert healthy <= ("healthcheck" in COMPOSE["services"][other]), f"{name} waits for {other}"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], (
                volume
            )
        for value in service.get("environment", {}).values():
            secret = str(value).removeprefix("/run/secrets/")
            assert secret == str(value) or secret in service["secrets"], f"{name}: {value}"


def test_nginx_asks_the_service_and_the_port_that_serve():
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    host, port = re.findall(r"server (\w+):(\d+);", text)[0]
    assert (
        OURS[host]["environment"]["PORT"]
        == port
        == re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)[0]
    )
    assert "/nginx-health" in text
