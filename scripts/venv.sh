#!/bin/bash
# Makes the virtual environment of the folder it runs in: scripts/venv.sh [FOLDER]
# Debian splits venv off from python3: as root the missing package is installed, otherwise it is named.
set -euo pipefail

folder=${1:-.venv}
python=${PYTHON:-python3}

fail() {
    echo "venv: $*" >&2
    exit 1
}

command -v "$python" >/dev/null || fail "there is no $python; install Python 3.11 or newer, or set PYTHON="
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old; Python 3.11 or newer is needed, set PYTHON= to it"

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
        fail "$python comes without venv; on Debian: apt-get install python3-venv"
    fi
    echo "venv: installing python3-venv"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
fi

"$python" -m venv "$folder"
