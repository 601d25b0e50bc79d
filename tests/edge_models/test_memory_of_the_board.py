"""How much memory there is, on boards that are played with files."""

from pathlib import Path

from edge_models.memory import BoardMemory

MEMINFO = """MemTotal:        8000000 kB
MemFree:          500000 kB
MemAvailable:    5000000 kB
SwapTotal:       4000000 kB
SwapFree:        4000000 kB
HugePages_Total:       0
"""
MB = 2**20


def played(root: Path, **files: str) -> BoardMemory:
    for name, text in {"proc/meminfo": MEMINFO, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return BoardMemory(root)


def test_swap_is_not_counted(tmp_path: Path) -> None:
    look = played(tmp_path).look()
    assert (look.total_bytes, look.available_bytes) == (8_000_000 * 1024, 5_000_000 * 1024)
    assert not look.pressed


def test_the_tightest_control_group_counts_with_what_the_kernel_could_drop_of_its_files(tmp_path: Path) -> None:
    group = "sys/fs/cgroup/system.slice/nightjar.service"
    memory = played(
        tmp_path,
        **{
            "proc/self/cgroup": "1:cpu:/old\n0::/system.slice/nightjar.service\n",
            f"{group}/memory.max": f"{3000 * MB}\n",
            f"{group}/memory.current": f"{2500 * MB}\n",
            f"{group}/memory.stat": f"anon 1\nactive_file {100 * MB}\ninactive_file {200 * MB}\n",
            "sys/fs/cgroup/system.slice/memory.max": "max\n",
            "sys/fs/cgroup/system.slice/memory.current": f"{2600 * MB}\n",
        },
    )
    look = memory.look()
    assert (look.total_bytes, look.available_bytes) == (3000 * MB, 800 * MB)


def test_a_group_over_its_limit_has_nothing_left(tmp_path: Path) -> None:
    limits = {"memory.max": "1000", "memory.current": "2000"}
    memory = played(
        tmp_path, **{"proc/self/cgroup": "0::/\n"}, **{f"sys/fs/cgroup/{n}": text for n, text in limits.items()}
    )
    assert memory.look().available_bytes == 0


def test_a_path_of_the_kernels_leads_nowhere_else(tmp_path: Path) -> None:
    memory = played(
        tmp_path / "root",
        **{"proc/self/cgroup": "0::/../../..\n", "memory.max": "1", "memory.current": "1"},
    )
    assert memory.look().total_bytes == 8_000_000 * 1024


def test_who_stands_still_for_want_of_memory_is_pressed_whatever_is_available(tmp_path: Path) -> None:
    pressure = "some avg10={} avg60=0.00 avg300=0.00 total=1\nfull avg10=99.00 avg60=0.00 avg300=0.00 total=1\n"
    assert not played(tmp_path, **{"proc/pressure/memory": pressure.format("9.99")}).look().pressed
    assert played(tmp_path, **{"proc/pressure/memory": pressure.format("10.00")}).look().pressed


def test_a_board_without_room_for_the_rest_is_pressed(tmp_path: Path) -> None:
    look = played(tmp_path, **{"proc/meminfo": "MemTotal: 8000000 kB\nMemAvailable: 150000 kB\n"}).look()
    assert look.reserve_bytes == round(8_000_000 * 1024 * 0.05)
    assert look.pressed


def test_where_nothing_says_how_much_there_is_there_is_no_bound(tmp_path: Path) -> None:
    look = BoardMemory(tmp_path).look()
    assert look.available_bytes > 2**60
    assert not look.pressed


def test_this_machine_says_how_much_it_has() -> None:
    look = BoardMemory().look()
    assert 0 < look.available_bytes <= look.total_bytes < 2**50
