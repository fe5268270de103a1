# shellcheck shell=bash
# What all topics share: checks and their count, registries that stop with the run, and looks at images
# through other tools. It knows no topic, and it never asks skillctl where skopeo can be asked.

passed=0
failed=0
pids=()

# check TEXT COMMAND…: runs the command in a shell of its own that stops at the first failing line.
# Prints one line; what the command said is shown only when it fails.
check() {
    local text=$1 log=$WORK/check.log status
    shift
    : >"$WORK/note"
    set +e
    (
        set -e
        "$@"
    ) >"$log" 2>&1
    status=$?
    set -e
    if [ "$status" -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok   $TOPIC: $text$(cat "$WORK/note")"
    else
        failed=$((failed + 1))
        echo "FAIL $TOPIC: $text (exit $status)"
        sed 's/^/     | /' "$log"
    fi
}

# note TEXT: what the line of a check that passed says in the end.
note() {
    echo " ($*)" >"$WORK/note"
}

# fail TEXT: ends a check.
fail() {
    echo "$*" >&2
    exit 1
}

# same WHAT EXPECTED ACTUAL
same() {
    [ "$2" = "$3" ] || fail "$1: expected \`$2\`, got \`$3\`"
}

# refused STATUS PATTERN COMMAND…: the command must end with that status and say PATTERN on stderr.
refused() {
    local status=$1 pattern=$2 got=0
    shift 2
    "$@" >/dev/null 2>"$WORK/refused.log" || got=$?
    cat "$WORK/refused.log"
    same "exit code of $*" "$status" "$got"
    grep -Eqi -e "$pattern" "$WORK/refused.log" || fail "the message does not say \`$pattern\`"
}

# ── the run ──

start_run() {
    WORK=$(mktemp -d "${TMPDIR:-/tmp}/skillctl-interop.XXXXXX")
    trap end_run EXIT
    trap 'exit 130' INT TERM
    mkdir -p "$WORK"/{home,run,tmp}
    # Nothing of the person's own registries, credentials, proxies and stores may take part.
    unset DOCKER_CONFIG DOCKER_AUTH_CONFIG REGISTRY_AUTH_FILE SOURCE_DATE_EPOCH
    unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY SSL_CERT_FILE SSL_CERT_DIR
    local variable
    for variable in $(compgen -e SKILLCTL_); do unset "$variable"; done
    export HOME=$WORK/home XDG_RUNTIME_DIR=$WORK/run XDG_DATA_HOME=$WORK/home/data XDG_CONFIG_HOME=$WORK/home/config
    export TMPDIR=$WORK/tmp LC_ALL=C.UTF-8 TZ=UTC
    umask 022
}

end_run() {
    local pid place
    cd /
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    # What a check that failed left mounted.
    awk -v work="$WORK/" 'index($2, work) == 1 { print $2 }' /proc/mounts | sort -r | while read -r place; do
        umount "$place" || true
    done
    rm -rf "$WORK"
}

# fresh NAME: makes an empty directory of that name for this topic and prints it.
fresh() {
    local place=$WORK/$TOPIC/$1
    rm -rf "$place"
    mkdir -p "$place"
    echo "$place"
}

# ── skillctl ──

# sk ARGS…: the binary under test.
sk() {
    "$SKILLCTL" "$@"
}

# in_store DIR ARGS…: the binary under test on that local store.
in_store() {
    local store=$1
    shift
    SKILLCTL_STORE=$store "$SKILLCTL" "$@"
}

# The name and version of every example.
# shellcheck disable=SC2034 # the topics use it
EXAMPLES=(
    changelog-entry:0.2.0 commit-message:1.2.0 hello-world:1.0.0 incident-review:2.0.1
    polite-phrases:1.1.0 release-notes:0.3.0-rc.1 sunrise-table:1.0.0
)
CREATED=2026-01-02T03:04:05Z

# pack_examples STORE [OPTION…]: packs all examples, with a fixed creation time.
# shellcheck disable=SC2153 # whoever sources this sets ROOT
pack_examples() {
    local store=$1
    shift
    in_store "$store" pack --quiet --created "$CREATED" "$@" "$ROOT"/examples/*/ >/dev/null
}

# ── registries ──

# start_registry NAME [htpasswd] [tls]: a Distribution on a free loopback port, its address in REGISTRY_NAME.
# htpasswd: user `alice`, password `open sesame`. tls: a certificate of the authority $WORK/NAME/ca.pem.
start_registry() {
    local name=$1 place=$WORK/$1 address
    shift
    mkdir -p "$place/data"
    registry_config "$place" "$@" >"$place/config.yml"
    case " $* " in *" htpasswd "*) htpasswd -Bbc "$place/htpasswd" alice 'open sesame' 2>/dev/null ;; esac
    case " $* " in *" tls "*) make_certificates "$place" ;; esac
    docker-registry serve "$place/config.yml" >"$place/log" 2>&1 &
    pids+=($!)
    address=$(wait_for_address "$place/log")
    printf -v "REGISTRY_${name^^}" '%s' "$address"
}

registry_config() {
    local place=$1
    shift
    cat <<END
version: 0.1
log: {level: info, formatter: text, accesslog: {disabled: false}}
storage: {filesystem: {rootdirectory: $place/data}, delete: {enabled: true}}
END
    case " $* " in *" htpasswd "*) echo "auth: {htpasswd: {realm: interop, path: $place/htpasswd}}" ;; esac
    echo "http:"
    echo "  addr: 127.0.0.1:0"
    case " $* " in *" tls "*) echo "  tls: {certificate: $place/server.pem, key: $place/server.key}" ;; esac
}

# Port 0 lets the system choose; the log says what it chose.
wait_for_address() {
    local log=$1 try address
    for try in $(seq 100); do
        address=$(sed -nE 's/.*listening on (127\.0\.0\.1:[0-9]+).*/\1/p' "$log" | head -n 1)
        if [ -n "$address" ]; then
            echo "$address"
            return
        fi
        sleep 0.05
    done
    cat "$log" >&2
    fail "no registry is listening after $try tries"
}

make_certificates() {
    local place=$1
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=interop authority" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
        -keyout "$place/ca.key" -out "$place/ca.pem" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" \
        -keyout "$place/server.key" -out "$place/server.csr" 2>/dev/null
    openssl x509 -req -in "$place/server.csr" -CA "$place/ca.pem" -CAkey "$place/ca.key" -CAcreateserial -days 2 \
        -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") -out "$place/server.pem" 2>/dev/null
}

# ── podman ──

# Neither systemd nor a raised file limit can be relied on where this runs; all of podman's state is ours.
prepare_podman() {
    local place
    place=$(fresh state)
    cat >"$place/containers.conf" <<END
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "none"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
END
    cat >"$place/storage.conf" <<END
[storage]
driver = "vfs"
graphroot = "$place/graph"
runroot = "$place/run"
END
    export CONTAINERS_CONF=$place/containers.conf CONTAINERS_STORAGE_CONF=$place/storage.conf
}

# busybox_image NAME TOOL…: an image with a shell and these tools, from the busybox of this machine.
busybox_image() {
    local name=$1 root tool
    shift
    root=$(fresh busybox)
    mkdir "$root/bin"
    cp "$(command -v busybox)" "$root/bin/busybox"
    for tool in sh "$@"; do
        ln -s busybox "$root/bin/$tool"
    done
    tar -C "$root" -c . | podman import -q --change 'ENV PATH=/bin' - "$name"
}

# ── images, as others see them ──

# raw LOCATION: the manifest's bytes (docker://…, oci:…, oci-archive:…).
raw() {
    case $1 in
        docker://*) skopeo inspect --raw --tls-verify=false "$1" ;;
        *) skopeo inspect --raw "$1" ;;
    esac
}

# digest LOCATION: the manifest's digest.
digest() {
    echo "sha256:$(raw "$1" | sha256sum | cut -d' ' -f1)"
}

# status LOCATION: what `io.skillimage.status` says.
status() {
    raw "$1" | jq -r '.annotations["io.skillimage.status"]'
}

# layer LOCATION: the digest of the only layer.
layer() {
    raw "$1" | jq -er 'if (.layers | length) == 1 then .layers[0].digest else error("not one layer") end'
}

# tags HOST/PATH: the tags of a repository, sorted, in one line.
tags() {
    skopeo list-tags --tls-verify=false "docker://$1" | jq -r '.Tags | sort | join(" ")'
}

# ── directories ──
# A directory as a sorted list of lines: `mode path` for everything in it, `sum path` for each file.

sorted_tree() {
    sed 's|\./||' | sort
}

# exact_tree DIR: with the modes as they are, nothing left out.
exact_tree() {
    (
        cd "$1"
        find . -mindepth 1 -type d -printf '%m %p/\n' -o -printf '%m %p\n'
        find . -type f -exec sha256sum {} +
    ) | sorted_tree
}

# packed_tree DIR: what a skill's directory must look like when it comes out of an image again.
packed_tree() {
    (
        cd "$1"
        find . -mindepth 1 -name '.*' -prune -o -type d -printf '755 %p/\n' \
            -o -perm -u+x -printf '755 %p\n' -o -printf '644 %p\n'
        find . -mindepth 1 -name '.*' -prune -o -type f -exec sha256sum {} +
    ) | sorted_tree
}

# came_back SKILL DIR: DIR holds what the example SKILL packs to, contents and modes.
# A skill without a card gets one when it is packed.
came_back() {
    local source=$ROOT/examples/$1 added='^$'
    [ -e "$source/skill.yaml" ] || added=' skill\.yaml$'
    diff <(packed_tree "$source") <(exact_tree "$2" | grep -vE "$added") &&
        grep -q '^apiVersion: skillimage.io/v1alpha1' "$2/skill.yaml"
}
