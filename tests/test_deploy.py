"""What a hub is told of xrlearn can be read, and what it starts answers under the hub's address."""

import json
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from serving import serving

ROOT = Path(__file__).resolve().parents[1]
PROXIED = json.loads((ROOT / "binder" / "dashboards.json").read_text())["ServerProxy"]["servers"]


def test_the_values_of_the_cluster_are_those_that_the_page_says():
    yaml = pytest.importorskip("yaml")
    values = yaml.safe_load((ROOT / "deploy" / "z2jh" / "values.yaml").read_text())
    single = values["singleuser"]
    assert (single["memory"]["limit"], single["cpu"]["limit"], values["cull"]["timeout"]) == ("2G", 2, 1800)
    assert single["defaultUrl"] == "/dashboards/"
    assert "value" not in single["extraEnv"]["XRLEARN_DATABASE_URL"]  # a secret, not a text


def test_the_one_server_s_script_and_settings_can_be_read(tmp_path):
    script = ROOT / "deploy" / "tljh" / "install.sh"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    for name in ("binder/dashboards.json", "deploy/tljh/xrlearn_hub.py", "constraints.txt"):
        assert name in script.read_text()
        assert (ROOT / name).is_file()
    hub = SimpleNamespace(Spawner=SimpleNamespace())
    exec((ROOT / "deploy" / "tljh" / "xrlearn_hub.py").read_text(), {"c": hub})
    assert hub.Spawner.default_url == "/dashboards/"
    assert hub.Spawner.environment == {}


def test_what_a_hub_starts_answers_under_its_address(tmp_path):
    """The proxy takes its own address off before it asks, and names the hub's host."""
    words = [word.format(port=8998, base_url="/user/eve/") for word in PROXIED["dashboards"]["command"][1:]]
    with serving("from xrlearn.cli import main; main()", *words) as served:
        assert "/user/eve/dashboards/" in urlsplit(served.address).path
        bare = served.address.replace(urlsplit(served.address).path, "/")
        served.address = bare
        status, headers, _ = served.get("/", Host="hub.example")
        assert (status, headers["Location"].startswith("voila/render/index.ipynb")) == (302, True)
        status, _, body = served.get("/voila/render/none.ipynb", Host="hub.example")
        assert status == 404
        assert "/user/eve/dashboards/" in body
