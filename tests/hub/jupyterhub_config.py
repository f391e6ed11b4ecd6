# What stands around deploy/tljh in a test: a hub that does with the files and words of the recipe what The Littlest
# JupyterHub does with them, for people who are all the one who runs the test.
import os
import sys
from pathlib import Path

prefix = Path(os.environ["TLJH_INSTALL_PREFIX"])
user = prefix / "user" / "bin"
told = dict(line.split()[1:] for line in (prefix / "told").read_text().splitlines() if line.startswith("set "))
address, hub, proxy = os.environ["TRIED_AT"].split()

c = get_config()  # type: ignore[name-defined]  # noqa: F821
c.JupyterHub.bind_url = address
c.JupyterHub.hub_port = int(hub)
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{proxy}"
c.ConfigurableHTTPProxy.command = str(prefix / "proxy" / "node_modules" / ".bin" / "configurable-http-proxy")
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(prefix / "home" / "{username}")
c.Spawner.cmd = [str(user / "jupyterhub-singleuser"), *(["--allow-root"] if os.geteuid() == 0 else [])]
c.Spawner.env_keep = ["PATH", "JUPYTER_PATH", "OMP_NUM_THREADS"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 180
c.Spawner.mem_limit = told["limits.memory"]
c.Spawner.cpu_limit = float(told["limits.cpu"])

if told["services.cull.enabled"] == "true":
    cull = [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={told['services.cull.timeout']}"]
    c.JupyterHub.services = [{"name": "cull", "command": cull}]
    scopes = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
    c.JupyterHub.load_roles = [{"name": "culler", "services": ["cull"], "scopes": scopes}]

for more in sorted((prefix / "config" / "jupyterhub_config.d").glob("*.py")):
    load_subconfig(str(more))  # type: ignore[name-defined]  # noqa: F821
