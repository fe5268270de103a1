# shellcheck shell=bash
# Many processes on one local store: nothing is lost, and who reads meanwhile always sees a whole store.

PROCESSES=50
TAGS=20

topic_parallel() {
    STORE=$(fresh store)
    export SKILLCTL_STORE=$STORE
    sk pack --quiet --created "$CREATED" "$ROOT/examples/hello-world" >/dev/null
    check "$PROCESSES processes with $TAGS tags each keep all tags, with readers beside them" many_taggers
    check "processes that pack the same skills at once leave one whole store" many_packers
    check "prune beside packing removes nothing that is named" prune_beside_pack
    unset SKILLCTL_STORE
}

# one_tagger NUMBER
one_tagger() {
    local i
    for i in $(seq "$TAGS"); do
        sk tag examples/hello-world:1.0.0-draft "examples/tagged-$1:t$i" >/dev/null
    done
}

# reader: until the file `done` is there, every look must succeed and see the first tag; prints the number of looks.
reader() {
    local looks=0
    until [ -e "$STORE.done" ]; do
        sk list --format json | jq -e 'any(.[]; .tag == "1.0.0-draft")' >/dev/null
        skopeo inspect --raw "oci:$STORE:examples/hello-world:1.0.0-draft" | jq -e .schemaVersion >/dev/null
        looks=$((looks + 1))
    done
    echo "$looks" >>"$STORE.looks"
}

# all PID…: waits for every one and fails if one failed.
all() {
    local pid
    for pid in "$@"; do wait "$pid"; done
}

many_taggers() {
    local i taggers=() readers=()
    rm -f "$STORE.done" "$STORE.looks"
    for i in 1 2; do reader & readers+=($!); done
    for i in $(seq "$PROCESSES"); do one_tagger "$i" & taggers+=($!); done
    all "${taggers[@]}"
    touch "$STORE.done"
    all "${readers[@]}"
    same "looks by two readers" 2 "$(wc -l <"$STORE.looks")"
    same tags $((PROCESSES * TAGS)) "$(jq '[.manifests[].annotations["org.opencontainers.image.ref.name"]
        | select(startswith("examples/tagged-"))] | unique | length' "$STORE/index.json")"
    note "readers looked $(awk '{ n += $1 } END { print n }' "$STORE.looks") times"
    same "rows of list" $((PROCESSES * TAGS + 1)) "$(sk list --format json | jq length)"
}

many_packers() {
    local store i packers=()
    store=$(fresh packers-store)
    for i in $(seq 10); do pack_examples "$store" & packers+=($!); done
    all "${packers[@]}"
    same names "${#EXAMPLES[@]}" "$(in_store "$store" list --format json | jq length)"
    whole_store "$store"
}

prune_beside_pack() {
    local store i packer
    store=$(fresh prune-store)
    for i in $(seq 10); do pack_examples "$store"; in_store "$store" rm -f examples/sunrise-table:1.0.0-draft; done &
    packer=$!
    while kill -0 "$packer" 2>/dev/null; do in_store "$store" prune >/dev/null; done
    wait "$packer"
    whole_store "$store"
    same names $((${#EXAMPLES[@]} - 1)) "$(in_store "$store" list --format json | jq length)"
}

# whole_store DIR: every name in the index leads to a manifest and blobs whose digests are right.
whole_store() {
    local store=$1 name copy
    copy=$(fresh whole)
    jq -r '.manifests[].annotations["org.opencontainers.image.ref.name"] // empty' "$store/index.json" |
        while read -r name; do
            skopeo copy -q "oci:$store:$name" "oci:$copy:x" </dev/null
        done
}
