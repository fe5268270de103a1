# shellcheck shell=bash
# The states of a version on Distribution, which cannot delete tags, as skopeo sees them.

topic_lifecycle() {
    start_registry states
    STORE=$(fresh store)
    export SKILLCTL_STORE=$STORE
    REPOSITORY=$REGISTRY_STATES/team/hello-world
    pack_examples "$STORE"
    sk push --quiet examples/hello-world:1.0.0-draft "$REPOSITORY:1.0.0-draft" >/dev/null
    DRAFT=$(digest "docker://$REPOSITORY:1.0.0-draft")
    check "a step cannot be left out" no_jump
    check "--dry-run changes nothing" dry_run
    check "draft → testing, and the tag that stays is named" to_testing
    check "testing → published sets the version and latest" to_published
    check "a repeat is refused or does nothing, and moves no tag" repeat_changes_nothing
    check "a published version cannot be overwritten" published_is_immutable
    check "a pre-release does not take latest" prerelease_is_not_latest
    check "a lower version does not take latest, a higher one does" latest_is_the_highest
    check "published → deprecated, latest falls back" to_deprecated
    check "deprecated → archived is shown where tags cannot be deleted" to_archived
    check "only the status bytes differ, and setting it back gives the first digest" only_status_changes
    check "the whole life in the local store leaves no tag" local_life
    unset SKILLCTL_STORE
}

no_jump() {
    refused 1 "testing" sk promote "$REPOSITORY:1.0.0-draft" --to published
    same tags 1.0.0-draft "$(tags "$REPOSITORY")"
}

dry_run() {
    sk promote "$REPOSITORY:1.0.0-draft" --to testing --dry-run
    same tags 1.0.0-draft "$(tags "$REPOSITORY")"
}

to_testing() {
    sk promote "$REPOSITORY:1.0.0-draft" --to testing 2>"$WORK/promote.log"
    cat "$WORK/promote.log"
    grep -q 1.0.0-draft "$WORK/promote.log"
    same status testing "$(status "docker://$REPOSITORY:1.0.0-testing")"
    same "tag that stayed" "$DRAFT" "$(digest "docker://$REPOSITORY:1.0.0-draft")"
}

to_published() {
    sk promote "$REPOSITORY:1.0.0-testing" --to published
    same status published "$(status "docker://$REPOSITORY:1.0.0")"
    same latest "$(digest "docker://$REPOSITORY:1.0.0")" "$(digest "docker://$REPOSITORY:latest")"
}

repeat_changes_nothing() {
    local before
    before=$(digest "docker://$REPOSITORY:1.0.0")
    sk promote "$REPOSITORY:1.0.0-testing" --to published || true
    refused 1 "published" sk promote "$REPOSITORY:1.0.0-draft" --to testing
    same version "$before" "$(digest "docker://$REPOSITORY:1.0.0")"
}

# changed_hello DIR: a store with other content under the same version, promoted to published there.
changed_hello() {
    cp -R "$ROOT/examples/hello-world" "$1/"
    echo "One more line." >>"$1/hello-world/SKILL.md"
    in_store "$1/store" pack "$1/hello-world"
    in_store "$1/store" tag examples/hello-world:1.0.0-draft examples/hello-world:kept
    in_store "$1/store" promote examples/hello-world:1.0.0-draft --to testing
    in_store "$1/store" promote examples/hello-world:1.0.0-testing --to published
}

published_is_immutable() {
    local place before
    place=$(fresh changed)
    before=$(digest "docker://$REPOSITORY:1.0.0")
    changed_hello "$place"
    refused 1 "already published" in_store "$place/store" push examples/hello-world:1.0.0 "$REPOSITORY:1.0.0"
    refused 1 "1\.0\.0" in_store "$place/store" push examples/hello-world:kept "$REPOSITORY:1.0.0"
    same version "$before" "$(digest "docker://$REPOSITORY:1.0.0")"
}

# publish VERSION: packs hello-world as that version and takes it through all states to published.
publish() {
    local place
    place=$(fresh "v$1")
    cp -R "$ROOT/examples/hello-world" "$place/"
    sed -i "s/^  version: .*/  version: $1/" "$place/hello-world/skill.yaml"
    in_store "$place/store" pack --created "$CREATED" "$place/hello-world"
    in_store "$place/store" push "examples/hello-world:$1-draft" "$REPOSITORY:$1-draft"
    sk promote "$REPOSITORY:$1-draft" --to testing
    sk promote "$REPOSITORY:$1-testing" --to published
}

prerelease_is_not_latest() {
    publish 1.1.0-rc.1
    same status published "$(status "docker://$REPOSITORY:1.1.0-rc.1")"
    same latest "$(digest "docker://$REPOSITORY:1.0.0")" "$(digest "docker://$REPOSITORY:latest")"
}

latest_is_the_highest() {
    publish 1.10.0
    publish 1.9.0
    same latest "$(digest "docker://$REPOSITORY:1.10.0")" "$(digest "docker://$REPOSITORY:latest")"
}

to_deprecated() {
    sk promote "$REPOSITORY:1.10.0" --to deprecated
    same status deprecated "$(status "docker://$REPOSITORY:1.10.0")"
    same latest "$(digest "docker://$REPOSITORY:1.9.0")" "$(digest "docker://$REPOSITORY:latest")"
}

to_archived() {
    sk promote "$REPOSITORY:1.10.0" --to archived 2>"$WORK/promote.log"
    cat "$WORK/promote.log"
    grep -q 1.10.0 "$WORK/promote.log"
    same status archived "$(status "docker://$REPOSITORY:1.10.0")"
}

only_status_changes() {
    local state tag before after
    before=$(raw "docker://$REPOSITORY:1.0.0-draft")
    for state in testing:1.0.0-testing published:1.0.0; do
        tag=${state#*:}
        after=$(raw "docker://$REPOSITORY:$tag")
        same "bytes of $tag" "$before" "${after/\"io.skillimage.status\":\"${state%%:*}\"/\"io.skillimage.status\":\"draft\"}"
    done
}

local_life() {
    local store state reference=examples/hello-world:1.0.0-draft
    store=$(fresh local-store)
    in_store "$store" pack --created "$CREATED" "$ROOT/examples/hello-world"
    for state in testing published deprecated archived; do
        in_store "$store" promote "$reference" --to "$state" --local
        case $state in
            testing) reference=examples/hello-world:1.0.0-testing ;;
            *) reference=examples/hello-world:1.0.0 ;;
        esac
        if [ "$state" != archived ]; then
            same "status in $state" "$state" "$(status "oci:$store:$reference")"
        fi
    done
    same "names left" 0 "$(jq '[.manifests[].annotations["org.opencontainers.image.ref.name"] // empty] | length' "$store/index.json")"
}
