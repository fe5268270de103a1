# shellcheck shell=bash
# A full disk and a killed process: whatever the moment, the local store opens with all earlier tags, the
# directory that a pull writes is there as a whole or not at all, and the next try succeeds.

topic_crash() {
    start_registry crash
    BEFORE=$(fresh before)
    in_store "$BEFORE" pack --created "$CREATED" "$ROOT"/examples/{hello-world,incident-review,release-notes} >/dev/null
    pack_examples "$(fresh pushed)" --push "$REGISTRY_CRASH/examples" >/dev/null
    local fault
    for fault in "${FAULTS[@]}"; do
        check "pack: ${fault%%|*}" every_moment pack_it "${fault#*|}"
    done
    for fault in "${FAULTS[@]}"; do
        check "pull: ${fault%%|*}" every_moment pull_it "${fault#*|}"
    done
    check "promote --local: ${FAULTS[0]%%|*}" every_moment promote_it "${FAULTS[0]#*|}"
    check "rm: ${FAULTS[0]%%|*}" every_moment rm_it "${FAULTS[0]#*|}"
    check "a file system that is full keeps the store, and works again with room" full_file_system
}

# text|expression for strace, with the call's number for K
FAULTS=(
    "killed at the k-th rename, for every k|rename,renameat,renameat2:signal=KILL:when=K"
    "killed at the k-th sync, for every k|fsync,fdatasync,sync_file_range,syncfs:signal=KILL:when=K"
    "killed at the k-th write, for every k|write,pwrite64,writev:signal=KILL:when=K"
    "disk full from the k-th write on, for every k|write,pwrite64,writev,copy_file_range:error=ENOSPC:when=K+"
    "input/output error at the k-th sync, for every k|fsync,fdatasync,sync_file_range,syncfs:error=EIO:when=K"
    "rename fails at the k-th time, for every k|rename,renameat,renameat2:error=EIO:when=K"
)
MOST=400

# What is interrupted; each also runs without a fault, and must then succeed from whatever was left.
pack_it() {
    "$@" "$SKILLCTL" pack --created "$CREATED" "$ROOT/examples/commit-message"
}

pull_it() {
    "$@" "$SKILLCTL" pull "$REGISTRY_CRASH/examples/commit-message:1.2.0-draft" -o "$PLACE/out"
}

promote_it() {
    "$@" "$SKILLCTL" promote --local examples/incident-review:2.0.1-draft --to testing
}

rm_it() {
    "$@" "$SKILLCTL" rm -f examples/incident-review:2.0.1-draft
}

# every_moment VERB EXPRESSION: counts up until the fault no longer happens.
every_moment() {
    local verb=$1 expression=$2 k step=1
    case $expression in write*) step=3 ;; esac
    for ((k = 1; k <= MOST; k += step)); do
        PLACE=$(fresh moment)
        mkdir "$PLACE/out"
        cp -R "$BEFORE" "$PLACE/store"
        export SKILLCTL_STORE=$PLACE/store
        interrupt "$verb" "${expression/K/$k}" || true
        store_is_whole "$verb" "$k"
        pull_is_whole "$k"
        "$verb" env || verb_was_done "$verb"
        store_is_whole "$verb" "$k, then without a fault"
        grep -Eq 'INJECTED|killed by SIGKILL' "$PLACE/trace" || break
    done
    [ "$k" -gt 1 ] || fail "the fault never happened"
    [ "$k" -le "$MOST" ] || fail "the fault still happens at the ${MOST}th call"
    echo "$verb was interrupted at $k moments"
}

# interrupt VERB EXPRESSION
interrupt() {
    "$1" timeout -k 5 20 strace -f -qq -o "$PLACE/trace" -e "trace=${2%%:*}" -e "inject=$2" && return
    local got=$?
    [ "$got" -ne 124 ] || fail "it hangs with $2"
    return "$got"
}

# store_is_whole VERB MOMENT
store_is_whole() {
    local each name
    in_store "$PLACE/store" list --format json | jq -e type >/dev/null
    for each in hello-world:1.0.0 incident-review:2.0.1 release-notes:0.3.0-rc.1; do
        name=examples/$each-draft
        case $1:$each in promote_it:incident* | rm_it:incident*) continue ;; esac
        same "digest of $each at $2" "$(digest "oci:$BEFORE:$name")" "$(digest "oci:$PLACE/store:$name")"
    done
    if [ "$1" = promote_it ]; then
        jq -e 'any(.manifests[].annotations["org.opencontainers.image.ref.name"] // ""; startswith("examples/incident-review:2.0.1-"))' \
            "$PLACE/store/index.json" || fail "the promoted version is gone at $2"
    fi
    whole_names "$2"
}

# Every name of the index can be copied by a tool that checks all digests.
whole_names() {
    local name
    while read -r name; do
        skopeo copy -q "oci:$PLACE/store:$name" "oci:$PLACE/copy:x" </dev/null || fail "\`$name\` is broken at $1"
    done < <(jq -r '.manifests[].annotations["org.opencontainers.image.ref.name"] // empty' "$PLACE/store/index.json")
}

pull_is_whole() {
    [ ! -e "$PLACE/out/commit-message" ] || came_back commit-message "$PLACE/out/commit-message" ||
        fail "half a directory at $1"
}

# A verb that was interrupted after its last step finds its work done.
verb_was_done() {
    case $1 in
        pull_it) came_back commit-message "$PLACE/out/commit-message" ;;
        promote_it) same status testing "$(status "oci:$PLACE/store:examples/incident-review:2.0.1-testing")" ;;
        rm_it) ! jq -e '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == "examples/incident-review:2.0.1-draft")' \
            "$PLACE/store/index.json" ;;
        *) fail "$1 fails without a fault" ;;
    esac
}

full_file_system() {
    local disk size
    disk=$(fresh disk)
    for size in 48k 64k 128k 256k 384k 448k; do
        mount -t tmpfs -o "size=$size" interop "$disk"
        cp -R "$BEFORE" "$disk/store"
        PLACE=$disk
        if in_store "$disk/store" pack --created "$CREATED" "$ROOT/examples/sunrise-table" 2>"$WORK/full.log"; then
            umount "$disk"
            fail "the skill fits into $size"
        fi
        grep -qi "space" "$WORK/full.log" || fail "the message does not name the full disk: $(cat "$WORK/full.log")"
        same "digest with $size" "$(digest "oci:$BEFORE:examples/hello-world:1.0.0-draft")" "$(digest "oci:$disk/store:examples/hello-world:1.0.0-draft")"
        mount -o remount,size=8m "$disk"
        in_store "$disk/store" pack --created "$CREATED" "$ROOT/examples/sunrise-table"
        in_store "$disk/store" list --format json | jq -e 'length == 4'
        umount "$disk"
    done
}
