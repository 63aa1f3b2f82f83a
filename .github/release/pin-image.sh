#!/usr/bin/env bash
# Points action.yml at a published image, so that nobody compiles Rust in an incident.
#   GITHUB_REPOSITORY_OWNER=org pin-image.sh sha256:…
set -euo pipefail

refuse() { echo "pin-image: $1" >&2; exit 1; }

digest=${1:-}
[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || refuse "not an image digest: '$digest'"
owner=${GITHUB_REPOSITORY_OWNER:?the owner of the image}
image=docker://ghcr.io/${owner,,}/ecs-rollback-action@$digest

lines=$(grep -cE '^  image: ' action.yml) || refuse "action.yml has no line '  image: …'"
[[ $lines -eq 1 ]] || refuse "action.yml has $lines lines '  image: …'; one was expected"
current=$(sed -nE "s/^  image: ['\"]?([^'\"]*)['\"]?[[:space:]]*$/\1/p" action.yml)

case $current in
  "$image") echo "already $image" ;;
  Dockerfile)
    sed -i -E "s|^  image: .*|  image: $image|" action.yml
    echo "$image"
    ;;
  *) refuse "action.yml is pinned to something else: $current" ;;
esac
