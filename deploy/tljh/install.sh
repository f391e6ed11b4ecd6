#!/bin/bash
# xrlearn for everybody on The Littlest JupyterHub; run from the top of the repository, as root.
set -euo pipefail

tljh=${TLJH_INSTALL_PREFIX:-/opt/tljh}
user=$tljh/user
"$user/bin/pip" install --constraint constraints.txt "jupyter-server-proxy==4.6.0" ".[serve]" \
    --find-links https://download.pytorch.org/whl/cpu/torch/ --find-links https://download.pytorch.org/whl/cpu/torchvision/

# As on Binder: dashboards as a proxied server; Voila as an extension would run code that a page sends it.
install -m 644 -D binder/dashboards.json "$user/etc/jupyter/jupyter_server_config.json"
mkdir -p "$user/etc/jupyter/jupyter_server_config.d"
echo '{"ServerApp": {"jpserver_extensions": {"voila.server_extension": false}}}' \
    > "$user/etc/jupyter/jupyter_server_config.d/voila.json"
install -m 644 -D deploy/tljh/xrlearn_hub.py "$tljh/config/jupyterhub_config.d/xrlearn_hub.py"

tljh-config set limits.memory 2G
tljh-config set limits.cpu 1
tljh-config set services.cull.enabled true
tljh-config set services.cull.timeout 1800
tljh-config reload hub
