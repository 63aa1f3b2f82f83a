#!/usr/bin/env bash
# Takes the static binary out of an image of this machine's platform, so that one build serves both.
#   take-binary.sh v1.2.3 ghcr.io/org/ecs-rollback-action@sha256:… amd64 FOLDER
set -euo pipefail

refuse() { echo "take-binary: $1" >&2; exit 1; }

tag=${1:?a release tag}
image=${2:?an image}
platform=${3:?amd64 or arm64}
folder=${4:?a folder}
[[ $platform == amd64 || $platform == arm64 ]] || refuse "not a platform of the releases: '$platform'"

mkdir -p "$folder"
binary=$folder/ecs-rollback-action-linux-$platform
container=$(docker create "$image")
trap 'docker rm "$container" > /dev/null' EXIT
docker cp "$container:/ecs-rollback-action" "$binary" > /dev/null

chmod +x "$binary"
said=$("$binary" -V) || refuse "$binary does not run here"
[[ $said == "ecs-rollback-action ${tag#v}" ]] || refuse "the tag says ${tag#v}, the binary says '$said'"
echo "$binary"
