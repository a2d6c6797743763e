"""What must not be in this repository, and what must be pinned."""

import re
from pathlib import Path

import pytest

import demo.people
from demo.people import APPLICANTS, BASES
from tests.house.files import text, tracked

TEXTS = {
    path: text(path) for path in tracked() if path.suffix not in (".png", ".ico", ".gz", ".xlsx", ".docx")
}

# Put together here, so that this file does not hold them itself.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("py" + "pi", "org"),
        ("files", "python" + "hosted", "org"),
        ("registry", "npm" + "js", "org"),
        ("deb", "debian", "org"),
        ("hub", "docker", "com"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
        ("proxy", "golang", "org"),
        ("crates", "io"),
        ("raw", "github" + "usercontent", "com"),
        ("mirrors", "aliyun", "com"),
        ("pypi", "tuna", "tsinghua", "edu", "cn"),
        ("storage", "google" + "apis", "com"),
    )
]
MACHINE_PATHS = ["/" + folder + "/" for folder in ("work", "root")]
OTHER_LOCK = "uv" + ".lock"


@pytest.mark.parametrize("host", HOSTS)
def test_names_no_download_host(host: str) -> None:
    """Where packages come from is for whoever installs it to say."""
    assert [path for path, body in TEXTS.items() if host in body] == []


@pytest.mark.parametrize("folder", MACHINE_PATHS)
def test_names_no_path_of_one_machine(folder: str) -> None:
    """It is to run anywhere."""
    pattern = re.compile(rf"(?<![\w.~}}/-]){re.escape(folder)}")
    assert [path for path, body in TEXTS.items() if pattern.search(body)] == []


def test_has_one_kind_of_lock() -> None:
    """Hashed requirements that pip reads."""
    assert [path for path, body in TEXTS.items() if OTHER_LOCK in body or path.name == OTHER_LOCK] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_lock_pins_every_package_by_hash(lock: str) -> None:
    """One version each, and no way around the hashes."""
    lines = [line for line in text(lock).splitlines() if line and not line.lstrip().startswith("#")]
    heads = [line for line in lines if not line.startswith(" ")]
    assert heads
    for head in heads:
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*(\[[\w,-]+\])?==[\w.!+]+( ; .+)? \\", head), head
    bodies = re.split(r"^(?=\S)", "\n".join(lines), flags=re.MULTILINE)
    unhashed = [body.splitlines()[0] for body in bodies if body.strip() and "--hash=sha256:" not in body]
    assert unhashed == []


def test_dev_lock_agrees_with_the_lock() -> None:
    """What is tested is what is shipped."""
    pins = [
        dict(re.findall(r"^([\w.\[\],-]+)==(\S+)", text(lock), re.MULTILINE))
        for lock in ("requirements.lock", "requirements-dev.lock")
    ]
    shipped, tested = pins
    assert {name: tested.get(name) for name in shipped} == shipped


def test_sample_people_and_institutions_say_that_they_are_samples() -> None:
    """Nobody is to take them for real."""
    for one in (*BASES, *APPLICANTS):
        for said in (one.code, one.name, one.lead, one.contact):
            assert said.startswith("示例"), said
    assert demo.people.NEWCOMER.startswith("示例")


def test_no_secret_is_tracked() -> None:
    """Neither an environment file nor a key."""
    assert [p for p in tracked() if p.name.startswith(".env") or p.suffix in (".pem", ".key", ".dump")] == []
    assert Path("docker-compose.yml") in tracked()
