#!/usr/bin/env bash
# The release itself, on a checkout of the tag: a commit with the image pinned, the tag moved onto it, the
# major tag moved along, both pushed together. Run again with the same digest, it changes nothing.
#   GITHUB_REPOSITORY_OWNER=org tag-release.sh v1.2.3 sha256:…
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tag=${1:?a release tag}
digest=${2:?an image digest}

"$here/notes.sh" "$tag" > /dev/null
"$here/pin-image.sh" "$digest"
if ! git diff --quiet -- action.yml; then
  git add action.yml
  git commit --quiet --message "Release $tag" --message "Image: $digest"
  git tag --force --annotate --message "$tag" "$tag" HEAD > /dev/null
fi

moved=0
"$here/move-major.sh" "$tag" || moved=$?
case $moved in
  0) git push --quiet --force --atomic origin "refs/tags/$tag" "refs/tags/${tag%%.*}" ;;
  3) git push --quiet --force origin "refs/tags/$tag" ;; # a fix for an older line: the newer one keeps the major tag
  *) exit "$moved" ;;
esac
