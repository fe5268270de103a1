#!/bin/sh
# The main job in a throw-away local store: quickstart.sh [SKILLCTL]. Needs no registry and no network.
set -eu

skillctl=$(cd "$(dirname "${1:-bin/skillctl}")" && pwd)/$(basename "${1:-bin/skillctl}")
examples=$(cd "$(dirname "$0")" && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
SKILLCTL_STORE=$place/store
export SKILLCTL_STORE
unset SOURCE_DATE_EPOCH
cd "$place"

say() {
    printf '\n%s\n' "$*"
}

# run ARGS…: shows the command as a person would type it, then runs it.
run() {
    printf '$ skillctl %s\n' "$(printf '%s' "$*" | sed "s|$examples|examples|g")"
    "$skillctl" "$@"
}

say "Check a skill, a directory with a SKILL.md:"
run validate "$examples/hello-world"

say "Pack it into an image in the local store. What is printed is its digest:"
run pack "$examples/hello-world"
run list
run inspect examples/hello-world:1.0.0-draft

say "Promote it. The content stays as it is, only its state and its tags change:"
run promote examples/hello-world:1.0.0-draft --to testing
run promote examples/hello-world:1.0.0-testing --to published
run list

say "Write it to where an agent finds it, whole or not at all:"
run pull examples/hello-world:1.0.0 -o skills
ls -l skills/hello-world
diff -r "$examples/hello-world" skills/hello-world

say "What came out is what went in. With a registry it is the same:"
cat <<'END'
  skillctl push quay.io/you/hello-world:1.0.0-draft
  skillctl promote quay.io/you/hello-world:1.0.0-draft --to testing
  skillctl pull quay.io/you/hello-world:1.0.0 -o ~/.claude/skills
END
