use proptest::prelude::*;

use super::*;
use crate::{
    error::Code,
    names::{ContainerName, ImageTag, Repository},
    outside::{OutsideText, without_marks},
};

const HOST: &str = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com";
const ARN: &str = "arn:aws:ecs:ap-northeast-2:123456789012:task-definition/web1:8";

fn web1() -> Value {
    json!({
        "taskDefinitionArn": ARN, "newerThanUs": {"b": 1, "a": [1.5]},
        "containerDefinitions": [
            {"name": "web1", "image": format!("{HOST}/web1:v1.2.0"), "essential": true, "unheardOf": "kept",
             "portMappings": [{"containerPort": 8080}, {"containerPortRange": "9000-9010"}]},
            {"name": "log", "image": "fluent/fluent-bit:3", "essential": false}],
        "family": "web1", "revision": 8, "status": "ACTIVE", "requiresAttributes": [{"name": "x"}],
        "compatibilities": ["EC2"], "cpu": "256", "registeredAt": 1790000000.25, "registeredBy": "arn:aws:iam::1:x",
        "deregisteredAt": 1.0, "deleteRequestedAt": 2.0, "volumes": [],
    })
}

fn described(document: Value) -> TaskDefinition {
    TaskDefinition::from_describe(document, vec![]).unwrap()
}

fn pair(key: &str, value: &str) -> (String, String) {
    (key.into(), value.into())
}

#[test]
fn registering_drops_what_describes_and_keeps_the_rest_in_order() {
    let request = described(web1()).register_request("web1", &[]);
    let keys: Vec<_> = request.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "family",
            "newerThanUs",
            "containerDefinitions",
            "cpu",
            "volumes"
        ]
    );
    assert_eq!(request["newerThanUs"], web1()["newerThanUs"]);
    assert_eq!(
        request["containerDefinitions"],
        web1()["containerDefinitions"]
    );
}

#[test]
fn swapping_an_image_changes_that_member_only() {
    let swapped = described(web1()).with_image(&["web1"], "new");
    let mut wanted = web1();
    wanted["containerDefinitions"][0]["image"] = "new".into();
    assert_eq!(swapped, described(wanted));
    assert!(swapped.differs_only_in_image(&described(web1()), "web1"));
    assert!(!swapped.differs_only_in_image(&described(web1()), "log"));
}

#[test]
fn tags_are_kept_overridden_and_limited() {
    let own = [
        pair("team", "shop"),
        pair("AWS:x", "1"),
        pair("aws:cloudformation", "1"),
        pair(TAG_VERSION, "v9"),
    ];
    let td = TaskDefinition::from_describe(web1(), own.to_vec()).unwrap();
    let digest = ImageDigest::parse(&format!("sha256:{}", "a".repeat(64))).unwrap();
    let request = td.register_request(
        "web1",
        &rollback_tags("v1", &digest, "https://x/?run=1\u{e9}", None),
    );
    let wanted = json!([{"key": "team", "value": "shop"}, {"key": TAG_VERSION, "value": "v1"},
        {"key": TAG_DIGEST, "value": digest.as_str()}, {"key": TAG_RUN, "value": "https://x/_run=1_"}]);
    assert_eq!(request["tags"], wanted);
    assert_eq!(td.tag("team"), Some("shop"));

    let full = (0..49).map(|n| pair(&n.to_string(), "")).collect();
    let td = TaskDefinition::from_describe(web1(), full).unwrap();
    let request = td.register_request("web1", &rollback_tags("v1", &digest, "1", Some("7/1")));
    assert_eq!(request["tags"].as_array().unwrap().len(), MAX_TAGS);
    assert_eq!(
        request["tags"][49],
        json!({"key": TAG_VERSION, "value": "v1"})
    );
}

#[test]
fn the_run_of_github_is_named_beside_the_marker() {
    let digest = ImageDigest::parse(&format!("sha256:{}", "a".repeat(64))).unwrap();
    let tags = rollback_tags("v1", &digest, "3f2a", Some("1234567890/1"));
    assert_eq!(tags[2], pair(TAG_RUN, "3f2a"));
    assert_eq!(tags[3..], [pair(TAG_GITHUB_RUN, "1234567890/1")]);

    let elsewhere = rollback_tags("v1", &digest, "3f2a", None);
    assert_eq!(elsewhere, tags[..3]);
}

#[test]
fn facts_of_a_revision_are_read() {
    let td = described(web1());
    assert_eq!(td.arn().unwrap().short(), "web1:8");
    assert!(td.is_active());
    assert_eq!(td.container_names(), ["web1", "log"]);
    assert!(td.has_port("web1", 8080) && td.has_port("web1", 9010) && !td.has_port("web1", 9011));
    assert!(!td.has_port("log", 8080) && !td.has_port("nope", 8080));
    assert!(matches!(
        td.image_reference("web1"),
        Some(ImageReference::Ecr { .. })
    ));
    assert!(
        TaskDefinition::from_describe(json!({"containerDefinitions": [{"name": "a"}]}), vec![])
            .is_err()
    );
}

#[test]
fn the_platform_is_known_or_not_guessed() {
    for (runtime, compatibilities, wanted) in [
        (
            json!({"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}),
            json!([]),
            Some("linux/arm64"),
        ),
        (
            json!({"cpuArchitecture": "X86_64"}),
            json!(["EC2"]),
            Some("linux/amd64"),
        ),
        (
            json!({"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}),
            json!([]),
            Some("windows/amd64"),
        ),
        (Value::Null, json!(["FARGATE"]), Some("linux/amd64")),
        (
            json!({"operatingSystemFamily": "LINUX"}),
            json!(["EC2"]),
            None,
        ),
        (
            json!({"cpuArchitecture": "RISCV"}),
            json!(["FARGATE"]),
            None,
        ),
        (Value::Null, json!(["EC2", "FARGATE"]), None),
    ] {
        let mut document = web1();
        document["runtimePlatform"] = runtime;
        document["requiresCompatibilities"] = compatibilities;
        let platform = described(document)
            .platform()
            .map(|platform| without_marks(&platform.to_string()));
        assert_eq!(platform.as_deref(), wanted);
    }
}

#[test]
fn a_file_may_have_any_form_that_aws_tools_write() {
    let bare = TaskDefinition::from_file(&web1().to_string(), "td.json").unwrap();
    let wrapped =
        json!({"taskDefinition": web1(), "tags": [{"key": "team", "value": "shop"}]}).to_string();
    let wrapped = TaskDefinition::from_file(&wrapped, "td.json").unwrap();
    assert_eq!(wrapped.tag("team"), Some("shop"));
    assert_eq!(bare.arn(), None);
    assert_eq!(bare.status(), None);
    assert_eq!(
        bare.register_request("web1", &[]),
        described(web1()).register_request("web1", &[])
    );

    let yaml =
        "cpu: 256\ncontainerDefinitions:\n- name: web1\n  image: x\ntags:\n- {key: a, value: b}\n";
    let yaml = TaskDefinition::from_file(yaml, "td.yaml").unwrap();
    assert_eq!((yaml.family(), yaml.tag("a")), (None, Some("b")));
    let wanted = json!({"family": "web1", "cpu": "256", "containerDefinitions": [{"name": "web1", "image": "x"}],
        "tags": [{"key": "a", "value": "b"}]});
    assert_eq!(yaml.register_request("web1", &[]), wanted);
}

#[test]
fn a_file_that_is_no_task_definition_is_refused_with_the_reason() {
    for (text, reason) in [
        ("", "not a mapping"),
        ("hello", "not a mapping"),
        ("[1]", "not a mapping"),
        ("family: x", "no list `containerDefinitions`"),
        ("containerDefinitions: []", "no list `containerDefinitions`"),
        ("containerDefinitions: [{image: x}]", "no name"),
        (
            "containerDefinitions: [{name: x}, {name: x}]",
            "two of its containers are called x",
        ),
        ("family: x\nfamily: y", "line 2"),
        ("{\"family\": 1,\n\"family\": 2}", "line 2"),
        ("taskDefinition: 5", "not a mapping"),
        (
            "{\"containerDefinitions\": [{\"name\": \"x\", \"environment\": [{\"name\": \"V\", \"value\": 1.10}]}]}",
            "containerDefinitions[0].environment[0].value is a number",
        ),
        (
            "containerDefinitions: [{name: x}]\ntags: [{value: x}]",
            "no key",
        ),
    ] {
        let problem = TaskDefinition::from_file(text, "td.yaml").unwrap_err();
        assert_eq!(problem.code, Code::FileInvalid);
        let message = without_marks(&problem.message);
        assert!(
            message.contains(reason) && message.contains("td.yaml"),
            "{message}"
        );
    }
}

#[test]
fn the_container_is_chosen_by_input_load_balancer_or_being_the_only_essential_one() {
    let td = described(web1());
    let choose = |input: Option<&str>, behind: Option<&str>| {
        let input = input.map(ContainerName::new);
        choose_container(&td, input.as_ref(), behind)
            .map(|(name, source)| (name.to_string(), source))
    };
    assert_eq!(
        choose(Some("log"), Some("web1")).unwrap(),
        ("log".into(), "the input container-name")
    );
    assert_eq!(
        choose(None, Some("log")).unwrap(),
        ("log".into(), "the service's load balancer")
    );
    assert_eq!(
        choose(None, None).unwrap(),
        ("web1".into(), "the only essential container")
    );
    let problem = choose(Some("nope"), None).unwrap_err();
    assert_eq!(problem.code, Code::ContainerNotFound);
    assert_eq!(
        problem.message,
        "there is no container nope in the task definition web1:8"
    );
    assert_eq!(without_marks(&problem.hint), "its containers are web1, log");

    let mut two = web1();
    two["containerDefinitions"][1]["essential"] = Value::Null;
    let problem = choose_container(&described(two), None, None).unwrap_err();
    assert!(
        without_marks(&problem.hint).contains("`container-name`: its containers are web1, log")
    );
}

#[test]
fn a_revision_fits_by_digest_or_by_a_version_tag_that_is_still_there() {
    let digest = ImageDigest::parse(&format!("sha256:{}", "a".repeat(64))).unwrap();
    let repository = Repository::parse_uri(&format!("{HOST}/web1")).unwrap();
    let tags = ["v1.2.0", "latest"].map(|tag| ImageTag::parse(tag).unwrap());
    for (image, wanted) in [
        (format!("{HOST}/web1@{digest}"), true),
        (format!("{HOST}/web1:v1.2.0"), true),
        (format!("{HOST}/web1:v9@{digest}"), true),
        (
            "123456789012.dkr.ecr-fips.ap-northeast-2.amazonaws.com/web1:v1.2.0".into(),
            true,
        ),
        (format!("{HOST}/web1:v1.1.0"), false),
        (format!("{HOST}/web1:latest"), false),
        (format!("{HOST}/web1"), false),
        (format!("{HOST}/web2:v1.2.0"), false),
        (format!("{HOST}/web1@sha256:{}", "b".repeat(64)), false),
        ("nginx:v1.2.0".into(), false),
    ] {
        let td = described(web1()).with_image(&["web1"], &image);
        assert_eq!(
            fits(&td, "web1", &repository, &digest, &tags),
            wanted,
            "{image}"
        );
    }
    assert!(!fits(
        &described(web1()),
        "nope",
        &repository,
        &digest,
        &tags
    ));
}

/// Any JSON, small.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<i32>().prop_map(Value::from),
        "\\PC{0,5}".prop_map(Value::from),
        Just(Value::Null)
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from);
        let map = proptest::collection::vec(("[a-zA-Z]{1,12}", inner), 0..4);
        prop_oneof![
            list,
            map.prop_map(|members| Value::Object(members.into_iter().collect()))
        ]
    })
}

proptest! {
    #[test]
    fn no_member_is_lost_whatever_it_is(
        members in proptest::collection::vec(("[a-zA-Z]{1,14}", any_json()), 0..8),
        inside in proptest::collection::vec(("[a-zA-Z]{1,14}", any_json()), 0..8),
    ) {
        let mut document = web1();
        for (key, value) in &members {
            prop_assume!(!["containerDefinitions", "tags", "family"].contains(&key.as_str()));
            document[key] = value.clone();
        }
        for (key, value) in &inside {
            prop_assume!(key != "name");
            document["containerDefinitions"][0][key] = value.clone();
        }
        let mut wanted = document.clone();
        let request = described(document).with_image(&["web1"], "new").register_request("web1", &[]);
        wanted["containerDefinitions"][0]["image"] = "new".into();
        wanted.as_object_mut().unwrap().retain(|key, _| !DESCRIBE_ONLY.contains(&key.as_str()));
        prop_assert_eq!(request, wanted);
    }

    #[test]
    fn no_file_panics(text in "\\PC*", document in any_json()) {
        for text in [text, document.to_string(), json!({"containerDefinitions": document}).to_string()] {
            let _ = TaskDefinition::from_file(&text, "x").map(|td| (td.platform(), td.register_request("f", &[])));
        }
    }
}

const KINDS: &str = r#"
x-log: &log
  logDriver: awslogs
  options: { awslogs-create-group: true, awslogs-group: /ecs/api, max-lines: 1.50 }
$schema: https://schemas.test/task-definition.json
taskDefinitionArn: arn:aws:ecs:eu-west-1:123456789012:task-definition/api:3
cpu: 256
taskRoleArn: ""
containerDefinitions:
  - name: api
    image: api
    cpu: "128"
    essential: yes
    command: [serve, --port, 8080, --quiet, no, --debug, True]
    dockerLabels: { tier: 1, open: yes }
    repositoryCredentials: { credentialsParameter: "" }
    logConfiguration: &logging
      <<: *log
      secretOptions: [{ name: "", valueFrom: "" }]
  - name: sidecar
    image: sidecar
    logConfiguration: { <<: *logging, logDriver: json-file }
"#;

#[test]
fn a_file_is_registered_as_it_is_meant() {
    let definition = TaskDefinition::from_file(KINDS, "td.yaml").unwrap();
    let options =
        json!({"awslogs-create-group": "true", "awslogs-group": "/ecs/api", "max-lines": "1.50"});
    let wanted = json!({"family": "api", "cpu": "256", "containerDefinitions": [
        {"name": "api", "image": "api", "cpu": 128, "essential": true,
         "command": ["serve", "--port", "8080", "--quiet", "no", "--debug", "True"],
         "dockerLabels": {"tier": "1", "open": "yes"},
         "logConfiguration": {"logDriver": "awslogs", "options": options, "secretOptions": []}},
        {"name": "sidecar", "image": "sidecar",
         "logConfiguration": {"logDriver": "json-file", "options": options, "secretOptions": []}}]});
    assert_eq!(definition.register_request("api", &[]), wanted);
}

#[test]
fn a_refusal_names_the_place_in_the_file_and_what_to_do() {
    let refused = |text: &str| {
        let problem = TaskDefinition::from_file(text, "td.json").unwrap_err();
        (
            without_marks(&problem.message),
            without_marks(&problem.hint),
        )
    };
    let (message, hint) = refused(
        r#"{"taskDefinition": {"containerDefinitions": [{"name": "a", "cpu": "x"}], "taskRoleArn": "${ROLE}"}, "tags": [{"value": 1}]}"#,
    );
    assert_eq!(
        message,
        "td.json cannot be registered: taskDefinition.taskRoleArn has the placeholder ${ROLE}; \
         taskDefinition.containerDefinitions[0].cpu is \"x\", not a whole number; tags[0] has no key"
    );
    assert!(
        hint.contains("replace the placeholder") && hint.contains("--generate-cli-skeleton"),
        "{hint}"
    );

    let (_, hint) = refused(r#"{"cpu": {{ must_env `CPU` }}, "containerDefinitions": []}"#);
    assert!(hint.contains("looks like a template"), "{hint}");
    let many = r#"{"containerDefinitions": [1, 2, 3, 4, 5, 6, 7]}"#;
    assert!(
        refused(many)
            .0
            .ends_with("containerDefinitions[4] is 5, not a mapping; and 2 more")
    );
    let powershell = r#"{"TaskDefinition": {"ContainerDefinitions": [{"Name": "a"}]}}"#;
    assert!(
        refused(powershell)
            .0
            .contains("TaskDefinition.ContainerDefinitions is CloudFormation's name")
    );
}

proptest! {
    #[test]
    fn no_member_of_a_file_is_lost(
        members in proptest::collection::vec(("z[a-z]{1,14}", any_json()), 0..8),
        inside in proptest::collection::vec(("z[a-z]{1,14}", any_json()), 0..8),
    ) {
        let mut document = web1();
        for (key, value) in members {
            document[key] = value;
        }
        for (key, value) in inside {
            document["containerDefinitions"][0][key] = value;
        }
        let read = TaskDefinition::from_file(&document.to_string(), "td.json").unwrap();
        let mut wanted = document.clone();
        // A null says that there is no such member.
        wanted.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let container = wanted["containerDefinitions"][0].as_object_mut().unwrap();
        container.retain(|_, value| !value.is_null());
        prop_assert_eq!(read.register_request("web1", &[]), described(wanted).register_request("web1", &[]));
    }
}

#[test]
fn only_the_image_that_is_replaced_may_be_a_placeholder() {
    let file = |app: &str, proxy: &str| {
        let containers = json!([{"name": "app", "image": app}, {"name": "proxy", "image": proxy}]);
        TaskDefinition::from_file(
            &json!({"containerDefinitions": containers}).to_string(),
            "td.json",
        )
    };
    let app = ContainerName::new("app");
    let origin = OutsideText::new("td.json");
    let usual = file("<IMAGE1_NAME>", "envoy:v1").unwrap();
    assert_eq!(check_other_images(&usual, &app, &origin), Ok(()));

    let forgotten = file("web1:v1", "${PROXY_IMAGE}").unwrap();
    let problem = check_other_images(&forgotten, &app, &origin).unwrap_err();
    assert_eq!(
        without_marks(&problem.message),
        "td.json cannot be registered: the image of its container proxy has the placeholder ${PROXY_IMAGE}"
    );

    let problem = file("web1:{{ env `TAG` }}", "<IMAGE2_NAME>").unwrap_err();
    assert_eq!(
        without_marks(&problem.message),
        "td.json cannot be registered: containerDefinitions[0].image has the placeholder {{ env `TAG` }}; \
         containerDefinitions[1].image has the placeholder <IMAGE2_NAME>"
    );
}

#[test]
fn containers_with_the_same_image_are_found() {
    let document = json!({"taskDefinitionArn": ARN, "containerDefinitions": [
        {"name": "migrate", "image": "web1:v9"},
        {"name": "app", "image": "web1:v9"},
        {"name": "worker", "image": "web1@sha256:9"},
        {"name": "log", "image": "fluent-bit:2"},
    ]});
    let td = described(document);
    assert_eq!(td.containers_like("app", |_| false), ["migrate", "app"]);
    let is_digest = |image: &str| image == "web1@sha256:9";
    assert_eq!(
        td.containers_like("app", is_digest),
        ["migrate", "app", "worker"]
    );
    let moved = td.with_image(&["migrate", "app"], "web1:v8");
    let images = ["migrate", "app", "worker", "log"].map(|name| moved.image(name).unwrap());
    assert_eq!(
        images,
        ["web1:v8", "web1:v8", "web1@sha256:9", "fluent-bit:2"]
    );
    // How both write the image they share is no difference of configuration.
    assert!(td.differs_only_in_image(&moved, "app"));
}
