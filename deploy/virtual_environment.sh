#!/bin/sh
# Makes .venv, or brings it up to date:  sh deploy/virtual_environment.sh requirements-local.txt
# With uv where there is one (seconds), else with what Python brings along (a minute).
set -eu
cd "$(dirname "$0")/.."
requirements=$1

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for name in ${PYTHON:-} python3.11 python3 python3.12 python3.13; do
        if is_new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
}

with_uv() { command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; }

make_environment() {
    python=$(find_python)
    rm -rf .venv
    if with_uv; then
        # Without a suitable Python on the machine, uv may fetch one.
        uv venv --quiet --python "${python:-3.11}" .venv && return
    fi
    if [ -z "$python" ]; then
        echo "Countermark needs Python 3.11 or newer, and found none as python3.11 or python3." >&2
        echo "Install it (https://www.python.org/downloads/, or: apt-get install python3.11)," >&2
        echo "or name it: make PYTHON=/path/to/python3.11 …" >&2
        exit 1
    fi
    "$python" -m venv .venv
}

# A Python that was upgraded or removed leaves an environment that does not start.
if ! is_new_enough .venv/bin/python; then
    make_environment
fi
echo "Installing $requirements into .venv (again only when it changes) …"
if with_uv; then
    # As pip does; else the processes of the first start do it, all at once.
    uv pip install --quiet --compile-bytecode --python .venv/bin/python -r "$requirements"
else
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$requirements"
fi
