#!/usr/bin/env bash
# Tries the release's scripts on scratch git repositories: what they write, and what they refuse.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export GITHUB_REPOSITORY_OWNER=Org HOME=$scratch GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=release GIT_AUTHOR_EMAIL=release@example.com
export GIT_COMMITTER_NAME=release GIT_COMMITTER_EMAIL=release@example.com
one=sha256:$(printf '1%.0s' {1..64})
two=sha256:$(printf '2%.0s' {1..64})
checks=0

fail() { echo "FAILED: $1" >&2; exit 1; }
equal() { checks=$((checks + 1)); [[ $2 == "$3" ]] || fail "$1: expected '$3', got '$2'"; }
refused() { # what, the words to look for, the command
  local what=$1 words=$2 said
  shift 2
  checks=$((checks + 1))
  if said=$("$@" 2>&1); then fail "$what was not refused: $said"; fi
  [[ $said == *"$words"* ]] || fail "$what: expected '$words' in '$said'"
}

# A clone, as the workflow has it, of an origin where nothing is released yet.
cd "$scratch"
git init --quiet --bare --initial-branch=main origin.git
git clone --quiet origin.git clone 2> /dev/null
cd clone
git symbolic-ref HEAD refs/heads/main
git commit --quiet --allow-empty --message "Start"

change() { # version: what a maintainer commits and tags before a release
  git checkout --quiet main
  printf 'name: test\nruns:\n  using: docker\n  image: Dockerfile\n' > action.yml
  printf '[workspace.package]\nversion = "9.9.9"\n\n[package]\nname = "test"\nversion = "%s"\n\n[dependencies]\nserde = "1"\n' "$1" > Cargo.toml
  printf '# Changelog\n\n## [Unreleased]\n\n## [%s] - 2026-01-01\n\n- What %s brings.\n\n## [0.1.0]\n\n- First.\n\n[%s]: https://example.com\n' "$1" "$1" "$1" > CHANGELOG.md
  git add . && git commit --quiet --message "Prepare $1"
  git tag "v$1" && git push --quiet origin main "refs/tags/v$1"
  git checkout --quiet "v$1"
}
released() { git -C "$scratch/origin.git" show "$1:action.yml" | sed -n 's/^  image: //p'; }
commit_of() { git -C "$scratch/origin.git" rev-parse "$1^{commit}"; }

change 1.2.3
untouched=$(git -C ../origin.git rev-parse main)

refused "no digest" "not an image digest" "$here/pin-image.sh"
refused "a short digest" "not an image digest" "$here/pin-image.sh" sha256:abc
refused "an upper-case digest" "not an image digest" "$here/pin-image.sh" "sha256:$(printf 'A%.0s' {1..64})"
refused "a digest with more behind it" "not an image digest" "$here/pin-image.sh" "$one|x"
refused "no owner" "owner of the image" env -u GITHUB_REPOSITORY_OWNER "$here/pin-image.sh" "$one"
equal "a refusal leaves action.yml alone" "$(git status --porcelain)" ""

equal "the notes" "$("$here/notes.sh" v1.2.3 | sed '/^$/d')" "- What 1.2.3 brings."
refused "a tag of another version" "Cargo.toml says 1.2.3" "$here/notes.sh" v1.2.4
refused "notes of a pre-release" "not a release tag" "$here/notes.sh" v1.2.3-rc.1
refused "the major tag of a pre-release" "pre-release" "$here/move-major.sh" v1.2.3-rc.1
refused "the major tag of nothing" "there is no tag" "$here/move-major.sh" v1.9.9
refused "a branch name" "not a release" "$here/move-major.sh" main

"$here/tag-release.sh" v1.2.3 "$one" > /dev/null
equal "the digest is written" "$(released v1.2.3)" "docker://ghcr.io/org/ecs-rollback-action@$one"
equal "v1 is there" "$(commit_of v1)" "$(commit_of v1.2.3)"
equal "v1 is annotated" "$(git -C ../origin.git cat-file -t v1)" "tag"
equal "main still builds the Dockerfile" "$(released main)" "Dockerfile"
equal "main did not move" "$(git -C ../origin.git rev-parse main)" "$untouched"

first=$(commit_of v1.2.3)
"$here/tag-release.sh" v1.2.3 "$one" > /dev/null
equal "the same release again changes nothing" "$(commit_of v1.2.3)" "$first"
refused "another digest for the same release" "pinned to something else" "$here/tag-release.sh" v1.2.3 "$two"
equal "and changes nothing either" "$(released v1.2.3)" "docker://ghcr.io/org/ecs-rollback-action@$one"

change 1.10.0
"$here/tag-release.sh" v1.10.0 "$two" > /dev/null
equal "v1 moves forward, 10 after 2" "$(commit_of v1)" "$(commit_of v1.10.0)"
equal "v1 has the new image" "$(released v1)" "docker://ghcr.io/org/ecs-rollback-action@$two"

refused "v1 moved back" "newer than v1.2.3" "$here/move-major.sh" v1.2.3
change 1.2.4
"$here/tag-release.sh" v1.2.4 "$one" > /dev/null 2>&1
equal "a fix for an older line is released" "$(released v1.2.4)" "docker://ghcr.io/org/ecs-rollback-action@$one"
equal "v1 stays where it was" "$(commit_of v1)" "$(commit_of v1.10.0)"

change 2.0.0
"$here/tag-release.sh" v2.0.0 "$two" > /dev/null
equal "v2 is there" "$(commit_of v2)" "$(commit_of v2.0.0)"
equal "v1 is not touched by v2" "$(commit_of v1)" "$(commit_of v1.10.0)"

change 2.1.0
sed -i '/\[2.1.0\] - /,/brings/d' CHANGELOG.md
refused "a release without notes" "no entry for 2.1.0" "$here/tag-release.sh" v2.1.0 "$one"
git checkout --quiet -- . && git tag v3.0.0 && git tag v3 "$(git rev-list --max-parents=0 main)"
refused "a major tag on no release" "look at it first" "$here/move-major.sh" v3.0.0

# The binaries, from a Docker engine that is a script: its image holds a script that says its version.
mkdir "$scratch/bin" "$scratch/image"
cat > "$scratch/bin/docker" << 'DOCKER'
#!/usr/bin/env bash
case $1 in
  create) [[ $2 == ghcr.io/org/*@sha256:* ]] && echo container ;;
  cp) cp "$HOME/image/ecs-rollback-action" "$3" ;;
  rm) echo "$2" >> "$HOME/removed" ;;
esac
DOCKER
contain() { printf '#!/bin/sh\necho "ecs-rollback-action %s"\n' "$1" > "$scratch/image/ecs-rollback-action"; }
take() { env PATH="$scratch/bin:$PATH" "$here/take-binary.sh" v1.2.3 "$@"; }
chmod +x "$scratch/bin/docker"
image=ghcr.io/org/ecs-rollback-action@$one

contain 1.2.3
equal "the binary's name" "$(take "$image" amd64 binaries)" "binaries/ecs-rollback-action-linux-amd64"
equal "the container is removed" "$(cat "$scratch/removed")" "container"
refused "another platform" "not a platform" take "$image" riscv64 binaries
refused "an image that is not there" "" take ghcr.io/org/other:1 amd64 binaries
refused "one binary alone" "linux-arm64 is missing" "$here/checksums.sh" binaries
cp binaries/ecs-rollback-action-linux-{amd64,arm64}
refused "the same binary twice" "same binary" "$here/checksums.sh" binaries
contain 1.2.4
refused "a binary of another version" "the binary says 'ecs-rollback-action 1.2.4'" take "$image" arm64 binaries
"$here/checksums.sh" binaries > /dev/null
equal "the checksums are right" "$(cd binaries && sha256sum --check --quiet SHA256SUMS && wc -l < SHA256SUMS)" "2"

echo "release scripts: $checks checks passed"
