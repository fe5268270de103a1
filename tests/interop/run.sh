#!/usr/bin/env bash
# Runs skillctl against real peers: run.sh [TOPIC…], all topics without arguments.
# SKILLCTL names the binary; without it the development build of this tree is made and used.
# Needs root: it mounts a small tmpfs, changes users and runs containers. Everything it starts listens on
# loopback and is stopped at the end, everything it writes is in one temporary directory.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
ALL=(readme registry umoci podman layouts foreign login lifecycle determinism parallel crash)

# command:package
NEEDED=(
    skopeo:skopeo podman:podman umoci:umoci docker-registry:docker-registry runc:runc busybox:busybox-static
    htpasswd:apache2-utils openssl:openssl strace:strace faketime:faketime jq:jq setpriv:util-linux curl:curl
)

missing_packages() {
    local pair
    for pair in "${NEEDED[@]}"; do
        command -v "${pair%%:*}" >/dev/null || echo "${pair##*:}"
    done
}

install_peers() {
    local packages
    mapfile -t packages < <(missing_packages)
    [ "${#packages[@]}" -gt 0 ] || return 0
    echo "installing: ${packages[*]}" >&2
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
    mapfile -t packages < <(missing_packages)
    [ "${#packages[@]}" -eq 0 ] || stop "not installed: ${packages[*]}"
}

stop() {
    echo "interop: $*" >&2
    exit 1
}

require_root() {
    [ "$(id -u)" -eq 0 ] || stop "must run as root; needed packages that are not here: $(missing_packages | tr '\n' ' ')"
}

find_binary() {
    if [ -z "${SKILLCTL:-}" ]; then
        (cd "$ROOT" && cargo build --locked --bin skillctl)
        SKILLCTL=${CARGO_TARGET_DIR:-$ROOT/target}/debug/skillctl
    fi
    [ -x "$SKILLCTL" ] || stop "there is no binary at $SKILLCTL"
    SKILLCTL=$(realpath "$SKILLCTL")
}

run_topic() {
    TOPIC=$1
    [ -f "$HERE/topics/$TOPIC.sh" ] || stop "there is no topic $TOPIC; there are: ${ALL[*]}"
    # shellcheck source=/dev/null
    source "$HERE/topics/$TOPIC.sh"
    "topic_$TOPIC"
}

require_root
find_binary
install_peers
# shellcheck source=tests/interop/lib.sh
source "$HERE/lib.sh"
start_run
[ $# -gt 0 ] || set -- "${ALL[@]}"
for topic in "$@"; do
    run_topic "$topic"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
