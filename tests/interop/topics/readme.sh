# shellcheck shell=bash
# The commands of README.md's ten minutes, as they stand there, against Distribution and podman.

topic_readme() {
    start_registry readme
    prepare_podman
    check "every command of the ten minutes works" ten_minutes
    check "the quickstart works" "$ROOT/examples/quickstart.sh" "$SKILLCTL"
}

# The `sh` blocks between two headings, with our registry and our busybox for those that the text names.
commands_of_readme() {
    awk '/^## /{ within = ($0 == "## Ten minutes") } /^```/{ code = within && $0 == "```sh"; next } code' "$ROOT/README.md" |
        sed -e "s|localhost:5000|$REGISTRY_README|g" -e 's|docker.io/library/busybox|localhost/busybox:readme|'
}

ten_minutes() {
    local place number
    place=$(fresh place)
    mkdir "$place/bin" "$place/work" "$place/work/skills"
    ln -s "$SKILLCTL" "$place/bin/skillctl"
    cp -R "$ROOT/examples/hello-world" "$ROOT/examples/changelog-entry" "$place/work/skills/"
    busybox_image localhost/busybox:readme ls
    commands_of_readme >"$place/commands"
    number=$(grep -c . "$place/commands")
    [ "$number" -gt 10 ] || fail "only $number commands were found"
    (cd "$place/work" && PATH=$place/bin:$PATH bash -euxo pipefail "$place/commands")
    test -e "$HOME/.claude/skills/hello/SKILL.md"
    same latest "$(digest "docker://$REGISTRY_README/acme/hello:0.1.0")" "$(digest "docker://$REGISTRY_README/acme/hello:latest")"
    note "$number commands"
}
