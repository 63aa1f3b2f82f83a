#!/usr/bin/env bash
# Makes a local stand-in for the official Rust image, for machines that can't pull images: a minimal
# Debian with a C compiler, and this machine's own Rust toolchain and CA bundle. Prints the image's name.
set -euo pipefail

sysroot=$(rustc --print sysroot)
image=ecs-rollback-action-rust:$(rustc --version | cut -d ' ' -f 2)

if docker image inspect "$image" > /dev/null 2>&1; then
  echo "$image"
  exit
fi

as_root() { if [[ $EUID -eq 0 ]]; then "$@"; else sudo -E "$@"; fi }

if ! command -v debootstrap > /dev/null; then
  { as_root apt-get update -q && as_root apt-get install -q -y --no-install-recommends debootstrap; } >&2
fi

root=$(mktemp -d)
trap 'as_root rm -rf "$root"' EXIT
as_root debootstrap --variant=minbase --include=gcc,libc6-dev bookworm "$root" >&2
as_root rm -rf "$root/var/cache/apt" "$root/var/lib/apt/lists" "$root/usr/share/doc" "$root/usr/share/locale"
as_root cp -a "$sysroot/bin" "$sysroot/lib" "$root/usr/local/"
as_root install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
as_root tar -C "$root" -c . |
  docker import --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin' - "$image" >&2
echo "$image"
