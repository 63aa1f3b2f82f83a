#!/usr/bin/env bash
# Runs the real binary against moto, an AWS that others wrote, and looks at what it did there with boto3.
# Needs Python 3 and PyPI. Not part of .ci/run: what moto answers is moto's business.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if ! python3 -c 'import venv' 2> /dev/null; then
  echo "!!! SKIPPED: no Python 3 with venv here, so nothing was run against moto !!!"
  exit
fi

target=${CARGO_TARGET_DIR:-target}
python=$target/moto/python
[[ -x $python/bin/pip ]] || python3 -m venv "$python"
"$python/bin/pip" install --quiet --disable-pip-version-check --requirement tests/moto/requirements.txt

cargo build --quiet --package ecs-rollback-action --bin ecs-rollback-action
"$python/bin/python" tests/moto/check.py "$target/debug/ecs-rollback-action"
