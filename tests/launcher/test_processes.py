"""The supervisor: what ends is started again, and nothing is left when it stops."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from launcher import pids
from launcher.processes import Supervisor, end_leftovers, read_procfile

SLEEP = "sleep 600"
# A child in a process group of its own, as RQ's working children are.
WITH_CHILD = (
    f"{sys.executable} -c 'import subprocess, time; "
    'subprocess.Popen(["sleep", "600"], process_group=0); time.sleep(600)\''
)
STUBBORN = (
    f"{sys.executable} -c 'import signal, time; "
    "signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)'"
)

Make = Callable[..., Supervisor]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Supervisor] = []

    def supervisor(**commands: str) -> Supervisor:
        made.append(
            Supervisor(
                commands,
                {"PATH": "/usr/bin:/bin"},
                folder=tmp_path,
                logs=tmp_path / "log",
                record=tmp_path / "processes.json",
            )
        )
        return made[-1]

    yield supervisor
    for each in made:
        each.stop(grace=0)


def until(true: Callable[[], object], *, seconds: float = 10, tend: Supervisor | None = None) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        if tend:
            tend.tend()
        time.sleep(0.02)


def test_procfile_is_read_without_comments(tmp_path: Path) -> None:
    file = tmp_path / "Procfile"
    file.write_text("# what runs\n\nweb: serve --at http://localhost:$PORT\nworker: work\n")
    assert read_procfile(file) == {"web": "serve --at http://localhost:$PORT", "worker": "work"}


def test_what_dies_is_started_again(make: Make) -> None:
    supervisor = make(web=SLEEP, worker=SLEEP)
    supervisor.start()
    web, worker = supervisor.pid("web"), supervisor.pid("worker")
    assert worker is not None
    pids.send(worker, signal.SIGKILL)
    until(lambda: supervisor.pid("worker") not in (None, worker), tend=supervisor)
    assert supervisor.pid("web") == web


def test_what_ends_by_itself_without_a_fault_is_started_again(make: Make, tmp_path: Path) -> None:
    supervisor = make(worker="echo once >> lives")  # RQ's worker ends with 0 when Redis went away
    supervisor.start()
    lives = tmp_path / "lives"
    until(lambda: lives.exists() and lives.read_text().count("once") >= 2, tend=supervisor)


def test_the_pause_grows_while_it_keeps_failing(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    supervisor = make(worker="false")
    supervisor.start()
    until(lambda: supervisor.failing(ends=3), tend=supervisor)
    said = capsys.readouterr().err
    assert [line for line in said.splitlines() if "worker ended with status 1" in line]
    assert said.index("in 0.5 s") < said.index("in 1 s") < said.index("in 2 s")


def test_a_dead_workers_children_do_not_work_beside_its_successor(make: Make) -> None:
    supervisor = make(worker=WITH_CHILD)
    supervisor.start()
    first = supervisor.pid("worker")
    assert first is not None
    until(lambda: pids.below(first))
    children = pids.below(first)
    pids.send(first, signal.SIGKILL)
    until(lambda: supervisor.pid("worker") not in (None, first), tend=supervisor)
    assert [child for child in children if pids.alive(child)] == []


def test_stop_leaves_nothing_not_even_what_will_not_go(make: Make) -> None:
    supervisor = make(web=SLEEP, worker=WITH_CHILD, stubborn=STUBBORN)
    supervisor.start()
    leaders = [supervisor.pid(name) for name in ("web", "worker", "stubborn")]
    until(lambda: "1" in supervisor.last_words("stubborn") and pids.below(leaders[1] or 0))
    all_of_it = [pid for leader in leaders if leader for pid in (leader, *pids.below(leader))]
    assert len(all_of_it) == 4
    started = time.monotonic()
    supervisor.stop(grace=0.5)
    assert time.monotonic() - started < 5
    assert [pid for pid in all_of_it if pids.alive(pid)] == []


def test_output_goes_to_a_log_for_each(make: Make) -> None:
    supervisor = make(web="echo out; sleep 600", worker="sh -c 'echo trouble >&2; sleep 600'")
    supervisor.start()
    until(lambda: supervisor.last_words("worker") == "trouble" and supervisor.last_words("web") == "out")


def test_verbose_output_has_the_name_in_front(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    supervisor = Supervisor(
        {"web": "echo hello", "simulator": SLEEP},
        {"PATH": "/usr/bin:/bin"},
        folder=tmp_path,
        logs=tmp_path / "log",
        record=tmp_path / "record",
        verbose=True,
    )
    supervisor.start()
    said = ""

    def heard() -> bool:
        nonlocal said
        said += capsys.readouterr().out
        return "web       | hello\n" in said

    until(heard)
    supervisor.stop(grace=1)


def test_leftovers_of_a_killed_launcher_are_ended(make: Make, tmp_path: Path) -> None:
    supervisor = make(worker=WITH_CHILD)
    supervisor.start()
    leader = supervisor.pid("worker")
    assert leader is not None
    until(lambda: pids.below(leader))
    family = [leader, *pids.below(leader)]
    end_leftovers(tmp_path / "processes.json")
    assert [pid for pid in family if pids.alive(pid)] == []
    assert not (tmp_path / "processes.json").exists()


def test_a_stranger_with_a_recorded_id_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as stranger:
        record = tmp_path / "processes.json"
        record.write_text(json.dumps([[stranger.pid, "another moment"]]))
        end_leftovers(record)
        assert stranger.poll() is None
        stranger.kill()
