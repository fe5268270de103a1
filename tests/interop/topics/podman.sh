# shellcheck shell=bash
# podman: pulls our images, mounts them into containers, and gives them back unchanged.

topic_podman() {
    start_registry podman
    start_registry elsewhere
    prepare_podman
    STORE=$(fresh store)
    export SKILLCTL_STORE=$STORE
    pack_examples "$STORE"
    check "a container with a shell can run at all" make_busybox
    check "podman pulls every example" podman_pulls
    check "podman run --mount type=image shows the files with their modes and contents" podman_mounts
    check "a script of a mounted skill runs by its executable bit" podman_runs_script
    check "a mounted skill is read-only" mount_is_read_only
    check "podman pull, podman push to the same registry keeps our digest" podman_keeps_digest
    check "podman push to another registry compresses anew and keeps all else" podman_pushes_elsewhere
    check "podman save compresses anew and keeps all else; we pull from the archive" podman_saves
    check "podman pulls an index made with --platform" podman_pulls_index
    check "skopeo copies into podman's storage with the same digest" skopeo_copies_to_storage
    check "podman refuses --media-type redhat by its config type, as documented" podman_refuses_redhat
    unset SKILLCTL_STORE
}

make_busybox() {
    busybox_image localhost/busybox:interop find stat sha256sum
    same "output" hello "$(podman run --rm localhost/busybox:interop /bin/sh -c 'echo hello')"
}

# with_skill REFERENCE SCRIPT: runs a shell script in a container that has the image at /skill.
with_skill() {
    podman run --rm --mount "type=image,source=$1,destination=/skill" localhost/busybox:interop /bin/sh -c "cd /skill && $2"
}

podman_pulls() {
    local each
    for each in "${EXAMPLES[@]}"; do
        sk push "$REGISTRY_PODMAN/examples/$each-draft"
        podman pull -q --tls-verify=false "$REGISTRY_PODMAN/examples/$each-draft"
    done
}

podman_mounts() {
    local each name target
    target=$(fresh expected)
    for each in "${EXAMPLES[@]}"; do
        name=${each%%:*}
        sk pull "$REGISTRY_PODMAN/examples/$each-draft" -o "$target"
        diff <(exact_tree "$target/$name") <(with_skill "$REGISTRY_PODMAN/examples/$each-draft" '
            find . -mindepth 1 -type d -exec stat -c "%a %n/" {} +
            find . -type f -exec stat -c "%a %n" {} +
            find . -type f -exec sha256sum {} +' | sorted_tree)
    done
}

podman_runs_script() {
    with_skill "$REGISTRY_PODMAN/examples/commit-message:1.2.0-draft" './scripts/check-message.sh assets/template.txt'
}

mount_is_read_only() {
    refused 1 "read-only" with_skill "$REGISTRY_PODMAN/examples/hello-world:1.0.0-draft" 'echo x >new'
}

podman_keeps_digest() {
    local each
    for each in "${EXAMPLES[@]}"; do
        podman push -q --tls-verify=false "$REGISTRY_PODMAN/examples/$each-draft" "$REGISTRY_PODMAN/returned/$each"
        same "digest of $each" "$(digest "oci:$STORE:examples/$each-draft")" "$(digest "docker://$REGISTRY_PODMAN/returned/$each")"
    done
}

# but_for_compression LOCATION LOCATION: the same annotations and the same config, which names the digest of the
# layer before compression. podman keeps layers unpacked, and packs them with its own gzip where the blob is not known.
but_for_compression() {
    diff <(raw "$1" | jq -S '{config, annotations}') <(raw "$2" | jq -S '{config, annotations}')
}

podman_pushes_elsewhere() {
    local target
    target=$(fresh elsewhere)
    podman push -q --tls-verify=false "$REGISTRY_PODMAN/examples/polite-phrases:1.1.0-draft" "$REGISTRY_ELSEWHERE/x/polite-phrases:1"
    but_for_compression "oci:$STORE:examples/polite-phrases:1.1.0-draft" "docker://$REGISTRY_ELSEWHERE/x/polite-phrases:1"
    sk pull "$REGISTRY_ELSEWHERE/x/polite-phrases:1" -o "$target"
    came_back polite-phrases "$target/polite-phrases"
}

podman_saves() {
    local place
    place=$(fresh saved)
    podman save -q --format oci-archive -o "$place/a.tar" "$REGISTRY_PODMAN/examples/polite-phrases:1.1.0-draft"
    but_for_compression "oci:$STORE:examples/polite-phrases:1.1.0-draft" "oci-archive:$place/a.tar"
    sk pull "oci-archive:$place/a.tar" -o "$place"
    came_back polite-phrases "$place/polite-phrases"
}

podman_pulls_index() {
    local store reference=$REGISTRY_PODMAN/index/commit-message:1
    store=$(fresh index-store)
    in_store "$store" pack --created "$CREATED" --platform linux/amd64,linux/arm64 "$ROOT/examples/commit-message"
    in_store "$store" push examples/commit-message:1.2.0-draft "$reference"
    podman pull -q --tls-verify=false "$reference"
    with_skill "$reference" './scripts/check-message.sh assets/template.txt'
}

skopeo_copies_to_storage() {
    skopeo copy -q --src-tls-verify=false "docker://$REGISTRY_PODMAN/examples/hello-world:1.0.0-draft" \
        containers-storage:localhost/copied:1
    same digest "$(digest "oci:$STORE:examples/hello-world:1.0.0-draft")" "$(digest containers-storage:localhost/copied:1)"
}

podman_refuses_redhat() {
    local store
    store=$(fresh redhat-store)
    in_store "$store" pack --created "$CREATED" --media-type redhat "$ROOT/examples/hello-world"
    in_store "$store" push examples/hello-world:1.0.0-draft "$REGISTRY_PODMAN/redhat/hello-world:1"
    refused 125 "agentskill.config" podman pull -q --tls-verify=false "$REGISTRY_PODMAN/redhat/hello-world:1"
}
