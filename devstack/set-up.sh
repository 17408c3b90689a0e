#!/bin/sh
# Makes the virtual environment that every make target runs in, once for each content of requirements-dev.txt.
# Needs Python 3.11 or newer and nothing else. Usage: devstack/set-up.sh FOLDER
set -eu

venv=$1
stamp=$venv/.installed
wanted=$(cksum < requirements-dev.txt)

if [ "$(cat "$stamp" 2> /dev/null || true)" = "$wanted" ] && "$venv/bin/python" -c '' 2> /dev/null; then
    exit 0
fi

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$candidate" -c "$new_enough" 2> /dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "Python 3.11 or newer is needed and was not found (set PYTHON to it)." >&2
    exit 1
}

rm -f "$stamp"
if ! "$venv/bin/python" -c "$new_enough" 2> /dev/null || ! "$venv/bin/python" -m pip --version > /dev/null 2>&1; then
    python=$(find_python)
    echo "making a virtual environment in $venv with $("$python" --version)"
    if ! "$python" -m venv --clear "$venv"; then
        echo "This Python cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv" >&2
        rm -rf "$venv"
        exit 1
    fi
fi

log=$venv/install.log
packages=$(grep -c '==' requirements-dev.txt || true)
echo "installing the $packages packages pinned in requirements-dev.txt: a minute or two, once"
PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 \
    "$venv/bin/python" -m pip install --progress-bar off --require-hashes -r requirements-dev.txt > "$log" 2>&1 &
pip=$!
trap 'kill "$pip" 2> /dev/null || true; exit 1' INT TERM
seconds=0
while kill -0 "$pip" 2> /dev/null; do
    sleep 1
    seconds=$((seconds + 1))
    if [ $((seconds % 15)) = 0 ]; then
        echo "  $seconds s: $(grep -c '^Collecting' "$log" || true) of $packages fetched"
    fi
done
if ! wait "$pip"; then
    tail -n 15 "$log" >&2
    exit 1
fi
echo "$wanted" > "$stamp"
