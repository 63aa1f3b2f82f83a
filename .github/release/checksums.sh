#!/usr/bin/env bash
# Writes SHA256SUMS beside the binaries of a release, as `sha256sum -c` reads it.
#   checksums.sh FOLDER
set -euo pipefail

refuse() { echo "checksums: $1" >&2; exit 1; }

cd "${1:?a folder}"
binaries=(ecs-rollback-action-linux-amd64 ecs-rollback-action-linux-arm64)
for binary in "${binaries[@]}"; do
  [[ -s $binary ]] || refuse "$binary is missing or empty"
done
if cmp -s "${binaries[@]}"; then refuse "both platforms have the same binary"; fi
sha256sum "${binaries[@]}" | tee SHA256SUMS
