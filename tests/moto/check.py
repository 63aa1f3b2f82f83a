"""Runs the binary against moto, story by story, and asks moto with boto3 what it did."""

import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
import yaml

from proxy import Proxy
from world import ACCOUNT, REGION, REPOSITORY, World

DEFAULT = ("AppECS-prod-web1", "DgpECS-prod-web1")
CREDENTIALS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "example"}


class Story:
    """A fresh moto, and runs of the action against it."""

    def __init__(self, proxy, title, application=DEFAULT[0], group=DEFAULT[1]):
        print(f"\n— {title}")
        self.proxy, self.moto = proxy, f"http://127.0.0.1:{proxy.moto_port}"
        post(f"{self.moto}/moto-api/reset")
        # A task stays what it is, however often it is described.
        still = {"model_name": "ecs::task", "transition": {"progression": "manual", "times": 1000000}}
        post(f"{self.moto}/moto-api/state-manager/set-transition", still)
        self.world = World(self.client, proxy.blobs, application, group)
        self.revisions = self.all_revisions()
        proxy.calls.clear()

    def client(self, service):
        return boto3.client(service, region_name=REGION, endpoint_url=self.moto, **CREDENTIALS)

    def run(self, exit_code, **inputs):
        """The action as the runner starts it; the outputs it wrote."""
        given = {"cluster": "prod", "service": "web1", "wait-for": "nothing", "reason": "checkout page is down"}
        given.update({name.replace("_", "-"): value for name, value in inputs.items()})
        with tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder, "output")
            output.touch()
            environment = {f"INPUT_{name.upper()}": value for name, value in given.items()} | {
                "AWS_ENDPOINT_URL": self.proxy.url,
                "AWS_REGION": REGION,
                "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
                "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTOR": "oncall",
                "GITHUB_RUN_ID": "1234567890",
                "GITHUB_RUN_ATTEMPT": "1",
                "GITHUB_OUTPUT": str(output),
                "PATH": os.environ["PATH"],
                "HOME": folder,
            }
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
            ran = subprocess.run([BINARY], env=environment, cwd=folder, **pipes)
            print("\n".join("    " + line for line in ran.stdout.splitlines()))
            self.log = ran.stdout
            equal("exit code", ran.returncode, exit_code)
            return outputs(output.read_text())

    def deployments(self):
        ids = self.client("codedeploy").list_deployments()["deployments"]
        return [self.client("codedeploy").get_deployment(deploymentId=one)["deploymentInfo"] for one in ids]

    def all_revisions(self):
        return self.client("ecs").list_task_definitions(familyPrefix="web1")["taskDefinitionArns"]

    def describe(self, revision):
        answer = self.client("ecs").describe_task_definition(taskDefinition=revision, include=["TAGS"])
        return answer["taskDefinition"], {tag["key"]: tag["value"] for tag in answer.get("tags", [])}

    def check_deployment(self, wrote, version):
        """The one deployment is what the run said, sent and promised; its revision's description and tags."""
        (deployment,) = self.deployments()
        equal("the output's deployment", wrote["codedeploy-deployment-id"], deployment["deploymentId"])
        (sent,) = self.proxy.requests("CreateDeployment")
        marker, *rest = deployment["description"].split()
        check("the description starts with the marker", marker.startswith("ecs-rollback-action/") and len(marker) == 36)
        for word in (version, "oncall", "checkout", "1234567890"):
            check(f"the description has {word}", any(word in one for one in rest))
        held = deployment["revision"]["appSpecContent"]
        equal("the AppSpec that moto holds", held, sent["revision"]["appSpecContent"])
        equal("the AppSpec's SHA-256", held["sha256"], hashlib.sha256(held["content"].encode()).hexdigest())
        equal("the deployment config", deployment["deploymentConfigName"], "CodeDeployDefault.ECSAllAtOnce")
        appspec = yaml.safe_load(held["content"])
        (resource,) = appspec["Resources"]
        properties = resource["TargetService"]["Properties"]
        equal("the AppSpec's load balancer", properties["LoadBalancerInfo"], {"ContainerName": "web1", "ContainerPort": 8080})
        equal("the AppSpec's revision", properties["TaskDefinition"], wrote["task-definition-arn"])
        equal("the output's digest", wrote["image-digest"], self.world.digests[version])
        return self.describe(properties["TaskDefinition"])


def post(url, body=None):
    request = urllib.request.Request(url, json.dumps(body or {}).encode(), {"content-type": "application/json"})
    urllib.request.urlopen(request).read()


def outputs(text):
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        if "<<" in line.split("=")[0]:
            name, delimiter = line.split("<<", 1)
            found[name] = "\n".join(iter(lambda: next(lines), delimiter))
        else:
            name, found[name] = line.split("=", 1)
    return found


def check(what, holds):
    if not holds:
        sys.exit(f"FAILED: {what}")
    print(f"  ✔ {what}")


def equal(what, got, expected):
    if got != expected:
        sys.exit(f"FAILED: {what}: expected {expected!r}, got {got!r}")
    print(f"  ✔ {what}: {str(got)[:100]}")


def reused(proxy):
    story = Story(proxy, "v1.0.0: its own revision fits")
    wrote = story.run(0, version="v1.0.0")
    equal("outcome", wrote["outcome"], "started")
    definition, _ = story.check_deployment(wrote, "v1.0.0")
    equal("the revision", definition["taskDefinitionArn"], story.world.revisions["v1.0.0"])
    equal("the image of its tag", definition["containerDefinitions"][0]["image"], f"{REPOSITORY}:v1.0.0")
    equal("revisions", story.all_revisions(), story.revisions)

    print("  and once more, while CodeDeploy is busy with it")
    story.run(2, version="v1.0.0", codedeploy_deployment_config="inherit")
    equal("deployments", len(story.deployments()), 1)
    # Whether it brings the target is read with an operation that moto does not have: refused, nothing doubled.
    check("the log names the read that moto can't answer", "GetDeploymentTarget" in story.log)


def registered(proxy):
    story = Story(proxy, "v1.0.0 with `task-definition: current`: a revision is registered")
    wrote = story.run(0, version="v1.0.0", task_definition="current")
    definition, tags = story.check_deployment(wrote, "v1.0.0")
    digest = story.world.digests["v1.0.0"]
    equal("revisions", story.all_revisions(), [*story.revisions, definition["taskDefinitionArn"]])
    equal("the image", definition["containerDefinitions"][0]["image"], f"{REPOSITORY}@{digest}")
    (marker, *_) = story.deployments()[0]["description"].split()
    ours = {"version": "v1.0.0", "digest": digest, "run": marker, "github-run": "1234567890/1"}
    equal("the tags", tags, {"team": "shop"} | {f"ecs-rollback-action:{name}": value for name, value in ours.items()})
    before, _ = story.describe(story.world.revisions["v1.2.0"])
    for one in (before, definition):
        one["containerDefinitions"][0].pop("image")
        for member in ("taskDefinitionArn", "revision"):
            one.pop(member)
    equal("everything else of the revision", definition, before)


def searched(proxy):
    story = Story(proxy, "v1.1.0, a single image, through a group of any name", "Shop-Web1X7", "Shop-Web1Group3")
    wrote = story.run(0, version="v1.1.0")
    definition, _ = story.check_deployment(wrote, "v1.1.0")
    digest = story.world.digests["v1.1.0"]
    equal("the image", definition["containerDefinitions"][0]["image"], f"{REPOSITORY}@{digest}")
    equal("the group", story.deployments()[0]["deploymentGroupName"], "Shop-Web1Group3")


def refused(proxy):
    given = {"codedeploy-deployment-group": "y"}
    for title, code, inputs in (
        ("a version that is not there", "image-not-found", {"version": "v1.0.l"}),
        ("a service that is not there", "service-not-found", {"service": "web2"}),
        ("a cluster that is not there", "cluster-not-found", {"cluster": "prodd"}),
        ("a repository that is not there", "repository-not-found", {"repository": "web2"}),
        ("an application that is not there", "application-not-found", {"codedeploy-application": "x"} | given),
        ("a group that is not there", "deployment-group-not-found", {"codedeploy-application": DEFAULT[0]} | given),
        ("a revision that is not there", "task-definition-not-found", {"task-definition": "web1:99"}),
    ):
        story = Story(proxy, title)
        equal("outcome", story.run(2, **{"version": "v1.0.0"} | inputs)["outcome"], "refused")
        check(f"the code is {code}", code in story.log)
        equal("deployments", story.deployments(), [])
        equal("revisions", story.all_revisions(), story.revisions)


def what_moto_leaves_out(proxy):
    """Members that AWS gives and the action reads; looked for in moto's own answers."""
    story = Story(proxy, "what moto leaves out of its answers")
    ecs, codedeploy = story.client("ecs"), story.client("codedeploy")
    tasks = ecs.list_tasks(cluster="prod", serviceName="web1")["taskArns"]
    (task, *_) = ecs.describe_tasks(cluster="prod", tasks=tasks)["tasks"]
    task_set = ecs.describe_services(cluster="prod", services=["web1"])["services"][0]["taskSets"][0]
    group = codedeploy.get_deployment_group(applicationName=DEFAULT[0], deploymentGroupName=DEFAULT[1])["deploymentGroupInfo"]
    image = story.client("ecr").describe_images(repositoryName="web1", imageIds=[{"imageTag": "v1.0.0"}])["imageDetails"][0]
    other = ecs.list_tasks(cluster="prod", serviceName="another")["taskArns"]
    digests = [one for one in task["containers"] if "imageDigest" in one]
    looked_for = (
        ("DescribeTasks", "containers[].imageDigest, so the digest that runs is unknown", not digests),
        ("DescribeTasks", "every container of the task but the first", len(task["containers"]) < 2),
        ("DescribeTasks", "startedAt", "startedAt" not in task),
        ("DescribeTasks", "the task set's id in startedBy", task.get("startedBy") != task_set["id"]),
        ("ListTasks", "the filter serviceName: it lists every task of the cluster", other != []),
        ("GetDeploymentGroup", "alarmConfiguration, so no alarm is ignored", not group.get("alarmConfiguration")),
        ("GetDeploymentGroup", "lastSuccessfulDeployment", not group.get("lastSuccessfulDeployment")),
        ("DescribeImages", "imageStatus", "imageStatus" not in image),
    )
    return [f"{operation}: {what}" for operation, what, missing in looked_for if missing]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def main():
    port = free_port()
    log = tempfile.TemporaryFile()
    moto = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        proxy = Proxy(port)
        for story in (reused, registered, searched, refused):
            story(proxy)
        left_out = what_moto_leaves_out(proxy)
    except BaseException:
        log.seek(0)
        print(log.read().decode()[-3000:])
        raise
    finally:
        moto.terminate()
        moto.wait()
    print()
    for operation, instead in sorted(proxy.unanswered.items()):
        print(f"moto can't answer: {operation}; put in its place: {instead}")
    for what in left_out:
        print(f"moto leaves out: {what}")
    print("moto: every story ended as it should")


BINARY = os.path.abspath(sys.argv[1])
main()
