#!/usr/bin/env bash
# Moves the major tag (v1) to a release (v1.2.3) that is tagged already. Only ever forward.
#   move-major.sh v1.2.3
# Exit 3: the major tag is on a newer release and stays there.
set -euo pipefail

refuse() { echo "move-major: $1" >&2; exit 1; }

tag=${1:-}
[[ $tag =~ ^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$ ]] ||
  refuse "not a release, or a pre-release: '$tag'"
major=v${BASH_REMATCH[1]}
git rev-parse -q --verify "refs/tags/$tag" > /dev/null || refuse "there is no tag $tag"

if git rev-parse -q --verify "refs/tags/$major" > /dev/null; then
  current=$(git tag --points-at "refs/tags/$major^{commit}" --sort=version:refname |
    grep -E "^$major\.[0-9]+\.[0-9]+$" | tail -n 1) || refuse "$major is on no release; look at it first"
  newest=$(printf '%s\n' "$current" "$tag" | sort -V | tail -n 1)
  if [[ $newest != "$tag" ]]; then
    echo "move-major: $major is on $current, which is newer than $tag" >&2
    exit 3
  fi
  if [[ $current == "$tag" ]]; then
    echo "$major is on $tag already"
    exit
  fi
fi

git tag --force --annotate --message "$tag" "$major" "refs/tags/$tag^{commit}" > /dev/null
echo "$major → $tag"
