"""What the server answers, seen without a browser."""

import http.client
import signal
import socket
import time
from urllib.parse import urlsplit

import psutil
import pytest
from serving import SERVE, eventually, kernel_of, runs, serving


def started_kernel(served, name: str, query: str = "") -> tuple[str, str]:
    status, _, body = served.get(urlsplit(served.page(name, query)).path + (f"?{query}" if query else ""))
    assert status == 200
    return kernel_of(body), body


def test_the_bare_address_leads_home_in_the_language_asked_for(served):
    status, headers, _ = served.get("/?lang=zh")
    assert (status, headers["Location"]) == (302, "voila/render/index.ipynb?lang=zh")


@pytest.mark.parametrize("path", ["/voila/tree", "/voila/tree/", "/voila/api/contents/", "/voila/render/none.ipynb"])
def test_nothing_but_pages_is_listed_or_served(served, path):
    status, _, body = served.get(path)
    assert status == 404
    assert "Traceback" not in body


@pytest.mark.parametrize(
    "path",
    [
        "/voila/templates/..%2f",
        "/voila/templates/../../pyproject.toml",
        "/voila/templates/%2e%2e/static/xrlearn.css",
        "/voila/templates/xrlearn/static/..%2f..%2f..%2f..%2f..%2fapp.py",
        "/voila/templates/xrlearn/static/%2e%2e/conf.json",
        "/voila/templates/xrlearn/static/%252e%252e/conf.json",
        "/voila/templates/xrlearn/static/..%5cconf.json",
        "/voila/templates/xrlearn/static/%00",
        "/voila/templates/xrlearn/static/",
        "/voila/templates/xrlearn/static",
        "/voila/templates/xrlearn/conf.json",
        "/voila/templates/lab/static/index.css",
        "/voila/templates/none/static/x.css",
        "/voila/templates/x",
        "/voila/templates/",
        "/voila/static/..%2f..%2fapp.py",
        "/voila/static/%00",
        "/voila/labextensions/..%2f..%2f..%2fetc/passwd",
        "/voila/render/..%2f..%2fetc/passwd.ipynb",
        "/voila/render/%00.ipynb",
        "/voila/api/themes/..%2f..%2fpackage.json",
    ],
)
def test_addresses_that_climb_out_of_their_folder_are_not_there(served, path):
    status, _, body = served.get(path)
    assert status == 404
    assert "Traceback" not in body


def test_our_templates_own_files_are_there(served):
    assert "xr-paper" in served.get("/voila/templates/xrlearn/static/xrlearn.css")[2]
    assert served.get("/voila/templates/xrlearn/static/voila.js")[0] == 200


def test_the_notebook_file_itself_is_not_handed_out(served, write):
    write("quiet", "secret = 1")
    assert served.get("/voila/files/quiet.ipynb")[0] == 403
    assert served.get("/voila/files/../../../etc/passwd")[0] in (400, 403, 404)


def test_a_missing_page_says_so_plainly_and_shows_the_way_home(served):
    status, _, body = served.get("/voila/render/none.ipynb")
    assert status == 404
    assert "There is no such page." in body
    assert "没有这个页面" in body
    assert 'href="/"' in body


def test_other_names_for_this_machine_are_refused(served):
    """A page elsewhere that lets its own name point to 127.0.0.1 must not reach us (DNS rebinding)."""
    assert served.get("/voila/render/index.ipynb", Host="evil.example")[0] == 403


def test_only_this_machine_is_listened_to(served):
    addresses = {a.address for nic in psutil.net_if_addrs().values() for a in nic if a.family == socket.AF_INET}
    port = urlsplit(served.address).port
    for address in addresses - {"127.0.0.1"}:
        with socket.socket() as probe:
            probe.settimeout(2)
            assert probe.connect_ex((address, port)) != 0
    listening = {c.laddr.ip for c in psutil.Process(served.process.pid).net_connections() if c.status == "LISTEN"}
    assert listening == {"127.0.0.1"}


def test_the_shell_arrives_before_the_first_cell_has_run(served, write):
    write("slow", "import time; time.sleep(3); 'done'", title={"en": "A slow page", "zh": "慢页面"})
    connection = http.client.HTTPConnection(urlsplit(served.address).netloc, timeout=60)
    start = time.monotonic()
    connection.request("GET", "/voila/render/slow.ipynb?lang=zh")
    answer, early = connection.getresponse(), b""
    while b"xr-bones" not in early:
        early += answer.read1()
    shell = time.monotonic() - start
    rest = answer.read()
    whole = time.monotonic() - start
    connection.close()
    assert "慢页面" in early.decode()
    page = early + rest  # Voila calls its heartbeat as soon as a cell takes long
    assert -1 < page.find(b"voila_heartbeat =") < page.find(b"jupyter-config-data")
    assert "仅供教学，不得用于诊断。" in (early + rest).decode()
    assert whole > 3 > shell


def test_a_page_knows_its_language_and_its_share_of_the_processor(served, write):
    write("env", "import os; print(os.environ['XRLEARN_LANG'], 'threads', os.environ['OMP_NUM_THREADS'])")
    assert "zh threads" in started_kernel(served, "env", "lang=zh")[1]
    assert "en threads" in started_kernel(served, "env", "lang=nonsense")[1]
    assert '<html lang="en">' in started_kernel(served, "env")[1]


def test_what_a_program_says_late_still_reaches_its_page(served, write):
    """Where thirty open a page at once, an answer may be there five seconds before what it showed on the way."""
    late = """
        import sys, time
        sys.stdout.flush_timeout = sys.stderr.flush_timeout = 0
        get_ipython().kernel.iopub_thread.schedule(lambda: time.sleep(5))
        display("late, and there")
    """
    assert "late, and there" in started_kernel(served, write("late", late))[1]


def test_neither_code_nor_what_an_error_holds_reaches_the_page(served, write):
    write("fails", "patient = 'Jane ' + 'Roe'\nprint('before')", "raise ValueError(patient)")
    body = started_kernel(served, "fails")[1]
    assert "before" in body
    assert "This page could not be shown in full." in body
    for secret in ("Jane", "ValueError", "Traceback", "raise "):
        assert secret not in body


def test_a_lesson_may_show_its_code(served, write):
    write("lesson", "# Title", "forty_two = 6 * 7", show_code=True)
    assert "forty_two" in started_kernel(served, "lesson")[1]
    write("dashboard", "# Title", "forty_two = 6 * 7")
    assert "forty_two" not in started_kernel(served, "dashboard")[1]


def test_kernels_that_no_page_looks_at_are_ended(write, notebooks):
    write("left", "import os; print('pid', os.getpid())")
    with serving(SERVE, "8985", str(notebooks), "2") as served:
        pid = int(started_kernel(served, "left")[1].split("pid ")[1].split()[0])
        assert eventually(lambda: not psutil.pid_exists(pid))


def test_a_taken_port_gives_way_to_the_next_and_ctrl_c_ends_everything(write, notebooks):
    write("page", "1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with serving(SERVE, str(port), str(notebooks)) as served:
            assert port < urlsplit(served.address).port < port + 50
            started_kernel(served, "page")
            kernels = served.kernels()
            assert kernels
            served.process.send_signal(signal.SIGINT)
            assert served.process.wait(60) == 0
            assert "ended cleanly" in served.process.stdout.read()
            assert eventually(lambda: not any(map(runs, kernels)))
