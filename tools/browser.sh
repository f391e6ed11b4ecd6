#!/bin/sh
# Find, or fetch, what some tests need beside Python: Chromium, a Chinese font, a PostgreSQL server, a DICOM validator.
# Never fails; says in one sentence what is missing, and the tests that need it are skipped.
cd "$(dirname "$0")/.." || exit 0

wanted=
.venv/bin/python -c 'import sys, xrlearn.doctor as d; sys.exit(not d.chromium())' || wanted=chromium
fc-list :lang=zh 2>/dev/null | grep -q . || [ "$(uname)" != Linux ] || wanted="$wanted fonts-noto-cjk"
command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || wanted="$wanted postgresql"
command -v dciodvfy >/dev/null || [ "$(uname)" != Linux ] || wanted="$wanted dicom3tools"
# Chromium without what a person at its window needs: a page costs a second of processor less. The tests do without it.
command -v chromium-headless-shell >/dev/null && quick= || quick=chromium-headless-shell
hurry="-o Acquire::Retries=0 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20" # where nothing is to be had

# shellcheck disable=SC2086
install() {
    DEBIAN_FRONTEND=noninteractive apt-get $hurry install -y --no-install-recommends --no-remove "$@" \
        </dev/null >/dev/null 2>&1
}

if [ -n "$wanted$quick" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing for the tests: $wanted $quick"
    # shellcheck disable=SC2086
    apt-get $hurry update </dev/null >/dev/null 2>&1
    # shellcheck disable=SC2086
    [ -z "$wanted" ] || { install $wanted && wanted=; }
    [ -z "$quick" ] || install "$quick"
fi
case $wanted in
*chromium*)
    .venv/bin/playwright install chromium </dev/null >/dev/null 2>&1 && exit 0
    echo "No Chromium here, so browser tests are skipped; install Chromium or Chrome to run them." ;;
esac
exit 0
