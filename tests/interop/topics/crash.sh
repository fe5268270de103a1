# shellcheck shell=bash
# A full disk and a killed process: whatever the moment, the local store opens with all earlier tags, the
# directory that a pull writes is there as a whole or not at all, and the next try succeeds.

topic_crash() {
    start_registry crash
    BEFORE=$(fresh before)
    in_store "$BEFORE" pack --quiet --created "$CREATED" "$ROOT"/examples/{hello-world,incident-review,release-notes} >/dev/null
    pack_examples "$(fresh pushed)" --push "$REGISTRY_CRASH/examples" >/dev/null
    local each
    for each in "${FAULTS[@]}"; do
        check "pack: ${each%%|*}" every_moment pack_it "${each#*|}"
        check "pull: ${each%%|*}" every_moment pull_it "${each#*|}"
        check "promote --local: ${each%%|*}" every_moment promote_it "${each#*|}"
        check "rm: ${each%%|*}" every_moment rm_it "${each#*|}"
    done
    # Not for pull: strace would fail its sockets and wake-ups too. It meets a file system that is really full.
    for each in pack_it promote_it rm_it; do
        check "${each%_it}: no space from the k-th write on, for every k" every_moment "$each" "$NO_SPACE"
    done
    check "pack: a file system with k pages left, for every k" every_size pack_it
    check "pull: a file system with k pages left, for every k" every_size pull_it
}

# text|expression for strace, with the number of the call as @
FAULTS=(
    "killed at the k-th rename, for every k|rename,renameat,renameat2:signal=KILL:when=@"
    "killed at the k-th sync, for every k|fsync,fdatasync,sync_file_range,syncfs:signal=KILL:when=@"
    "killed at the k-th write, for every k|write,pwrite64,writev:signal=KILL:when=@"
    "input/output error at the k-th sync, for every k|fsync,fdatasync,sync_file_range,syncfs:error=EIO:when=@"
    "the k-th rename fails, for every k|rename,renameat,renameat2:error=EIO:when=@"
)
NO_SPACE="write,pwrite64,writev,copy_file_range:error=ENOSPC:when=@+"
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
    local verb=$1 expression=$2 k
    for ((k = 1; k <= MOST; k++)); do
        prepare_moment "$(fresh moment)"
        interrupt "$verb" "${expression/@/$k}" || true
        nothing_is_lost "$verb" "$k"
        if ! grep -Eq 'INJECTED|killed by SIGKILL' "$PLACE/trace"; then break; fi
    done
    [ "$k" -gt 1 ] || fail "the fault never happened"
    [ "$k" -le "$MOST" ] || fail "the fault still happens at the ${MOST}th call"
    note "k from 1 to $((k - 1))"
}

# prepare_moment DIR: a store with three images, and a place to pull to.
prepare_moment() {
    PLACE=$1
    mkdir "$PLACE/out"
    cp -R "$BEFORE" "$PLACE/store"
    export SKILLCTL_STORE=$PLACE/store
}

# nothing_is_lost VERB MOMENT: after the fault, and again after the same verb without one.
nothing_is_lost() {
    store_is_whole "$1" "$2"
    pull_is_whole "$2"
    "$1" env || verb_was_done "$1"
    store_is_whole "$1" "$2, then without a fault"
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

# every_size VERB: on a tmpfs with no page left, one page, two, … until the verb succeeds.
every_size() {
    local verb=$1 disk k used
    disk=$(fresh disk)
    for ((k = 0; k <= MOST; k++)); do
        mount -t tmpfs -o size=8m interop "$disk"
        prepare_moment "$disk"
        used=$(df -B4096 --output=used "$disk" | tail -n 1)
        mount -o "remount,size=$(((used + k) * 4096))" "$disk"
        if "$verb" env 2>"$WORK/full.log"; then break; fi
        grep -qi "no space" "$WORK/full.log" || fail "the message does not say that the disk is full: $(cat "$WORK/full.log")"
        mount -o remount,size=8m "$disk"
        nothing_is_lost "$verb" "$k pages"
        umount "$disk"
    done
    umount "$disk"
    [ "$k" -gt 1 ] || fail "there was always room"
    [ "$k" -le "$MOST" ] || fail "there is no room even with $MOST pages"
    note "k from 0 to $((k - 1))"
}
