# shellcheck shell=bash
# Image layouts on disk: our local store and `pack --output`, opened by skopeo, podman and umoci.

topic_layouts() {
    STORE=$(fresh store)
    export SKILLCTL_STORE=$STORE
    pack_examples "$STORE"
    check "skopeo inspects our local store by the whole reference" skopeo_opens_store
    check "skopeo copies every example out of our local store with the same digest" skopeo_copies_out
    check "skopeo writes into our local store, and we list, inspect and pull it" skopeo_writes_store
    check "pack --output oci:DIR is read by skopeo and umoci" output_layout
    check "pack --output oci-archive:FILE is read by skopeo and podman load" output_archive
    unset SKILLCTL_STORE
}

# skopeo takes everything behind the first colon of the path as the name, colons included.
skopeo_opens_store() {
    skopeo inspect "oci:$STORE:examples/hello-world:1.0.0-draft" | jq -e '.Os == "linux"'
    same status draft "$(status "oci:$STORE:examples/hello-world:1.0.0-draft")"
}

skopeo_copies_out() {
    local each layout
    layout=$(fresh copied)
    for each in "${EXAMPLES[@]}"; do
        skopeo copy -q "oci:$STORE:examples/$each-draft" "oci:$layout:$each"
        same "digest of $each" "$(digest "oci:$STORE:examples/$each-draft")" "$(digest "oci:$layout:$each")"
    done
}

skopeo_writes_store() {
    local target
    target=$(fresh written)
    skopeo copy -q "oci:$STORE:examples/polite-phrases:1.1.0-draft" "oci:$STORE:examples/written-by-skopeo:1"
    sk list --format json | jq -e 'any(.[]; .name == "examples/written-by-skopeo" and .tag == "1")'
    sk inspect examples/written-by-skopeo:1 >/dev/null
    sk pull examples/written-by-skopeo:1 -o "$target"
    came_back polite-phrases "$target/polite-phrases"
    sk tag examples/hello-world:1.0.0-draft examples/after-skopeo:1
    same "what skopeo wrote" "$(digest "oci:$STORE:examples/polite-phrases:1.1.0-draft")" "$(digest "oci:$STORE:examples/written-by-skopeo:1")"
}

output_layout() {
    local place name=examples/polite-phrases:1.1.0-draft
    place=$(fresh output)
    sk pack --created "$CREATED" --output "oci:$place/layout" "$ROOT/examples/polite-phrases"
    same digest "$(digest "oci:$STORE:$name")" "$(digest "oci:$place/layout:$name")"
    umoci raw unpack --image "$place/layout:$name" "$place/polite-phrases"
    came_back polite-phrases "$place/polite-phrases"
}

output_archive() {
    local place name=examples/polite-phrases:1.1.0-draft
    place=$(fresh archive)
    prepare_podman
    sk pack --created "$CREATED" --output "oci-archive:$place/a.tar" "$ROOT/examples/polite-phrases"
    same digest "$(digest "oci:$STORE:$name")" "$(digest "oci-archive:$place/a.tar:$name")"
    podman load -q -i "$place/a.tar"
    podman image exists "localhost/$name"
    sk pull "oci-archive:$place/a.tar:$name" -o "$place"
    came_back polite-phrases "$place/polite-phrases"
}
