#!/usr/bin/env bash
# Builds the image and runs it the way GitHub's runner does, against the simulator on loopback: a rollback,
# a typo, several services, a file input, a cancelled run, the other modes, runs by hand, --help. Needs a Docker engine, root or sudo, and a few minutes.
#   RUST_IMAGE=…   base of the build stage; if empty the official image, or a local stand-in where that can't be pulled
#   IMAGE=…        an image that is built already: only run it
#   BUILD_ONLY=1   build it and run nothing
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if ! docker version > /dev/null 2>&1; then
  echo "!!! SKIPPED: no Docker engine answers, so the image was neither built nor run !!!"
  exit
fi

here=$PWD/tests/image
scratch=$(mktemp -d)
simulator=
container=ecs-rollback-action-$$
finish() {
  docker rm -f "$container" > /dev/null 2>&1 || true
  if [[ -n $simulator ]]; then kill "$simulator" 2> /dev/null || true; fi
  # Root in the container wrote some of it.
  rm -rf "$scratch" 2> /dev/null || sudo rm -rf "$scratch"
}
trap finish EXIT

fail() {
  echo "FAILED: $1"
  [[ ! -f $scratch/log ]] || sed 's/^/    | /' "$scratch/log"
  [[ ! -f $scratch/simulator.log ]] || tail -n 20 "$scratch/simulator.log" | sed 's/^/    simulator | /'
  exit 1
}
equal() { [[ $2 == "$3" ]] || fail "$1: expected '$3', got '$2'"; }
says() { grep -qF -- "$1" "$scratch/log" || fail "the log does not say '$1'"; }

build() {
  local rust=${RUST_IMAGE:-rust:1.95-bookworm}
  if [[ -z ${RUST_IMAGE:-} ]] && ! docker image inspect "$rust" > /dev/null 2>&1 &&
    ! timeout 300 docker pull --quiet "$rust" > /dev/null 2>&1; then
    echo "$rust can't be pulled here; making a stand-in"
    rust=$("$here/stand-in.sh" 2> "$scratch/log") || fail "the stand-in"
  fi
  IMAGE=ecs-rollback-action:test
  docker build --quiet --build-arg "RUST_IMAGE=$rust" --build-arg "REVISION=$(git rev-parse HEAD)" \
    --tag "$IMAGE" . > "$scratch/log" 2>&1 || fail "the build on $rust"
}

measure() {
  local kept=${CARGO_TARGET_DIR:-target}/image
  mkdir -p "$kept"
  docker create --name "$container" "$IMAGE" > /dev/null
  docker cp "$container:/ecs-rollback-action" "$kept/ecs-rollback-action" > /dev/null
  docker rm "$container" > /dev/null
  if ldd "$kept/ecs-rollback-action" 2>&1 | grep -F '=>'; then fail "the binary is not static"; fi
  echo "binary            $(stat -c %s "$kept/ecs-rollback-action") bytes ($kept/ecs-rollback-action)"
  echo "compressed image  $(docker save "$IMAGE" | gzip -9 | wc -c) bytes"
}

# A fresh world for each story: cluster prod, v1.2.0. The arguments are how many times faster than real time it is,
# and what runs there: web1 alone, or the shop's web1, worker1 and cron1.
simulate() {
  if [[ -n $simulator ]]; then
    kill "$simulator" && wait "$simulator" 2> /dev/null || true
  fi
  rm -f "$scratch/port"
  cargo run --quiet --package aws-sim --bin aws-sim -- \
    --stage "${2:-web1}" --speed "$1" --port-file "$scratch/port" > "$scratch/simulator.log" 2>&1 < /dev/null &
  simulator=$!
  for _ in {1..100}; do
    [[ ! -s $scratch/port ]] || return 0
    kill -0 "$simulator" 2> /dev/null || break
    sleep 0.1
  done
  fail "the simulator did not start"
}

# Every declared input with its default, as the runner passes them.
declared_inputs() {
  awk '
    function value(text) {
      if (text ~ /^\047.*\047$/) { text = substr(text, 2, length(text) - 2); gsub(/\047\047/, "\047", text) }
      else if (text ~ /^".*"$/) text = substr(text, 2, length(text) - 2)
      return text
    }
    function flush() { if (name != "") print "INPUT_" toupper(name) "=" fallback; name = ""; fallback = "" }
    /^[^ #]/ { flush(); inside = ($0 == "inputs:") }
    inside && /^  [a-z-]+:/ { flush(); name = $1; sub(/:$/, "", name) }
    # An expression is the token of the workflow. There is none here, so GitHub is not asked.
    inside && /^    default:/ { sub(/^    default: */, ""); fallback = value($0); if (fallback ~ /^[$][{][{]/) fallback = "" }
    END { flush() }' action.yml
}

# Prepares a step: its folders, its environment in `settings`, its docker arguments in `run`.
step() { # NAME=VALUE…: inputs that the workflow gives
  local folder setting variable
  rm -rf "$scratch/step" 2> /dev/null || sudo rm -rf "$scratch/step"
  for folder in workspace/deploy home workflow file_commands runner_temp; do mkdir -p "$scratch/step/$folder"; done
  touch "$scratch/step/file_commands/"{set_output,step_summary,set_env,add_path,save_state}_1
  echo '{"inputs": {}}' > "$scratch/step/workflow/event.json"
  cp "$here/task-definition.json" "$scratch/step/workspace/deploy/"

  declare -gA settings=()
  while IFS='=' read -r variable setting; do settings[$variable]=$setting; done < <(declared_inputs; runner_variables)
  for setting; do settings[INPUT_${setting%%=*}]=${setting#*=}; done

  run=(docker run --name "$container" --workdir /github/workspace --rm --network host)
  assignments=()
  for variable in "${!settings[@]}"; do
    run+=(-e "$variable")
    assignments+=("$variable=${settings[$variable]}")
  done
  for folder in workspace home workflow file_commands runner_temp; do
    run+=(-v "$scratch/step/$folder:/github/$folder")
  done
  run=(env -i "PATH=$PATH" ${DOCKER_HOST:+"DOCKER_HOST=$DOCKER_HOST"} "${assignments[@]}" "${run[@]}" "$IMAGE")
}

runner_variables() {
  cat << VARIABLES
AWS_ENDPOINT_URL=http://127.0.0.1:$(grep -oE '[0-9]+/?$' "$scratch/port" | tr -d /)
AWS_REGION=ap-northeast-2
AWS_DEFAULT_REGION=ap-northeast-2
AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
AWS_SESSION_TOKEN=example-session-token
HOME=/github/home
CI=true
GITHUB_ACTIONS=true
GITHUB_ACTION=rollback
GITHUB_ACTION_REF=v1
GITHUB_ACTION_REPOSITORY=org/ecs-rollback-action
GITHUB_ACTOR=oncall
GITHUB_ACTOR_ID=1
GITHUB_TRIGGERING_ACTOR=oncall
GITHUB_API_URL=https://api.github.com
GITHUB_BASE_REF=
GITHUB_ENV=/github/file_commands/set_env_1
GITHUB_EVENT_NAME=workflow_dispatch
GITHUB_EVENT_PATH=/github/workflow/event.json
GITHUB_GRAPHQL_URL=https://api.github.com/graphql
GITHUB_HEAD_REF=
GITHUB_JOB=rollback
GITHUB_OUTPUT=/github/file_commands/set_output_1
GITHUB_PATH=/github/file_commands/add_path_1
GITHUB_REF=refs/heads/main
GITHUB_REF_NAME=main
GITHUB_REF_PROTECTED=true
GITHUB_REF_TYPE=branch
GITHUB_REPOSITORY=org/shop
GITHUB_REPOSITORY_ID=1
GITHUB_REPOSITORY_OWNER=org
GITHUB_REPOSITORY_OWNER_ID=1
GITHUB_RETENTION_DAYS=90
GITHUB_RUN_ATTEMPT=1
GITHUB_RUN_ID=1234567890
GITHUB_RUN_NUMBER=7
GITHUB_SERVER_URL=https://github.com
GITHUB_SHA=0123456789abcdef0123456789abcdef01234567
GITHUB_STATE=/github/file_commands/save_state_1
GITHUB_STEP_SUMMARY=/github/file_commands/step_summary_1
GITHUB_WORKFLOW=Rollback
GITHUB_WORKFLOW_REF=org/shop/.github/workflows/rollback.yml@refs/heads/main
GITHUB_WORKFLOW_SHA=0123456789abcdef0123456789abcdef01234567
GITHUB_WORKSPACE=/github/workspace
RUNNER_ARCH=X64
RUNNER_ENVIRONMENT=github-hosted
RUNNER_NAME=runner
RUNNER_OS=Linux
RUNNER_TEMP=/github/runner_temp
RUNNER_TOOL_CACHE=/opt/hostedtoolcache
RUNNER_WORKSPACE=/home/runner/work/shop
VARIABLES
}

perform() { # the exit code that is expected
  local code=0
  "${run[@]}" > "$scratch/log" 2>&1 < /dev/null || code=$?
  equal "exit code" "$code" "$1"
}

output() { # an output's value, whichever of its two forms it was written in
  awk -v name="$1" '
    end != "" { if ($0 == end) end = ""; else if (wanted) value = value (value == "" ? "" : "\n") $0; next }
    match($0, /^[^=<]+<</) { wanted = (substr($0, 1, RLENGTH - 2) == name); if (wanted) value = ""; end = substr($0, RLENGTH + 1); next }
    index($0, name "=") == 1 { value = substr($0, length(name) + 2) }
    END { print value }' "$scratch/step/file_commands/set_output_1"
}
# A member of each object in the output `results`.
each() { output results | grep -oE "\"$1\":\"[^\"]*\"" | cut -d '"' -f 4 | xargs; }
summary() { [[ -s $scratch/step/file_commands/step_summary_1 ]] || fail "there is no job summary"; }

story() { echo; echo "— $1"; }

[[ -n ${IMAGE:-} ]] || build
[[ -z ${BUILD_ONLY:-} ]] || exit 0
measure
cargo build --quiet --package aws-sim --bin aws-sim

story "a rollback"
simulate 20
step VERSION=v1.0.0 CLUSTER=prod SERVICE=web1 REASON="checkout page is down"
perform 0
equal "outcome" "$(output outcome)" rolled-back
equal "version" "$(output version)" v1.0.0
equal "undo-version" "$(output undo-version)" v1.2.0
[[ $(output codedeploy-deployment-id) == d-* ]] || fail "codedeploy-deployment-id is '$(output codedeploy-deployment-id)'"
summary
cat "$scratch/log"

story "a typo"
simulate 20
step VERSION=v1.0.l CLUSTER=prod SERVICE=web1
perform 2
equal "outcome" "$(output outcome)" refused
says image-not-found
says v1.0.0
summary
cat "$scratch/log"

story "several services"
simulate 20 shop
# Commas and lines, as a workflow's `service: |` passes them.
step VERSION=previous CLUSTER=prod SERVICE=$'web1,\nworker1\n' REASON="checkout page is down"
perform 0
equal "outcome" "$(output outcome)" rolled-back
equal "services" "$(each service)" "web1 worker1"
equal "outcomes" "$(each outcome)" "rolled-back rolled-back"
equal "versions" "$(each version)" "v1.1.0 v1.1.0"
says "2 of 2 services serve v1.1.0"
says "cron1 in this cluster still runs v1.2.0."
summary
cat "$scratch/log"
step VERSION=v1.0.0 CLUSTER=prod SERVICE="web1, worker1, cron2"
perform 2
equal "outcome" "$(output outcome)" refused
equal "outcomes" "$(each outcome)" "planned planned refused"
says service-not-found
summary
cat "$scratch/log"

story "a task definition from a file in the workspace"
simulate 20
step VERSION=v1.1.0 CLUSTER=prod SERVICE=web1 TASK-DEFINITION=deploy/task-definition.json
perform 0
equal "outcome" "$(output outcome)" rolled-back
equal "version" "$(output version)" v1.1.0
[[ $(output task-definition-arn) == *:task-definition/web1:* ]] || fail "task-definition-arn is '$(output task-definition-arn)'"
[[ $(output task-definition-arn) != "$(output previous-task-definition-arn)" ]] || fail "no revision was registered"

story "a run that is cancelled"
simulate 1
step VERSION=v1.0.0 CLUSTER=prod SERVICE=web1
"${run[@]}" > "$scratch/log" 2>&1 < /dev/null &
running=$!
for _ in {1..100}; do
  [[ -z $(output codedeploy-deployment-id) ]] || break
  sleep 0.1
done
[[ $(output codedeploy-deployment-id) == d-* ]] || fail "the deployment was not created within 10 s, or its output not written"
asked=$SECONDS
docker kill --signal INT "$container" > /dev/null
code=0
wait "$running" || code=$?
[[ $((SECONDS - asked)) -le 6 ]] || fail "it took $((SECONDS - asked)) s to end"
equal "exit code" "$code" 3
equal "outcome" "$(output outcome)" cancelled
says "aws deploy stop-deployment"
summary

story "the other modes"
simulate 20
for mode in history:listed check:ready mark-stable:marked mark-stable:unchanged; do
  step MODE="${mode%:*}" CLUSTER=prod SERVICE=web1
  perform 0
  equal "outcome of ${mode%:*}" "$(output outcome)" "${mode#*:}"
  summary
done
# There is no token, and so no GitHub to ask.
step MODE=guard VERSION=v1.2.0 CLUSTER=prod SERVICE=web1
perform 2
equal "outcome of guard" "$(output outcome)" refused
says hold-unknown

story "by hand, with flags"
simulate 20
mapfile -t credentials < <(runner_variables | grep '^AWS_')
run=(docker run --rm --network host "${credentials[@]/#/--env=}" "$IMAGE" --cluster prod --service web1 --version v1.0.0)
perform 0
says "v1.0.0 serves all traffic"
if grep -q '^::' "$scratch/log"; then fail "the log has workflow commands"; fi
cat "$scratch/log"
for mode in history check mark-stable; do
  run=(docker run --rm --network host "${credentials[@]/#/--env=}" "$IMAGE" --mode "$mode" --cluster prod --service web1)
  perform 0
done

story "--help"
docker run --rm "$IMAGE" --help > "$scratch/log" 2>&1 || fail "--help"
says INPUT_
says --service

echo
echo "image: every story ended as it should"
