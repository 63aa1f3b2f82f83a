"""Sets moto up with boto3: cluster prod, service web1 on v1.2.0, three images, an idle deployment group."""

import hashlib
import json

REGION = "ap-northeast-2"
ACCOUNT = "123456789012"
REPOSITORY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
OCI = "application/vnd.oci.image."


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class World:
    def __init__(self, clients, blobs, application, group):
        self.clients, self.blobs = clients, blobs
        self.application, self.group = application, group
        network = self.network()
        # v1.0.0 is an index, whose platforms stand in it; the others are single images.
        self.digests = {tag: self.image(tag) for tag in ("v1.1.0", "v1.2.0")}
        self.digests["v1.0.0"] = self.index("v1.0.0")
        self.revisions = {tag: self.register(tag) for tag in ("v1.0.0", "v1.2.0")}
        self.service(network)
        self.deployment_group(network)

    def network(self):
        ec2, balancing = self.clients("ec2"), self.clients("elbv2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})  # else moto can't start a task
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=REGION + zone)["Subnet"]["SubnetId"]
            for n, zone in enumerate("ac")
        ]
        group = ec2.create_security_group(GroupName="web1", Description="web1", VpcId=vpc)["GroupId"]
        targets = [
            balancing.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")["TargetGroups"][0]
            for name in ("web1-blue", "web1-green")
        ]
        balancer = balancing.create_load_balancer(Name="web1", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
        forward = [{"Type": "forward", "TargetGroupArn": targets[0]["TargetGroupArn"]}]
        listener = balancing.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
        return {
            "vpc": {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [group]}},
            "targets": targets,
            "listener": listener["Listeners"][0]["ListenerArn"],
        }

    def put(self, manifest, tag=None):
        text = json.dumps(manifest)
        digest = sha256(text.encode())
        tagged = {"imageTag": tag} if tag else {}
        # Without the digest, moto makes one up.
        self.clients("ecr").put_image(
            repositoryName="web1", imageManifest=text, imageManifestMediaType=manifest["mediaType"], imageDigest=digest, **tagged
        )
        return {"mediaType": manifest["mediaType"], "digest": digest, "size": len(text)}

    def manifest(self, tag, architecture):
        self.repository()
        config = json.dumps({"architecture": architecture, "os": "linux", "config": {"Labels": {"version": tag}}}).encode()
        self.blobs[sha256(config)] = config
        layer = f"{tag} {architecture}".encode()
        return {
            "schemaVersion": 2,
            "mediaType": OCI + "manifest.v1+json",
            "config": {"mediaType": OCI + "config.v1+json", "digest": sha256(config), "size": len(config)},
            "layers": [{"mediaType": OCI + "layer.v1.tar+gzip", "digest": sha256(layer), "size": len(layer)}],
        }

    def image(self, tag):
        return self.put(self.manifest(tag, "amd64"), tag)["digest"]

    def index(self, tag):
        children = [
            {**self.put(self.manifest(tag, architecture)), "platform": {"os": "linux", "architecture": architecture}}
            for architecture in ("amd64", "arm64")
        ]
        return self.put({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": children}, tag)["digest"]

    def repository(self):
        ecr = self.clients("ecr")
        try:
            ecr.create_repository(repositoryName="web1")
        except ecr.exceptions.RepositoryAlreadyExistsException:
            pass

    def register(self, tag):
        container = {
            "name": "web1",
            "image": f"{REPOSITORY}:{tag}",
            "essential": True,
            "memory": 768,  # optional on AWS; moto can't start a task without
            "portMappings": [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}],
            "environment": [{"name": "RELEASE", "value": tag}],
            "secrets": [{"name": "TOKEN", "valueFrom": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/web1/token"}],
            "healthCheck": {"command": ["CMD-SHELL", "curl -f http://localhost:8080/health"], "interval": 5},
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "web1"}},
        }
        sidecar = {"name": "proxy", "image": "envoyproxy/envoy:v1.31", "essential": False, "memory": 256}
        answer = self.clients("ecs").register_task_definition(
            family="web1",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="512",
            memory="1024",
            taskRoleArn=ROLE + "web1",
            executionRoleArn=ROLE + "ecsTaskExecutionRole",
            runtimePlatform={"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
            ephemeralStorage={"sizeInGiB": 30},
            volumes=[{"name": "cache"}],
            containerDefinitions=[container, sidecar],
            tags=[{"key": "team", "value": "shop"}],
        )
        return answer["taskDefinition"]["taskDefinitionArn"]

    def service(self, network):
        ecs = self.clients("ecs")
        ecs.create_cluster(clusterName="prod")
        balancing = [
            {"targetGroupArn": network["targets"][0]["TargetGroupArn"], "containerName": "web1", "containerPort": 8080}
        ]
        ecs.create_service(
            cluster="prod",
            serviceName="web1",
            desiredCount=2,
            taskDefinition=self.revisions["v1.2.0"],
            deploymentController={"type": "CODE_DEPLOY"},
            launchType="FARGATE",
            loadBalancers=balancing,
            networkConfiguration=network["vpc"],
        )
        # On AWS, CreateService makes it; moto has to be told, and starts the tasks then.
        task_set = ecs.create_task_set(
            cluster="prod",
            service="web1",
            taskDefinition=self.revisions["v1.2.0"],
            launchType="FARGATE",
            loadBalancers=balancing,
            networkConfiguration=network["vpc"],
            scale={"value": 100, "unit": "PERCENT"},
        )["taskSet"]
        ecs.update_service_primary_task_set(cluster="prod", service="web1", primaryTaskSet=task_set["taskSetArn"])

    def deployment_group(self, network):
        codedeploy = self.clients("codedeploy")
        pair = {
            "targetGroups": [{"name": target["TargetGroupName"]} for target in network["targets"]],
            "prodTrafficRoute": {"listenerArns": [network["listener"]]},
        }
        codedeploy.create_application(applicationName=self.application, computePlatform="ECS")
        codedeploy.create_deployment_group(
            applicationName=self.application,
            deploymentGroupName=self.group,
            serviceRoleArn=ROLE + "ecsCodeDeployRole",
            deploymentConfigName="CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
            deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
            ecsServices=[{"clusterName": "prod", "serviceName": "web1"}],
            loadBalancerInfo={"targetGroupPairInfoList": [pair]},
            alarmConfiguration={"enabled": True, "alarms": [{"name": "web1-5xx"}]},
        )
