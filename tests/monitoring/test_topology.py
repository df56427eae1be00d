"""The site of docker-compose.yml without containers: the same files, other addresses, each read by its own program."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.monitoring.compose import environment
from tests.monitoring.duty import Duty
from tests.monitoring.native import alertmanager_files, prometheus_files
from tests.monitoring.shipped import CONFIG, ROOT
from tests.servers.asterisk import Asterisk
from tests.servers.available import requires_asterisk, requires_program
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.prometheus import Alertmanager, Prometheus
from tests.servers.stage import stage_on
from tests.servers.waiting import eventually

SECRETS = {"ami": "a1b2c3", "mqtt": "d4e5f6"}
ENTRYPOINT = ROOT / "docker" / "asterisk" / "entrypoint.sh"

pytestmark = [pytest.mark.asterisk, pytest.mark.prometheus, pytest.mark.mosquitto, pytest.mark.timeout(150)]


def entered(folder: Path) -> str:
    """What the container's entrypoint adds to manager.conf, for this machine."""
    (folder / "manager.d").mkdir()
    given = environment("asterisk") | {
        "AMI_SECRET_FILE": str(folder / "ami"),
        "AMI_PERMIT": "127.0.0.1/255.255.255.255",
        "AMI_BIND": LOOPBACK,
        "ASTERISK_ETC": str(folder),
    }
    subprocess.run([str(ENTRYPOINT), "true"], env=os.environ | given, check=True, timeout=10)
    return (folder / "manager.d" / "compose.conf").read_text(encoding="utf-8")


def bridge_environment(folder: Path, asterisk: Asterisk, broker: Mosquitto, http_port: int) -> Mapping[str, str]:
    """The service's environment, with this machine's addresses and paths."""
    given = environment("ctibridge", {"ASTERISK_HOST": LOOPBACK, "QUEUE_LOG": str(asterisk.queue_log)})
    ours = {
        "CTIBRIDGE_PBX__0__PORT": str(asterisk.port),
        "CTIBRIDGE_MQTT__PORT": str(broker.port),
        "CTIBRIDGE_HTTP__PORT": str(http_port),
    }
    swapped = {"mosquitto": LOOPBACK, "0.0.0.0": LOOPBACK}  # noqa: S104 - it is swapped
    return ours | {
        name: swapped.get(value, value).replace("/run/secrets", str(folder)).replace("/var/lib/ctibridge", str(folder))
        for name, value in given.items()
    }


@contextmanager
def bridge(given: Mapping[str, str], folder: Path) -> Iterator[None]:
    """The daemon with config/ctibridge.toml."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ctibridge", "run", "-c", str(CONFIG / "ctibridge.toml")],
            env=os.environ | given,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)
        sys.stderr.write((folder / "log").read_text(encoding="utf-8")[-4000:])


async def test_every_program_takes_its_file_and_sees_the_others(tmp_path: Path) -> None:
    requires_asterisk(22)
    requires_program("mosquitto", "mosquitto_passwd", "mosquitto_sub", "prometheus", "amtool")
    for name, secret in SECRETS.items():
        (tmp_path / name).write_text(secret + "\n", encoding="utf-8")
    extra = {"manager.d/compose.conf": entered(tmp_path)}
    users = {"ctibridge": SECRETS["mqtt"], "supervisor": "s3cret"}
    itself, http_port = free_port(), free_port()
    with Duty() as duty, Asterisk(22, extra=extra) as asterisk, Mosquitto(users=users) as broker:
        manager = Alertmanager(alertmanager_files(receiver=duty.address))
        files = prometheus_files(
            bridge=f"{LOOPBACK}:{http_port}",
            alertmanager=manager.address,
            itself=f"{LOOPBACK}:{itself}",
            faster=15.0,
        )
        given = bridge_environment(tmp_path, asterisk, broker, http_port)
        with manager, bridge(given, tmp_path), Prometheus(files, port=itself) as prometheus:
            await eventually(lambda: _value(prometheus, 'up{job="ctibridge"}') == 1, "the bridge's target to be up", 60)
            await eventually(lambda: prometheus.down() == {}, "every target to be up")
            well = [f"ctibridge_{name}" for name in ("synced", "mqtt_connected", "queue_log_read", "store_written")]
            await eventually(lambda: {_value(prometheus, name) for name in well} == {1}, f"{well} to be 1")
            await eventually(lambda: set(prometheus.rules().values()) == {"ok"}, "every rule to be evaluated")
            assert prometheus.alertmanagers() == [f"http://{manager.address}/api/v2/alerts"]
            async with stage_on(asterisk) as stage:
                await stage.join("1001", "support", paused=True)
                call = await stage.call("support")
                await call.joined.wait()
                waiting = 'ctibridge_queue_calls_waiting{queue="support"}'
                await eventually(lambda: _value(prometheus, waiting) == 1, "the caller to be counted")
                assert '"waiting":1' in _seen_by_the_supervisor(broker)
                await call.hang_up()
            await eventually(lambda: _value(prometheus, waiting) == 0, "the caller to be gone")


def _value(prometheus: Prometheus, query: str) -> float | None:
    samples = prometheus.query(query)
    return samples[0].value if samples else None


def _seen_by_the_supervisor(broker: Mosquitto) -> str:
    """The retained state of the queue, under the shipped access list."""
    done = subprocess.run(
        [
            *("mosquitto_sub", "-h", LOOPBACK, "-p", str(broker.port), "-u", "supervisor", "-P", "s3cret"),
            *("-t", "ctibridge/v1/pbx1/queue/support/state", "-C", "1", "-W", "10"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    return done.stdout
