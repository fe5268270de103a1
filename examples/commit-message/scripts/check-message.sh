#!/bin/sh
# Checks a commit message: prints one line per broken rule, exits 1 if there is one.
set -eu

file=${1:?usage: check-message.sh FILE}
subject=$(head -n 1 "$file")
broken=0

complain() {
    echo "$file: $1" >&2
    broken=1
}

[ "${#subject}" -le 72 ] || complain "the subject has ${#subject} characters, at most 72 are allowed"
case $subject in
    [a-z]*': '[a-z]*) ;;
    *) complain "the subject must have the form 'area: do the thing'" ;;
esac
case $subject in
    *.) complain "the subject must not end with a full stop" ;;
esac
[ -z "$(sed -n 2p "$file")" ] || complain "the second line must be empty"
long=$(awk 'NR > 2 && length($0) > 72 { print NR; exit }' "$file")
[ -z "$long" ] || complain "line $long is longer than 72 characters"

exit "$broken"
