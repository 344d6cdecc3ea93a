# Sourced by quickstart, test and install_cuda: installs ragguide into a virtual environment.
#
#   setup_venv [EXTRA]      e.g. `setup_venv dev`; needs python3 >= 3.11 and a C++ compiler
#
# A second run takes a second: it skips the installation unless pyproject.toml or constraints.txt
# has changed. Set RAGGUIDE_VENV to use another folder than .venv, and PYTHON to use another
# interpreter than python3.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
venv=${RAGGUIDE_VENV:-"$root/.venv"}

say() { printf '%s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

# timed TITLE COMMAND...: print the title, run the command, print how long it took.
timed() {
    say "==> $1"
    shift
    started=$(date +%s)
    "$@" || return
    say "    $(($(date +%s) - started)) s"
}

setup_venv() {
    extra=${1:-}
    python=${PYTHON:-python3}
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        die "$python is missing or too old. Install Python 3.11 or newer, or set PYTHON."
    state=$(cat "$root/pyproject.toml" "$root/constraints.txt" | cksum)"$extra"
    if [ "$(cat "$venv/.ragguide-state" 2>/dev/null)" = "$state" ]; then
        return
    fi
    if ! "$venv/bin/python" -c 'import llama_cpp' 2>/dev/null; then
        command -v c++ >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null ||
            die "No C++ compiler found; llama.cpp needs one to build. Install g++ or clang."
        say "The first setup downloads about 0.5 GB and builds llama.cpp. This takes 3 to 12 minutes."
    fi
    timed "Creating the virtual environment $venv" "$python" -m venv "$venv" || exit
    timed "Installing ragguide and its dependencies" "$venv/bin/python" -m pip install \
        --disable-pip-version-check --no-input --constraint "$root/constraints.txt" \
        --editable "$root${extra:+[$extra]}" || die "The installation failed; see above."
    printf '%s' "$state" >"$venv/.ragguide-state"
}
