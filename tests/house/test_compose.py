"""The compose file: valid, healthy, closed to the outside, without secrets."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.house.files import ROOT, text

COMPOSE: dict[str, Any] = yaml.safe_load(text("docker-compose.yml"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
VERSION = tomllib.loads(text("pyproject.toml"))["project"]["version"]

LASTING = ("postgres", "temporal", "temporal-ui", "worker", "api", "bot")
ONCE = ("temporal-schema", "temporal-namespace", "migrate", "temporal-admin")
OURS = ("migrate", "worker", "api", "bot")
OFFICIAL = {"postgres", "temporalio/server", "temporalio/admin-tools", "temporalio/ui"}
WORKER_FINISHES_WITHIN = 10

_SECRET_NAME = re.compile(r"PASSWORD|PWD|TOKEN|SECRET|API_KEY")
_FROM_ENVIRONMENT = re.compile(r"\$\{\w+(:[?-][^}]*)?\}")


def test_is_valid_against_the_schema_of_compose() -> None:
    """Says check-jsonschema, with the schema that it carries."""
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*checker, "docker-compose.yml"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_has_every_part() -> None:
    """And nothing that nobody knows of."""
    assert set(SERVICES) == {*LASTING, *ONCE}


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_watched_and_comes_back(name: str) -> None:
    """A health check with limits, and a restart."""
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"])
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ONCE)
def test_what_runs_once_stays_ended(name: str) -> None:
    """Those that others wait for end by themselves."""
    assert SERVICES[name]["restart"] == "no"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_gets_no_more_rights_than_it_needs(name: str) -> None:
    """Nothing to write to but memory and volumes, no capabilities, no way to more of them."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid"} & set(service)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_listens_on_this_machine_only(name: str) -> None:
    """Whatever is published."""
    for port in SERVICES[name].get("ports", []):
        assert str(port).startswith("127.0.0.1:"), port


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_waits_for_what_it_needs(name: str) -> None:
    """For health, or for the end of what runs once; never for the mere start."""
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        condition = "service_completed_successfully" if needed in ONCE else "service_healthy"
        assert how == {"condition": condition}, needed


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_image_is_official_and_of_a_fixed_version(name: str) -> None:
    """Ours carries the version of this project, so that an older one stays to go back to."""
    image, _, tag = SERVICES[name]["image"].rpartition(":")
    if name in OURS:
        assert (image, tag) == ("jiebang", VERSION)
    else:
        assert image in OFFICIAL
        assert re.fullmatch(r"\d+(\.\d+)*", tag)


def test_tools_and_server_of_temporal_are_of_one_version() -> None:
    """The schema is the server's."""
    tags = {
        s["image"].rpartition(":")[2]
        for s in SERVICES.values()
        if s["image"].startswith("temporalio/") and "ui" not in s["image"]
    }
    assert len(tags) == 1


def _variables(service: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((key, str(value)) for key, value in service.get("environment", {}).items())


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_holds_no_secret(name: str) -> None:
    """Passwords and tokens come from the environment of whoever starts it."""
    for key, value in _variables(SERVICES[name]):
        if _SECRET_NAME.search(key):
            assert _FROM_ENVIRONMENT.fullmatch(value), key
        if "://" in value and "@" in value:
            password = value.partition("://")[2].rpartition("@")[0].partition(":")[2]
            assert _FROM_ENVIRONMENT.fullmatch(password), key


def test_refuses_to_start_without_a_password() -> None:
    """In so many words."""
    given = re.findall(r"\$\{POSTGRES_PASSWORD([^}]*)\}", text("docker-compose.yml"))
    assert given
    assert all(rest.startswith(":?") and len(rest) > 2 for rest in given)


def test_worker_has_the_time_to_finish() -> None:
    """More than the worker itself allows for what is under way."""
    assert int(SERVICES["worker"]["stop_grace_period"].removesuffix("s")) > WORKER_FINISHES_WITHIN


def test_mounts_files_that_exist() -> None:
    """A missing file would be mounted as an empty folder."""
    mounted = [v for s in SERVICES.values() for v in s.get("volumes", []) if v.startswith("./")]
    assert mounted
    for volume in mounted:
        source, _, options = volume.split(":")
        assert (ROOT / source).is_file(), source
        assert options == "ro"


def test_image_is_built_from_hashes_and_not_run_as_root() -> None:
    """What is in the image is what the lock names."""
    dockerfile = text("Dockerfile")
    assert re.search(r"^FROM python:3\.\d+-slim", dockerfile, re.MULTILINE)
    assert "--require-hashes -r requirements.lock" in dockerfile
    assert "--no-deps --no-build-isolation" in dockerfile
    last_user = re.findall(r"^USER (\w+)$", dockerfile, re.MULTILINE)[-1]
    assert last_user != "root"


def test_secrets_stay_out_of_the_image() -> None:
    """The file with the passwords lies beside the compose file."""
    assert {".env", ".git", ".venv", ".jiebang"} <= set(text(".dockerignore").splitlines())


@pytest.mark.parametrize("name", ["api", "bot"])
def test_what_is_coming_in_does_not_fill_the_memory(name: str) -> None:
    """The temporary folder lies on a volume that the image gives to the user who runs it."""
    service = SERVICES[name]
    folder = service["environment"]["TMPDIR"]
    assert f"incoming:{folder}" in service["volumes"]
    assert re.search(rf"chown jiebang .*{folder}", text("Dockerfile"))


def test_the_address_of_a_visitor_is_believed_of_named_proxies_only() -> None:
    """Else anybody could write one."""
    assert SERVICES["api"]["environment"]["FORWARDED_ALLOW_IPS"] == "${FORWARDED_ALLOW_IPS:-127.0.0.1}"
