# shellcheck shell=bash
# The same skill packed elsewhere, later and by someone else is the same image.

topic_determinism() {
    STORE=$(fresh store)
    pack_examples "$STORE"
    check "the same tree twice gives the same digests" twice
    check "another path" another_path
    check "another umask" another_umask
    check "another user, who owns the files" another_user
    check "another time zone and locale" another_zone
    check "other modification times" other_times
    check "another day on the clock: same layer without --created" another_day
    check "one more and one less hidden file" hidden_files
    check "SOURCE_DATE_EPOCH stands in for --created" source_date_epoch
    check "a changed executable bit changes the layer" executable_bit_counts
}

SUBJECT=polite-phrases:1.1.0-draft

# packs_the_same DIR COMMAND…: the command packs DIR/commit-message and DIR/polite-phrases into DIR/store;
# all of it must equal the first packing.
packs_the_same() {
    local place=$1 each
    shift
    "$@"
    for each in commit-message:1.2.0-draft "$SUBJECT"; do
        same "manifest of $each" "$(digest "oci:$STORE:examples/$each")" "$(digest "oci:$place/store:examples/$each")"
    done
}

# copy_skills DIR
copy_skills() {
    cp -R "$ROOT/examples/commit-message" "$ROOT/examples/polite-phrases" "$1/"
}

# pack_both DIR [OPTION…]
pack_both() {
    local place=$1
    shift
    in_store "$place/store" pack "$@" "$place/commit-message" "$place/polite-phrases"
}

twice() {
    local place
    place=$(fresh twice)
    pack_examples "$place/store"
    diff <(cd "$STORE/blobs" && find . -type f | sort) <(cd "$place/store/blobs" && find . -type f | sort)
}

another_path() {
    local place
    place=$(fresh "another path/with – spaces")
    copy_skills "$place"
    packs_the_same "$place" pack_both "$place" --created "$CREATED"
}

another_umask() {
    local place
    place=$(fresh umask)
    umask 077
    copy_skills "$place"
    same "mode of a copied file" 600 "$(stat -c %a "$place/polite-phrases/SKILL.md")"
    packs_the_same "$place" pack_both "$place" --created "$CREATED"
}

another_user() {
    local place
    place=$(fresh user)
    copy_skills "$place"
    cp "$SKILLCTL" "$place/skillctl"
    chown -R nobody "$place"
    chmod 755 "$WORK" "$WORK/$TOPIC"
    packs_the_same "$place" env SKILLCTL_STORE="$place/store" setpriv --reuid nobody --regid nogroup --clear-groups \
        "$place/skillctl" pack --created "$CREATED" "$place/commit-message" "$place/polite-phrases"
}

another_zone() {
    local place
    place=$(fresh zone)
    copy_skills "$place"
    TZ=Asia/Kathmandu LC_ALL=C LANG=C packs_the_same "$place" pack_both "$place" --created "$CREATED"
}

other_times() {
    local place
    place=$(fresh times)
    copy_skills "$place"
    find "$place" -exec touch -h -d '1999-12-31 23:59:59.123456789' {} +
    packs_the_same "$place" pack_both "$place" --created "$CREATED"
}

another_day() {
    local place
    place=$(fresh day)
    copy_skills "$place"
    SKILLCTL_STORE=$place/store faketime '2031-05-06 07:08:09' "$SKILLCTL" pack "$place/commit-message" "$place/polite-phrases"
    same layer "$(layer "oci:$STORE:examples/$SUBJECT")" "$(layer "oci:$place/store:examples/$SUBJECT")"
    raw "oci:$place/store:examples/$SUBJECT" | jq -e '.annotations["org.opencontainers.image.created"] == "2031-05-06T07:08:09Z"'
}

hidden_files() {
    local place
    place=$(fresh hidden)
    copy_skills "$place"
    rm "$place/commit-message/.skillignore"
    echo x >"$place/polite-phrases/.DS_Store"
    packs_the_same "$place" pack_both "$place" --created "$CREATED"
}

source_date_epoch() {
    local place
    place=$(fresh epoch)
    copy_skills "$place"
    SOURCE_DATE_EPOCH=$(date -d "$CREATED" +%s) packs_the_same "$place" pack_both "$place"
}

executable_bit_counts() {
    local place
    place=$(fresh bit)
    copy_skills "$place"
    chmod a-x "$place/commit-message/scripts/check-message.sh"
    pack_both "$place" --created "$CREATED"
    if [ "$(layer "oci:$STORE:examples/commit-message:1.2.0-draft")" = "$(layer "oci:$place/store:examples/commit-message:1.2.0-draft")" ]; then
        fail "the layer is the same"
    fi
}
