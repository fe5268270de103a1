#!/usr/bin/env bash
# Takes every skill below a directory through the main job: validate, pack, push, pull, compare.
# run.sh DIR NAMESPACE [HOST:PORT]; without a registry a Distribution is started on loopback for the run.
# Prints a row per skill and totals. Fails when a skill that is valid does not come back as it was.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CORPUS=$(realpath "${1:?usage: run.sh DIR NAMESPACE [HOST:PORT]}")
NAMESPACE=${2:?usage: run.sh DIR NAMESPACE [HOST:PORT]}
REGISTRY=${3:-}
SKILLCTL=$(realpath "${SKILLCTL:?SKILLCTL names the binary}")

# shellcheck source=tests/interop/lib.sh
source "$HERE/../interop/lib.sh"

# need PROGRAM…: installs what is missing when that is possible, else says what it is.
need() {
    local program missing=()
    for program in "$@"; do
        command -v "$program" >/dev/null || missing+=("$program")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "corpus: not installed: ${missing[*]}" >&2
        exit 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# row NAME VALID RESULT FILES BYTES LAYER MILLISECONDS
row() {
    printf '%-44s %-8s %-10s %6s %10s %10s %6s\n' "$@"
}

# sizes DIR: the number of regular files and their bytes.
sizes() {
    find -L "$1" -type f -printf '%s\n' | awk '{ n++; sum += $1 } END { print n + 0, sum + 0 }'
}

# is_valid DIR: says whether the skill is valid; `warnings` when it is with warnings.
is_valid() {
    "$SKILLCTL" validate --format json "$1" 2>/dev/null |
        jq -r '.[0] | if .valid | not then "no" elif (.warnings | length) > 0 then "warnings" else "yes" end'
}

# takes_the_way DIR: pack, push, pull; the name of the first step that fails, else what compare says.
takes_the_way() {
    local dir=$1 digest name
    out=$WORK/out
    rm -rf "$out"
    digest=$("$SKILLCTL" pack --quiet --created 2026-01-02T03:04:05Z --namespace "$NAMESPACE" "$dir" 2>"$WORK/error") || { echo pack; return; }
    name=$(jq -r --arg digest "$digest" '[.manifests[] | select(.digest == $digest)][-1]
        | .annotations["org.opencontainers.image.ref.name"]' "$SKILLCTL_STORE/index.json")
    layer=$(jq '.layers[0].size' "$SKILLCTL_STORE/blobs/${digest/://}")
    remote=$REGISTRY/corpus/$name
    "$SKILLCTL" push --quiet "$name" "$remote" >/dev/null 2>"$WORK/error" || { echo push; return; }
    SKILLCTL_STORE=$WORK/other "$SKILLCTL" pull --quiet "$remote" -o "$out" >/dev/null 2>"$WORK/error" || { echo pull; return; }
    compare "$dir" "$out"/*/ >"$WORK/error" 2>&1 || { echo differs; return; }
    echo same
}

# compare SOURCE PULLED: the same files, contents and executable bits. Links count as what they point to;
# hidden files, what .skillignore names and a derived card may differ, as documented.
compare() {
    if [ -e "$1/.skillignore" ]; then
        [ -z "$(comm -13 <(listed "$1" | sort) <(listed "$2" | sort))" ]
    elif [ -e "$1/skill.yaml" ]; then
        diff <(listed "$1" | sort) <(listed "$2" | sort)
    else
        diff <(listed "$1" | sort) <(listed "$2" | grep -v ' skill\.yaml$' | sort)
    fi
}

listed() {
    (
        cd "$1"
        find -L . -mindepth 1 -name '.*' -prune -o -type f -perm -u+x -printf 'x %p\n' -o -type f -printf '- %p\n'
        find -L . -mindepth 1 -name '.*' -prune -o -type f -exec sha256sum {} +
    ) | sed 's|\./||'
}

one_skill() {
    local dir=$1 valid result files bytes layer=0 started
    started=$(date +%s%N)
    valid=$(is_valid "$dir")
    read -r files bytes < <(sizes "$dir")
    if [ "$valid" = no ]; then
        result=-
        invalid=$((invalid + 1))
    else
        takes_the_way "$dir" >"$WORK/result"
        result=$(cat "$WORK/result")
    fi
    row "${dir#"$CORPUS"/}" "$valid" "$result" "$files" "$bytes" "$layer" $((($(date +%s%N) - started) / 1000000))
    count "$dir"
}

# count DIR: adds the row to the totals and shows why a step failed.
count() {
    skills=$((skills + 1))
    all_files=$((all_files + files))
    all_bytes=$((all_bytes + bytes))
    all_layers=$((all_layers + layer))
    case $result in
        same) same=$((same + 1)) ;;
        -) "$SKILLCTL" validate "$1" 2>&1 | sed 's/^/    | /' || true ;;
        *) broken=$((broken + 1)) && sed 's/^/    | /' "$WORK/error" ;;
    esac
}

need jq
[ -n "$REGISTRY" ] || need docker-registry
start_run
# shellcheck disable=SC2034 # the library names its directories and lines by it
TOPIC=corpus
export SKILLCTL_STORE=$WORK/store
if [ -z "$REGISTRY" ]; then
    start_registry corpus
    REGISTRY=$REGISTRY_CORPUS
fi

skills=0 same=0 invalid=0 broken=0 all_files=0 all_bytes=0 all_layers=0
row skill valid result files bytes layer ms
while read -r -d '' file; do
    one_skill "$(dirname "$file")"
done < <(find "$CORPUS" -name SKILL.md -print0 | sort -z)
echo "$skills skills, $all_files files, $all_bytes bytes, $all_layers bytes as layers: $same came back the same, $invalid not valid, $broken broken"
[ "$broken" -eq 0 ] && [ "$skills" -gt 0 ]
