"""A load pod's start is short because of what it leaves out, and what it leaves out is nothing that it uses."""

import subprocess
import sys


def told_by(script: str) -> list[str]:
    """What a fresh Python prints: patching cannot be undone, so it never happens in the tests' own."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_standard_library_is_patched_although_no_plugins_are_searched() -> None:
    told = told_by(
        "from stresscampaigns.load.startup import patch_the_standard_library\n"
        "from gevent import events, monkey\n"
        "search = events.notify_and_call_entry_points\n"
        "patch_the_standard_library()\n"
        "for name in ('socket', 'ssl', 'threading', 'time', 'select', 'subprocess', 'signal', 'queue'):\n"
        "    print(monkey.is_module_patched(name))\n"
        "print(events.notify_and_call_entry_points is search)\n"
    )
    assert told == ["True"] * 9


def test_the_table_of_descriptors_need_not_grow_while_a_load_runs() -> None:
    """It would stand still meanwhile. A lower limit is kept to, and no descriptor stays open for it."""
    told = told_by(
        "import os, resource\n"
        "from stresscampaigns.load.startup import make_room_for_connections\n"
        "size = lambda: next(line.split()[1] for line in open('/proc/self/status') if line.startswith('FDSize'))\n"
        "before = len(os.listdir('/proc/self/fd'))\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (512, 2048))\n"
        "make_room_for_connections()\n"
        "print(size(), *resource.getrlimit(resource.RLIMIT_NOFILE))\n"
        "print(len(os.listdir('/proc/self/fd')) - before)\n"
    )
    assert told == ["2048", "2048", "2048", "0"]


def test_built_in_scenarios_start_without_the_libraries_of_locust_s_own_http_users() -> None:
    told = told_by(
        "import sys\n"
        "from stresscampaigns.load.startup import leave_out_http_users, patch_the_standard_library\n"
        "patch_the_standard_library()\n"
        "leave_out_http_users()\n"
        "import stresscampaigns.load.coordinator, stresscampaigns.load.worker\n"
        "real = [name for name, module in sys.modules.items() if getattr(module, '__file__', None)]\n"
        "print(*{name.partition('.')[0] for name in real})\n"
    )
    assert {"locust", "gevent", "httptools"} <= set(told)
    assert not {"requests", "urllib3", "geventhttpclient", "flask", "werkzeug"} & set(told)


def test_an_exception_left_out_can_still_be_named_where_it_would_be_caught() -> None:
    told = told_by(
        "from stresscampaigns.load.startup import leave_out_http_users\n"
        "leave_out_http_users()\n"
        "from requests.exceptions import Timeout\n"
        "try:\n"
        "    raise KeyError('another')\n"
        "except Timeout:\n"
        "    print('wrong')\n"
        "except KeyError:\n"
        "    print('passed')\n"
    )
    assert told == ["passed"]


def test_a_load_pod_that_is_told_to_end_ends_by_itself_at_once_whatever_it_does() -> None:
    busy = (
        "import signal\n"
        "from stresscampaigns.load.startup import end_when_told\n"
        "end_when_told()\n"
        "print('begun', flush=True)\n"
        "while True: pass\n"
    )
    with subprocess.Popen([sys.executable, "-c", busy], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        process.terminate()
        # -15 would be the kernel's doing, which it does not do to the first process of a container.
        assert process.wait(10) == 143
