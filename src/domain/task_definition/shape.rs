//! Which members a task definition has and of what type they are. A member that is not here passes as it is: AWS adds
//! new ones all the time.
//!
//! Source: the model of `RegisterTaskDefinition`; a test compares them.

/// How the value of a member is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text; an empty one says the same as none.
    Text,
    /// Text that names something in AWS, or a size: a placeholder in it was forgotten by somebody.
    Reference,
    /// Text that a program reads: an empty one is a value, and it may look like a placeholder.
    Free,
    Integer,
    Boolean,
    /// Free texts by name.
    Map,
    /// Of what [`kind`] makes of this word.
    List(&'static str),
    /// The one with this name in [`STRUCTURES`].
    Structure(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub name: &'static str,
    pub kind: Kind,
    pub is_required: bool,
}

/// What a file is, but for its family, which it may leave out.
pub(super) const TASK_DEFINITION: Kind = Kind::Structure("TaskDefinition");
pub(super) const TAGS: Kind = Kind::List("Tag");

/// Members, each with `!` where ECS requires it, and with its type after a colon where it is no plain text.
#[rustfmt::skip]
const STRUCTURES: [(&str, &str); 39] = [
    ("TaskDefinition", "family:reference taskRoleArn:reference executionRoleArn:reference cpu:reference memory:reference networkMode ipcMode pidMode enableFaultInjection:boolean requiresCompatibilities:[text] containerDefinitions:[Container] ephemeralStorage:EphemeralStorage inferenceAccelerators:[InferenceAccelerator] placementConstraints:[PlacementConstraint] proxyConfiguration:ProxyConfiguration runtimePlatform:RuntimePlatform tags:[Tag] trustedExecutionConfiguration:TrustedExecution volumes:[Volume]"),
    ("Container", "name! image cpu:integer memory:integer memoryReservation:integer essential:boolean command:[free] entryPoint:[free] environment:[Variable] environmentFiles:[EnvironmentFile] secrets:[Secret] portMappings:[PortMapping] dependsOn:[Dependency] healthCheck:HealthCheck logConfiguration:LogConfiguration firelensConfiguration:Firelens repositoryCredentials:RepositoryCredentials dockerLabels:map credentialSpecs:[reference] disableNetworking:boolean dnsSearchDomains:[text] dnsServers:[text] dockerSecurityOptions:[text] extraHosts:[HostEntry] hostname interactive:boolean links:[text] linuxParameters:LinuxParameters mountPoints:[MountPoint] privileged:boolean pseudoTerminal:boolean readonlyRootFilesystem:boolean resourceRequirements:[ResourceRequirement] restartPolicy:RestartPolicy startTimeout:integer stopTimeout:integer systemControls:[SystemControl] ulimits:[Ulimit] user versionConsistency volumesFrom:[VolumeFrom] workingDirectory"),
    ("Variable", "name! value:free"),
    ("EnvironmentFile", "value!:reference type!"),
    ("Secret", "name! valueFrom!:reference"),
    ("PortMapping", "name containerPort:integer containerPortRange hostPort:integer protocol appProtocol"),
    ("Dependency", "containerName! condition!"),
    ("HealthCheck", "command!:[free] interval:integer retries:integer startPeriod:integer timeout:integer"),
    ("LogConfiguration", "logDriver! options:map secretOptions:[Secret]"),
    ("Firelens", "type! options:map"),
    ("RepositoryCredentials", "credentialsParameter!:reference"),
    ("HostEntry", "hostname! ipAddress!"),
    ("LinuxParameters", "capabilities:Capabilities devices:[Device] initProcessEnabled:boolean maxSwap:integer sharedMemorySize:integer swappiness:integer tmpfs:[Tmpfs]"),
    ("Capabilities", "add:[text] drop:[text]"),
    ("Device", "hostPath! containerPath permissions:[text]"),
    ("Tmpfs", "containerPath! size!:integer mountOptions:[text]"),
    ("MountPoint", "sourceVolume containerPath readOnly:boolean"),
    ("ResourceRequirement", "type! value sharingStrategy:SharingStrategy"),
    ("SharingStrategy", "nvidiaMps:NvidiaMps"),
    ("NvidiaMps", "memory!:integer maxComputePercent:integer"),
    ("RestartPolicy", "enabled!:boolean ignoredExitCodes:[integer] restartAttemptPeriod:integer"),
    ("SystemControl", "namespace value:free"),
    ("Ulimit", "name! softLimit!:integer hardLimit!:integer"),
    ("VolumeFrom", "sourceContainer readOnly:boolean"),
    ("EphemeralStorage", "sizeInGiB!:integer"),
    ("InferenceAccelerator", "deviceName! deviceType!"),
    ("PlacementConstraint", "type expression"),
    ("ProxyConfiguration", "containerName! type properties:[Variable]"),
    ("RuntimePlatform", "cpuArchitecture operatingSystemFamily"),
    ("Tag", "key! value:free"),
    ("TrustedExecution", "isolationMode! attestationPolicy"),
    ("Volume", "name host:Host configuredAtLaunch:boolean dockerVolumeConfiguration:DockerVolume efsVolumeConfiguration:Efs fsxWindowsFileServerVolumeConfiguration:Fsx s3filesVolumeConfiguration:S3Files"),
    ("Host", "sourcePath"),
    ("DockerVolume", "scope autoprovision:boolean driver driverOpts:map labels:map"),
    ("Efs", "fileSystemId!:reference rootDirectory transitEncryption transitEncryptionPort:integer authorizationConfig:EfsAuthorization"),
    ("EfsAuthorization", "accessPointId:reference iam"),
    ("Fsx", "fileSystemId!:reference rootDirectory! authorizationConfig!:FsxAuthorization"),
    ("FsxAuthorization", "credentialsParameter!:reference domain!"),
    ("S3Files", "fileSystemArn!:reference accessPointArn:reference rootDirectory transitEncryptionPort:integer"),
];

/// The known members of a structure.
pub(super) fn members(structure: &str) -> Vec<Member> {
    let mut members = Vec::new();
    for (name, written) in STRUCTURES {
        if name == structure {
            members.extend(written.split(' ').map(member));
        }
    }
    members
}

/// `fileSystemId!:reference`
fn member(written: &'static str) -> Member {
    let (name, word) = written.split_once(':').unwrap_or((written, "text"));
    let required = name.strip_suffix('!');
    Member {
        name: required.unwrap_or(name),
        kind: kind(word),
        is_required: required.is_some(),
    }
}

pub(super) fn kind(word: &'static str) -> Kind {
    match word {
        "text" => Kind::Text,
        "reference" => Kind::Reference,
        "free" => Kind::Free,
        "integer" => Kind::Integer,
        "boolean" => Kind::Boolean,
        "map" => Kind::Map,
        _ => match word.strip_prefix('[') {
            Some(inner) => Kind::List(inner.trim_end_matches(']')),
            None => Kind::Structure(word),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Required by ECS, though its model does not say so.
    const REQUIRED_TOO: [&str; 3] = ["ContainerDefinition.name", "KeyValuePair.name", "Tag.key"];

    /// What differs between the table and the model of a shape.
    fn differences(shapes: &Value, shape: &str, kind: Kind, found: &mut Vec<String>) {
        let model = &shapes[shape];
        let fits = match (model["type"].as_str().unwrap(), kind) {
            ("string", Kind::Text | Kind::Reference | Kind::Free) => true,
            ("integer", Kind::Integer) | ("boolean", Kind::Boolean) => true,
            ("map", Kind::Map) => {
                let value = model["value"]["shape"].as_str().unwrap();
                shapes[value]["type"] == "string"
            }
            ("list", Kind::List(inner)) => {
                let element = model["member"]["shape"].as_str().unwrap();
                differences(shapes, element, super::kind(inner), found);
                true
            }
            ("structure", Kind::Structure(name)) => {
                member_differences(shapes, shape, name, found);
                true
            }
            _ => false,
        };
        if !fits {
            found.push(format!("{shape} is {}, not {kind:?}", model["type"]));
        }
    }

    fn member_differences(shapes: &Value, shape: &str, structure: &str, found: &mut Vec<String>) {
        let model = &shapes[shape];
        let known = members(structure);
        for (name, target) in model["members"].as_object().unwrap() {
            match known.iter().find(|member| member.name == name) {
                Some(member) => {
                    let target = target["shape"].as_str().unwrap();
                    differences(shapes, target, member.kind, found);
                }
                None => found.push(format!("{structure} has no {name}")),
            }
        }
        let required = model["required"].as_array().cloned().unwrap_or_default();
        for member in known {
            let name = format!("{shape}.{}", member.name);
            // A member newer than the model here.
            let is_newer = model["members"].get(member.name).is_none();
            let is_required = required.contains(&member.name.into());
            if member.is_required
                && !is_required
                && !is_newer
                && !REQUIRED_TOO.contains(&name.as_str())
            {
                found.push(format!("{name} is not required"));
            }
        }
    }

    #[test]
    fn the_table_says_what_the_model_says() {
        let model = include_str!("../../../tests/sim/models/aws-ecs.json");
        let model: Value = serde_json::from_str(model).unwrap();
        let mut found = Vec::new();
        let request = "RegisterTaskDefinitionRequest";
        differences(&model["shapes"], request, TASK_DEFINITION, &mut found);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn every_structure_that_is_named_is_there() {
        for (structure, _) in STRUCTURES {
            for member in members(structure) {
                let named = match member.kind {
                    Kind::List(inner) => kind(inner),
                    kind => kind,
                };
                if let Kind::Structure(name) = named {
                    assert!(!members(name).is_empty(), "{structure}: {name}");
                }
            }
        }
    }
}
