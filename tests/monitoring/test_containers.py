"""The containers, as far as they can be judged without an engine: whole, pinned, without privileges, in agreement."""

import os
import re
import subprocess
import textwrap
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.monitoring.compose import DOCKERFILES, compose, environment, instructions, services
from tests.monitoring.shipped import CONFIG, ROOT
from tests.monitoring.shipped import loaded as yaml_of

SITE = {"asterisk", "mosquitto", "ctibridge", "prometheus", "alertmanager", "grafana"}
SERVICE = pytest.mark.parametrize("name", sorted(SITE))
FILE = pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: str(path.relative_to(ROOT)))
KEYS = {
    *("build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "logging", "networks"),
    *("ports", "read_only", "restart", "secrets", "security_opt", "tmpfs", "user", "volumes"),
}
ENTRYPOINT = ROOT / "docker" / "asterisk" / "entrypoint.sh"
PINNED = re.compile(r"^[a-z][a-z0-9/-]*:v?\d+\.\d+\.\d+(-[\w.-]+)?$|^debian:\w+-\d{8}-slim$")


def test_the_whole_site_is_there() -> None:
    assert services().keys() == SITE
    assert compose().keys() <= {"name", "services", "networks", "secrets", "volumes", "x-hardened"}
    for service in services().values():
        assert service.keys() <= KEYS
        assert ("image" in service) != ("build" in service)


@SERVICE
def test_what_a_service_names_is_defined(name: str) -> None:
    service, whole = services()[name], compose()
    assert set(service.get("secrets", ())) <= whole["secrets"].keys()
    assert set(service["networks"]) <= whole["networks"].keys()
    assert set(service.get("depends_on", ())) <= services().keys()
    for volume in service["volumes"]:
        source, target, *mode = volume.split(":")
        assert target.startswith("/")
        if source.startswith("./"):
            assert (ROOT / source).exists()
            assert mode == ["ro"]
        else:
            assert source in whole["volumes"]


def test_nothing_is_defined_that_nobody_names() -> None:
    whole = compose()
    assert {secret for one in services().values() for secret in one.get("secrets", ())} == whole["secrets"].keys()
    assert {network for one in services().values() for network in one["networks"]} == whole["networks"].keys()
    mounted = {volume.split(":")[0] for one in services().values() for volume in one["volumes"]}
    assert {source for source in mounted if source[0] != "."} == whole["volumes"].keys()


@SERVICE
def test_a_service_can_do_no_more_than_it_needs(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(place.split(":")[0] == "/tmp" for place in service["tmpfs"])
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"]["max-size"]


@SERVICE
def test_a_service_says_whether_it_is_well(name: str) -> None:
    service = services()[name]
    if "image" in service:
        assert service["healthcheck"]["test"][0] == "CMD"
    else:
        path = ROOT / service["build"]["dockerfile"] if isinstance(service["build"], dict) else ROOT / "Dockerfile"
        assert "HEALTHCHECK" in dict(instructions(path))


def test_images_are_pinned() -> None:
    named = [service["image"] for service in services().values() if "image" in service]
    named += [rest.split()[0] for path in DOCKERFILES for name, rest in instructions(path) if name == "FROM"]
    assert [image for image in named if not PINNED.match(image)] == []


def test_no_port_is_published_twice_and_only_telephones_and_displays_reach_in_from_outside() -> None:
    published = {port: name for name, service in services().items() for port in service.get("ports", ())}
    outside = {port for port in published if not port.startswith("127.0.0.1:")}
    assert outside == {"5060:5060/udp", "10000-10099:10000-10099/udp", "1883:1883", "9001:9001"}
    assert not any("5038" in port for port in published)


def test_the_bridge_may_log_in_from_its_network_and_nobody_from_another() -> None:
    given = environment("asterisk")
    [network] = compose()["networks"]["pbx"]["ipam"]["config"]
    assert ip_network(given["AMI_PERMIT"]) == ip_network(network["subnet"])
    assert {name for name, service in services().items() if "pbx" in service["networks"]} == {"asterisk", "ctibridge"}
    assert environment("ctibridge")["CTIBRIDGE_PBX__0__HOST"] in services()["asterisk"]["networks"]["pbx"]["aliases"]
    assert environment("ctibridge", {"ASTERISK_HOST": "192.0.2.10"})["CTIBRIDGE_PBX__0__HOST"] == "192.0.2.10"
    assert environment("ctibridge", {"QUEUE_LOG": ""})["CTIBRIDGE_PBX__0__QUEUE_LOG"] == ""


def test_addresses_in_configurations_are_services_and_their_ports() -> None:
    prometheus = yaml_of(CONFIG / "prometheus" / "prometheus.yml")
    targets = [
        target
        for job in (*prometheus["scrape_configs"], *prometheus["alerting"]["alertmanagers"])
        for one in job["static_configs"]
        for target in one["targets"]
    ]
    source = yaml_of(CONFIG / "grafana" / "provisioning" / "datasources" / "prometheus.yml")["datasources"][0]["url"]
    targets.append(source.removeprefix("http://"))
    assert {target.split(":")[0] for target in targets} <= SITE | {"localhost"}
    for target in targets:
        host, port = target.split(":")
        if host != "localhost":
            assert any(published.endswith(f":{port}") for published in services()[host]["ports"]), target


def test_as_many_ports_for_sound_as_asterisk_uses() -> None:
    text = (ROOT / "docker" / "asterisk" / "rtp.conf").read_text(encoding="utf-8")
    start, end = re.findall(r"^rtp(?:start|end) = (\d+)$", text, re.MULTILINE)
    assert f"{start}-{end}:{start}-{end}/udp" in services()["asterisk"]["ports"]


def test_asterisk_in_the_container_is_made_of_the_packages_that_the_tests_run() -> None:
    servers = (ROOT / "scripts" / "servers.sh").read_text(encoding="utf-8")
    packages = re.search(r"^in_folder=\((.+)\)$", servers, re.MULTILINE)
    assert packages is not None
    assert packages[1] in " ".join((ROOT / "docker" / "asterisk" / "Dockerfile").read_text().split())


@FILE
def test_a_dockerfile_ends_as_nobody_special_with_a_program_and_no_shell(path: Path) -> None:
    lines = list(instructions(path))
    names = [name for name, _ in lines]
    assert names[0] == "FROM"
    assert not {"ADD", "MAINTAINER", "ONBUILD"} & set(names)
    last = dict(lines)
    assert re.fullmatch(r"[1-9]\d{4}:[1-9]\d{4}", last["USER"]), "by number, so that it can be seen not to be root"
    assert max(i for i, name in enumerate(names) if name == "USER") > max(
        i for i, name in enumerate(names) if name == "RUN"
    )
    for name in ("ENTRYPOINT", "CMD"):
        assert last[name].startswith("["), f"{name} as a list, so that signals arrive"
    assert all(rest.startswith("/") for name, rest in lines if name == "WORKDIR")


@FILE
def test_a_dockerfile_leaves_nothing_behind_and_asks_nothing(path: Path) -> None:
    for name, rest in instructions(path):
        if name != "RUN":
            continue
        assert "sudo" not in rest
        if "apt-get install" in rest:
            assert "apt-get update &&" in rest
            assert "-y --no-install-recommends" in rest
            assert "rm -rf /var/lib/apt/lists/*" in rest
        if "pip install" in rest:
            assert "--no-cache-dir" in rest
            assert "--require-hashes" in rest or "--no-deps" in rest


@FILE
def test_a_dockerfile_copies_only_what_is_sent_to_the_engine(path: Path) -> None:
    own = path.with_name(f"{path.name}.dockerignore")
    ignore = (own if own.exists() else ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = [line.removeprefix("!") for line in ignore if line.startswith("!")]
    for name, rest in instructions(path):
        if name == "COPY" and "--from=" not in rest:
            sources = [part for part in rest.split() if not part.startswith("--")][:-1]
            for source in sources:
                assert (ROOT / source).exists(), source
                assert any(source == one or source.startswith(f"{one}/") for one in sent), source


def entry(folder: Path, secret: str) -> subprocess.CompletedProcess[str]:
    (folder / "manager.d").mkdir(exist_ok=True)
    (folder / "secret").write_text(secret, encoding="utf-8")
    given = environment("asterisk") | {"AMI_SECRET_FILE": str(folder / "secret"), "ASTERISK_ETC": str(folder)}
    return subprocess.run(
        [str(ENTRYPOINT), "umask"], env=os.environ | given, capture_output=True, text=True, check=False, timeout=10
    )


def test_the_entrypoint_writes_the_secret_for_asterisk_alone(tmp_path: Path) -> None:
    entry(tmp_path, "4f2a\n")
    written = tmp_path / "manager.d" / "compose.conf"
    assert written.stat().st_mode & 0o777 == 0o600
    assert written.read_text(encoding="utf-8") == textwrap.dedent("""\
        [general](+)
        bindaddr = 0.0.0.0
        [ctibridge](+)
        secret = 4f2a
        permit = 172.31.58.0/255.255.255.240
        """)


@pytest.mark.parametrize("secret", ["", "semi;colon", "two words", "line\\break"])
def test_the_entrypoint_refuses_what_asterisk_would_read_otherwise(tmp_path: Path, secret: str) -> None:
    done = entry(tmp_path, secret)
    assert done.returncode == 2
    assert "letters and digits are expected" in done.stderr
    assert not (tmp_path / "manager.d" / "compose.conf").exists()
