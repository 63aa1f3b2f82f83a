#!/usr/bin/env bash
# Checks that a tag is a release of this tree, and prints its section of the changelog.
#   notes.sh v1.2.3
set -euo pipefail

refuse() { echo "notes: $1" >&2; exit 1; }

tag=${1:-}
[[ $tag =~ ^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$ ]] || refuse "not a release tag: '$tag'"
version=${tag#v}

declared=$(sed -nE '/^\[package\]/,/^\[[^p]/ s/^version = "(.*)"$/\1/p' Cargo.toml)
[[ $declared == "$version" ]] || refuse "the tag says $version, Cargo.toml says $declared"

notes=$(awk -v heading="## [$version]" '
  /^## / || /^\[[^]]+\]: / { inside = (index($0, heading) == 1); next }
  inside' CHANGELOG.md)
[[ -n ${notes//[[:space:]]/} ]] || refuse "CHANGELOG.md has no entry for $version"
printf '%s\n' "$notes"
