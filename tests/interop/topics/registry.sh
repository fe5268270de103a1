# shellcheck shell=bash
# Distribution and skopeo: what we push is what they show and copy.

topic_registry() {
    start_registry open
    STORE=$(fresh store)
    export SKILLCTL_STORE=$STORE
    pack_examples "$STORE"
    check "every example is pushed under its own tag, without a tag step" push_examples
    check "skopeo inspect --raw shows our annotations" annotations_are_visible
    check "skopeo inspect reads the image" skopeo_inspects
    check "the digest that pack prints is the registry's" digest_is_printed
    check "skopeo copies registry to registry with the same digest" skopeo_copies_to_registry
    check "skopeo copies registry to a layout with the same digest" skopeo_copies_to_layout
    check "every example comes back from the registry byte for byte, modes included" pull_examples
    check "a pull into an existing directory is refused and changes nothing" pull_refuses_existing
    check "--media-type redhat: same layer, skopeo keeps the digest" redhat_profile
    check "--platform: skopeo copy --all keeps the digest of the index" platform_index
    check "pack --push sends every skill to a prefix" pack_and_push
    check "tags lists what skopeo lists" tags_agree
    unset SKILLCTL_STORE
}

push_examples() {
    local each
    for each in "${EXAMPLES[@]}"; do
        sk push "$REGISTRY_OPEN/examples/$each-draft"
        same "digest of $each" "$(digest "oci:$STORE:examples/$each-draft")" "$(digest "docker://$REGISTRY_OPEN/examples/$each-draft")"
    done
}

annotations_are_visible() {
    raw "docker://$REGISTRY_OPEN/examples/polite-phrases:1.1.0-draft" | jq -e --arg created "$CREATED" '
        .mediaType == "application/vnd.oci.image.manifest.v1+json"
        and .config.mediaType == "application/vnd.oci.image.config.v1+json"
        and .layers[0].mediaType == "application/vnd.oci.image.layer.v1.tar+gzip"
        and (has("artifactType") or has("subject") | not)
        and .annotations["io.skillimage.status"] == "draft"
        and (.annotations["io.skillimage.tags"] | fromjson) == ["writing", "übersetzung"]
        and .annotations["org.opencontainers.image.title"] == "Polite phrases · Grüße · 挨拶"
        and .annotations["org.opencontainers.image.version"] == "1.1.0"
        and .annotations["org.opencontainers.image.vendor"] == "examples"
        and .annotations["org.opencontainers.image.licenses"] == "Apache-2.0"
        and .annotations["org.opencontainers.image.authors"] == "Zoë Müller-Đặng <zoe@example.org>"
        and .annotations["org.opencontainers.image.created"] == $created
        and (.annotations["io.skillimage.wordcount"] | tonumber) > 0'
}

skopeo_inspects() {
    local seen
    seen=$(skopeo inspect --tls-verify=false "docker://$REGISTRY_OPEN/examples/hello-world:1.0.0-draft")
    same "os and architecture" "linux amd64" "$(jq -r '"\(.Os) \(.Architecture)"' <<<"$seen")"
}

digest_is_printed() {
    local printed
    printed=$(sk pack --created "$CREATED" "$ROOT/examples/hello-world")
    same "digest" "$(digest "docker://$REGISTRY_OPEN/examples/hello-world:1.0.0-draft")" "$printed"
}

skopeo_copies_to_registry() {
    local each
    for each in "${EXAMPLES[@]}"; do
        skopeo copy -q --src-tls-verify=false --dest-tls-verify=false \
            "docker://$REGISTRY_OPEN/examples/$each-draft" "docker://$REGISTRY_OPEN/copied/$each"
        same "digest of $each" "$(digest "oci:$STORE:examples/$each-draft")" "$(digest "docker://$REGISTRY_OPEN/copied/$each")"
    done
}

skopeo_copies_to_layout() {
    local layout
    layout=$(fresh layout)
    skopeo copy -q --src-tls-verify=false "docker://$REGISTRY_OPEN/examples/sunrise-table:1.0.0-draft" "oci:$layout:x"
    same "digest" "$(digest "oci:$STORE:examples/sunrise-table:1.0.0-draft")" "$(digest "oci:$layout:x")"
}

pull_examples() {
    local each target
    target=$(fresh pulled)
    for each in "${EXAMPLES[@]}"; do
        sk pull "$REGISTRY_OPEN/examples/$each-draft" -o "$target"
        came_back "${each%%:*}" "$target/${each%%:*}"
    done
}

pull_refuses_existing() {
    local target
    target=$(fresh existing)
    mkdir "$target/hello-world"
    echo mine >"$target/hello-world/notes.txt"
    refused 1 "hello-world.*exist|exist.*hello-world" sk pull "$REGISTRY_OPEN/examples/hello-world:1.0.0-draft" -o "$target"
    same "content" mine "$(cat "$target/hello-world/notes.txt")"
    sk pull --force "$REGISTRY_OPEN/examples/hello-world:1.0.0-draft" -o "$target"
    came_back hello-world "$target/hello-world"
}

redhat_profile() {
    local store target
    store=$(fresh redhat-store)
    target=$(fresh redhat-pulled)
    pack_examples "$store" --media-type redhat
    in_store "$store" push examples/commit-message:1.2.0-draft "$REGISTRY_OPEN/redhat/commit-message:1"
    raw "docker://$REGISTRY_OPEN/redhat/commit-message:1" | jq -e '
        .config.mediaType == "application/vnd.redhat.agentskill.config.v1+json"
        and .layers[0].mediaType == "application/vnd.redhat.agentskill.layer.v1.tar+gzip"'
    same layer "$(layer "docker://$REGISTRY_OPEN/examples/commit-message:1.2.0-draft")" "$(layer "docker://$REGISTRY_OPEN/redhat/commit-message:1")"
    skopeo copy -q --src-tls-verify=false --dest-tls-verify=false \
        "docker://$REGISTRY_OPEN/redhat/commit-message:1" "docker://$REGISTRY_OPEN/redhat/copied:1"
    same digest "$(digest "docker://$REGISTRY_OPEN/redhat/commit-message:1")" "$(digest "docker://$REGISTRY_OPEN/redhat/copied:1")"
    sk pull "$REGISTRY_OPEN/redhat/copied:1" -o "$target"
    came_back commit-message "$target/commit-message"
}

platform_index() {
    local store target
    store=$(fresh index-store)
    target=$(fresh index-pulled)
    in_store "$store" pack --created "$CREATED" --platform linux/amd64,linux/arm64 "$ROOT/examples/commit-message"
    in_store "$store" push examples/commit-message:1.2.0-draft "$REGISTRY_OPEN/index/commit-message:1"
    raw "docker://$REGISTRY_OPEN/index/commit-message:1" | jq -e '
        .mediaType == "application/vnd.oci.image.index.v1+json"
        and ([.manifests[].platform | "\(.os)/\(.architecture)"] == ["linux/amd64", "linux/arm64"])
        and .annotations["io.skillimage.status"] == "draft"'
    skopeo copy -q --all --src-tls-verify=false --dest-tls-verify=false \
        "docker://$REGISTRY_OPEN/index/commit-message:1" "docker://$REGISTRY_OPEN/index/copied:1"
    same digest "$(digest "docker://$REGISTRY_OPEN/index/commit-message:1")" "$(digest "docker://$REGISTRY_OPEN/index/copied:1")"
    sk pull "$REGISTRY_OPEN/index/copied:1" -o "$target"
    came_back commit-message "$target/commit-message"
}

pack_and_push() {
    local each
    pack_examples "$(fresh push-store)" --push "$REGISTRY_OPEN/prefix"
    for each in "${EXAMPLES[@]}"; do
        same "digest of $each" "$(digest "docker://$REGISTRY_OPEN/examples/$each-draft")" "$(digest "docker://$REGISTRY_OPEN/prefix/$each-draft")"
    done
}

tags_agree() {
    sk tag examples/hello-world:1.0.0-draft examples/hello-world:second
    sk push examples/hello-world:second "$REGISTRY_OPEN/examples/hello-world:second"
    same tags "$(tags "$REGISTRY_OPEN/examples/hello-world")" "$(sk tags "$REGISTRY_OPEN/examples/hello-world" | sort | paste -sd' ')"
}
