"""What a hub is told of xrlearn: the chart takes it, and what the hub starts answers under its address."""

import json
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from serving import serving

ROOT = Path(__file__).resolve().parents[2]
PROXIED = json.loads((ROOT / "binder" / "dashboards.json").read_text())["ServerProxy"]["servers"]


@pytest.fixture
def values() -> dict:
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load((ROOT / "deploy" / "z2jh" / "values.yaml").read_text())


@pytest.fixture
def chart():
    """What says whether the chart of Zero to JupyterHub takes values."""
    yaml, jsonschema = pytest.importorskip("yaml"), pytest.importorskip("jsonschema")
    schema = yaml.safe_load(Path(__file__).with_name("z2jh_schema.yaml").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return lambda values: sorted(error.message for error in jsonschema.Draft7Validator(schema).iter_errors(values))


def test_the_chart_takes_the_values(values, chart):
    assert chart(values) == []


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        ((), {"singeluser": {}}),
        (("singleuser",), {"defaultURL": "/dashboards/"}),
        (("singleuser",), {"startTimeout": "300"}),
        (("singleuser", "memory"), {"limits": "2G"}),
        (("singleuser", "cpu"), {"limit": "two"}),
        (("cull",), {"timeOut": 1800}),
        (("cull",), {"enabled": "yes"}),
        (("proxy", "https"), {"host": "class.example"}),
    ],
)
def test_a_key_or_a_kind_that_is_wrong_is_found(values, chart, place, wrong):
    where = values
    for name in place:
        where = where[name]
    where |= wrong
    (said,) = chart(values)
    assert any(name in said or repr(value) in said for name, value in wrong.items())


def test_the_values_of_the_cluster_are_those_that_the_page_says(values):
    single = values["singleuser"]
    assert (single["memory"]["limit"], single["cpu"]["limit"], values["cull"]["timeout"]) == ("2G", 2, 1800)
    assert single["defaultUrl"] == "/dashboards/"
    assert "value" not in single["extraEnv"]["XRLEARN_DATABASE_URL"]  # a secret, not a text


def test_https_has_the_name_and_the_address_without_which_the_chart_leaves_it_out(values):
    https = values["proxy"]["https"]
    assert https["enabled"]
    assert https["hosts"]
    assert https["letsencrypt"]["contactEmail"]


def test_the_one_server_s_script_and_settings_can_be_read(monkeypatch, tmp_path):
    script = ROOT / "deploy" / "tljh" / "install.sh"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    for name in ("binder/dashboards.json", "deploy/tljh/xrlearn_hub.py", "constraints.txt"):
        assert name in script.read_text()
        assert (ROOT / name).is_file()
    monkeypatch.setenv("TLJH_INSTALL_PREFIX", str(tmp_path))
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
