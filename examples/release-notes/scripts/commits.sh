#!/bin/sh
# Lists the commits after FROM up to TO, grouped by the area before the colon of their subject.
set -eu

from=${1:?usage: commits.sh FROM TO}
to=${2:-HEAD}
git log --no-merges --reverse --format='%s' "$from..$to" |
    awk -F': ' '{ area = NF > 1 ? $1 : "other"; text = NF > 1 ? substr($0, length(area) + 3) : $0; print area "\t" text }' |
    sort -s -k1,1 |
    awk -F'\t' '$1 != last { print $1; last = $1 } { print "  - " $2 }'
