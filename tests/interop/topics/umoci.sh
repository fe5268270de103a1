# shellcheck shell=bash
# umoci: what it unpacks is the skill's directory.

topic_umoci() {
    STORE=$(fresh store)
    pack_examples "$STORE"
    check "umoci lists our local store" umoci_lists
    check "umoci unpacks every example from our local store byte for byte, modes included" umoci_unpacks_all
    check "umoci unpacks what skopeo copied out of it" umoci_unpacks_a_copy
}

umoci_lists() {
    diff <(printf 'examples/%s-draft\n' "${EXAMPLES[@]}" | sort) <(umoci ls --layout "$STORE" | sort)
}

# unpack LAYOUT TAG DIR: without the runtime bundle around it.
unpack() {
    umoci raw unpack --image "$1:$2" "$3" >/dev/null
}

umoci_unpacks_all() {
    local each name target
    target=$(fresh unpacked)
    for each in "${EXAMPLES[@]}"; do
        name=${each%%:*}
        unpack "$STORE" "examples/$each-draft" "$target/$name"
        came_back "$name" "$target/$name"
    done
}

umoci_unpacks_a_copy() {
    local layout target
    layout=$(fresh layout)
    target=$(fresh copied)
    skopeo copy -q "oci:$STORE:examples/polite-phrases:1.1.0-draft" "oci:$layout:x"
    unpack "$layout" x "$target/polite-phrases"
    came_back polite-phrases "$target/polite-phrases"
}
