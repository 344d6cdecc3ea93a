# Sourced by quickstart, test and install_cuda: installs ragguide into a virtual environment.
#
#   setup_venv [EXTRA]      e.g. `setup_venv dev`; needs python3 >= 3.11 and a C++ compiler
#
# A second run takes a second: it skips the installation unless pyproject.toml or constraints.txt
# has changed. Set RAGGUIDE_VENV to use another folder than .venv, PYTHON to use another interpreter
# than python3, and RAGGUIDE_TORCH_INDEX to get torch without CUDA from another index.

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

# step TITLE COMMAND...: the same, with the command's output in $log. Show the log's last line: on a
# terminal all the time, elsewhere after 2, 4, 8, … minutes.
step() {
    timed "$1" logged "$@" && return
    say "    …"
    tail -n 8 "$log" | sed 's/^/    /' >&2
    say "    All output is in $log"
    return 1
}

logged() {
    printf '==> %s\n' "$1" >>"$log"
    shift
    show_progress &
    watcher=$!
    trap 'kill "$watcher" 2>/dev/null; exit 130' INT TERM
    result=0
    "$@" >>"$log" 2>&1 || result=$?
    trap - INT TERM
    kill "$watcher" 2>/dev/null || :
    wait "$watcher" 2>/dev/null || :
    [ ! -t 2 ] || printf '\r\033[K' >&2
    return "$result"
}

show_progress() {
    since=$(date +%s)
    next=120
    while sleep 1 && kill -0 $$ 2>/dev/null; do
        seconds=$(($(date +%s) - since))
        line=$(tail -n 1 "$log" | tr -d '\r' | sed 's/^ *//' | cut -c 1-68)
        if [ -t 2 ]; then
            printf '\r\033[K    %s s  %s' "$seconds" "$line" >&2
        elif [ "$seconds" -ge "$next" ]; then
            say "    $seconds s  $line"
            next=$((2 * next))
        fi
    done
}

pip() {
    "$venv/bin/python" -m pip "$@" --disable-pip-version-check --no-input \
        --constraint "$root/constraints.txt"
}

has_card() { [ -e /proc/driver/nvidia/version ] || command -v nvidia-smi >/dev/null; }

# Where there is no NVIDIA card, install the torch that has no CUDA before pip chooses one. pip first
# says, without a download, which build it would choose.
install_small_torch() {
    [ "$(uname -s)" = Linux ] || return 0 # elsewhere torch has no CUDA
    ! has_card || return 0
    ! "$venv/bin/python" -c 'import torch' 2>/dev/null || return 0
    pip install --dry-run --quiet --no-deps --report "$venv/torch.json" torch >>"$log" 2>&1 ||
        return 0 # the installation reports what is wrong
    grep -Eq '"(nvidia-|cuda-)[a-z]' "$venv/torch.json" || return 0
    index=${RAGGUIDE_TORCH_INDEX:-https://download.pytorch.org/whl/cpu}
    step "Installing torch without CUDA, since there is no NVIDIA card" \
        pip install --no-deps --progress-bar off --retries 1 --timeout 30 --index-url "$index" torch ||
        die "This network's torch is the build with CUDA, about 3 GB, and there is no NVIDIA card here.
The build without CUDA cannot be downloaded from $index.
Set RAGGUIDE_TORCH_INDEX to an index that has it, or install any torch into $venv."
}

setup_venv() {
    extra=${1:-}
    python=${PYTHON:-python3}
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        die "$python is missing or too old. Install Python 3.11 or newer, or set PYTHON."
    log=$venv/setup.log
    state=$(cat "$root/pyproject.toml" "$root/constraints.txt" | cksum)"$extra"
    if [ "$(cat "$venv/.ragguide-state" 2>/dev/null)" = "$state" ]; then
        : >"$log"
        return
    fi
    if ! "$venv/bin/python" -c 'import llama_cpp' 2>/dev/null; then
        command -v c++ >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null ||
            die "No C++ compiler found; llama.cpp needs one to build. Install g++ or clang."
        say "The first setup downloads about 0.5 GB and builds llama.cpp. This takes 3 to 12 minutes."
    fi
    timed "Creating the virtual environment $venv" "$python" -m venv "$venv" || exit
    : >"$log"
    install_small_torch
    step "Installing ragguide and its dependencies (log: $log)" \
        pip install --progress-bar off --editable "$root${extra:+[$extra]}" ||
        die "The installation failed."
    printf '%s' "$state" >"$venv/.ragguide-state"
}
