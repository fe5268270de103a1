# shellcheck shell=bash
# The reverse: images and layouts in our format that skopeo, umoci and podman wrote, read by us.

topic_foreign() {
    start_registry foreign
    STORE=$(fresh store)
    export SKILLCTL_STORE=$STORE
    pack_examples "$STORE"
    prepare_podman
    check "a layout that skopeo wrote is inspected, pulled and promoted" skopeo_layout
    check "an archive that skopeo wrote is inspected and pulled" skopeo_archive
    check "an image that skopeo wrote to a registry is inspected, pulled and promoted" skopeo_registry
    check "an image that umoci built in our format is inspected, pulled and promoted" umoci_image
    check "promotion keeps unknown fields and key order of another tool's manifest" foreign_manifest
    check "an image that podman built in our format is inspected and pulled" podman_image
    unset SKILLCTL_STORE
}

skopeo_layout() {
    local place
    place=$(fresh skopeo-layout)
    skopeo copy -q "oci:$STORE:examples/commit-message:1.2.0-draft" "oci:$place/layout:1.2.0-draft"
    sk inspect "oci:$place/layout:1.2.0-draft" | grep commit-message
    sk pull "oci:$place/layout:1.2.0-draft" -o "$place"
    came_back commit-message "$place/commit-message"
    sk promote "oci:$place/layout:1.2.0-draft" --to testing
    same status testing "$(status "oci:$place/layout:1.2.0-testing")"
    same layer "$(layer "oci:$STORE:examples/commit-message:1.2.0-draft")" "$(layer "oci:$place/layout:1.2.0-testing")"
}

skopeo_archive() {
    local place
    place=$(fresh skopeo-archive)
    skopeo copy -q "oci:$STORE:examples/commit-message:1.2.0-draft" "oci-archive:$place/a.tar:x"
    sk inspect "oci-archive:$place/a.tar:x" | grep commit-message
    sk pull "oci-archive:$place/a.tar" -o "$place"
    came_back commit-message "$place/commit-message"
}

skopeo_registry() {
    local place repository=$REGISTRY_FOREIGN/skopeo/commit-message
    place=$(fresh skopeo-registry)
    skopeo copy -q --dest-tls-verify=false "oci:$STORE:examples/commit-message:1.2.0-draft" "docker://$repository:1.2.0-draft"
    sk inspect "$repository:1.2.0-draft" | grep commit-message
    sk pull "$repository:1.2.0-draft" -o "$place"
    came_back commit-message "$place/commit-message"
    sk promote "$repository:1.2.0-draft" --to testing
    same status testing "$(status "docker://$repository:1.2.0-testing")"
}

# umoci_build LAYOUT SKILL: an image whose manifest, config and layer umoci wrote, annotated like ours.
umoci_build() {
    local layout=$1 skill=$2 bundle
    bundle=$(fresh umoci-bundle)
    umoci init --layout "$layout"
    umoci new --image "$layout:1.0.0-draft"
    umoci unpack --image "$layout:1.0.0-draft" "$bundle"
    cp -R "$ROOT/examples/$skill/." "$bundle/rootfs/"
    umoci repack --image "$layout:1.0.0-draft" "$bundle"
    umoci config --image "$layout:1.0.0-draft" \
        --manifest.annotation io.skillimage.status=draft \
        --manifest.annotation org.opencontainers.image.version=1.0.0 \
        --manifest.annotation org.opencontainers.image.title=Hello \
        --manifest.annotation org.opencontainers.image.vendor=examples
}

umoci_image() {
    local place repository=$REGISTRY_FOREIGN/umoci/hello-world
    place=$(fresh umoci)
    umoci_build "$place/layout" hello-world
    sk inspect "oci:$place/layout:1.0.0-draft" | grep hello-world
    sk pull "oci:$place/layout:1.0.0-draft" -o "$place"
    came_back hello-world "$place/hello-world"
    skopeo copy -q --dest-tls-verify=false "oci:$place/layout:1.0.0-draft" "docker://$repository:1.0.0-draft"
    sk promote "$repository:1.0.0-draft" --to testing
    same status testing "$(status "docker://$repository:1.0.0-testing")"
    sk pull "$repository:1.0.0-testing" -o "$(fresh umoci-pulled)"
}

# A manifest with white space, another key order and a field that nobody knows.
foreign_manifest() {
    local place repository=$REGISTRY_FOREIGN/odd/hello-world manifest
    place=$(fresh odd)
    skopeo copy -q --dest-tls-verify=false "oci:$STORE:examples/hello-world:1.0.0-draft" "docker://$repository:1.0.0-draft"
    raw "oci:$STORE:examples/hello-world:1.0.0-draft" |
        jq '{annotations, "x-unknown": {"b": 1, "a": 1.50}, layers, config, mediaType, schemaVersion}' >"$place/draft.json"
    manifest=application/vnd.oci.image.manifest.v1+json
    curl -fsS -X PUT -H "Content-Type: $manifest" --data-binary "@$place/draft.json" \
        "http://$REGISTRY_FOREIGN/v2/odd/hello-world/manifests/1.0.0-draft"
    sk promote "$repository:1.0.0-draft" --to testing
    raw "docker://$repository:1.0.0-testing" >"$place/testing.json"
    sed 's/"io.skillimage.status": "draft"/"io.skillimage.status": "testing"/' "$place/draft.json" | cmp - "$place/testing.json"
}

podman_image() {
    local place
    place=$(fresh podman-build)
    printf 'FROM scratch\nCOPY . /\n' >"$place/Containerfile"
    podman build -q --format oci -f "$place/Containerfile" --annotation io.skillimage.status=draft \
        --annotation org.opencontainers.image.version=1.0.0 --annotation org.opencontainers.image.vendor=examples \
        -t localhost/hello-world:1.0.0-draft "$ROOT/examples/hello-world"
    skopeo copy -q containers-storage:localhost/hello-world:1.0.0-draft "oci:$place/layout:1.0.0-draft"
    sk inspect "oci:$place/layout:1.0.0-draft" | grep hello-world
    sk pull "oci:$place/layout:1.0.0-draft" -o "$place"
    came_back hello-world "$place/hello-world"
}
