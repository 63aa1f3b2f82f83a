use serde_json::json;

use super::*;
use crate::outside::without_marks;

/// Has 0.5 as it is written, and nothing else.
const SOURCE: &str = "10.5, 0.50, 0.5";

fn conformed(mut document: Value) -> Value {
    assert_eq!(
        conform(&mut document, shape::TASK_DEFINITION, "", SOURCE),
        []
    );
    document
}

fn container(members: Value) -> Value {
    let mut container = json!({"name": "web1"});
    let members = members.as_object().unwrap().clone();
    container.as_object_mut().unwrap().extend(members);
    json!({ "containerDefinitions": [container] })
}

fn faults(mut document: Value) -> Vec<String> {
    let faults = conform(&mut document, shape::TASK_DEFINITION, "", SOURCE);
    faults
        .iter()
        .map(|fault| without_marks(&fault.reason))
        .collect()
}

#[test]
fn every_value_becomes_what_its_member_says() {
    for (written, meant) in [
        (json!({"cpu": "256"}), json!({"cpu": 256})),
        (json!({"memory": " 512 "}), json!({"memory": 512})),
        (json!({"stopTimeout": 30.0}), json!({"stopTimeout": 30})),
        (json!({"essential": "True"}), json!({"essential": true})),
        (json!({"privileged": "no"}), json!({"privileged": false})),
        (
            json!({"command": ["serve", 8080, false, 0.5]}),
            json!({"command": ["serve", "8080", "false", "0.5"]}),
        ),
        (
            json!({"dockerLabels": {"tier": 1, "open": true}}),
            json!({"dockerLabels": {"tier": "1", "open": "true"}}),
        ),
        (
            json!({"portMappings": [{"containerPort": "80", "name": 7}]}),
            json!({"portMappings": [{"containerPort": 80, "name": "7"}]}),
        ),
        (
            json!({"environment": [{"name": "PORT", "value": 8080}, {"name": "NONE", "value": null}]}),
            json!({"environment": [{"name": "PORT", "value": "8080"}, {"name": "NONE", "value": ""}]}),
        ),
        (
            json!({"ulimits": [{"name": "nofile", "softLimit": "1024", "hardLimit": -1}]}),
            json!({"ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": -1}]}),
        ),
    ] {
        assert_eq!(conformed(container(written)), container(meant));
    }
    let sizes = json!({"cpu": 256, "memory": 512, "ephemeralStorage": {"sizeInGiB": "30"}});
    let meant = json!({"cpu": "256", "memory": "512", "ephemeralStorage": {"sizeInGiB": 30}});
    assert_eq!(conformed(sizes), meant);
}

#[test]
fn what_the_console_exports_as_empty_is_left_out() {
    for empty in [
        json!({"repositoryCredentials": {"credentialsParameter": ""}}),
        json!({"repositoryCredentials": {}, "healthCheck": {"command": [], "interval": null}}),
        json!({"hostname": "", "user": "", "cpu": "", "essential": null, "links": null}),
        json!({"logConfiguration": {"logDriver": "", "options": null, "secretOptions": [{"name": ""}]}}),
        json!({"newerThanUs": null}),
    ] {
        assert_eq!(conformed(container(empty)), container(json!({})));
    }
    let lists = json!({"secrets": [{"name": "", "valueFrom": ""}, {"name": "A", "valueFrom": "b"}], "dnsServers": [""]});
    let kept = json!({"secrets": [{"name": "A", "valueFrom": "b"}], "dnsServers": []});
    assert_eq!(conformed(container(lists)), container(kept));
    assert_eq!(
        conformed(json!({"taskRoleArn": "", "pidMode": "", "volumes": []})),
        json!({"volumes": []})
    );
}

#[test]
fn an_empty_text_that_means_something_stays() {
    for document in [
        container(json!({"command": ["run", ""], "entryPoint": [""]})),
        container(json!({"environment": [{"name": "A", "value": ""}]})),
        container(json!({"dockerLabels": {"a": ""}})),
        json!({"volumes": [{"name": "data", "host": {}}]}),
    ] {
        assert_eq!(conformed(document.clone()), document);
    }
}

#[test]
fn members_that_nobody_here_knows_stay_as_they_are() {
    let newer = json!({"size": "1", "Name": 1.10, "empty": "", "list": [null, ""], "port": true});
    let document = json!({"newer": newer, "cpu": "256", "containerDefinitions": [{"name": "a", "newer": newer}]});
    assert_eq!(conformed(document.clone()), document);
}

#[test]
fn what_cannot_be_meant_is_named_with_its_path() {
    for (members, fault) in [
        (
            json!({"cpu": "lots"}),
            r#"cpu is "lots", not a whole number"#,
        ),
        (json!({"cpu": 0.5}), "cpu is 0.5, not a whole number"),
        (
            json!({"memory": 99_999_999_999_u64}),
            "memory is 99999999999, larger than ECS takes",
        ),
        (
            json!({"essential": "maybe"}),
            r#"essential is "maybe", not true or false"#,
        ),
        (json!({"essential": 1}), "essential is 1, not true or false"),
        (json!({"command": "bin/run"}), "command is text, not a list"),
        (
            json!({"command": ["a", null]}),
            "command[1] is null, not text",
        ),
        (
            json!({"command": ["a", 1.10]}),
            "command[1] is a number, not text",
        ),
        (
            json!({"environment": {"A": "b"}}),
            "environment is a mapping, not a list",
        ),
        (
            json!({"environment": [{"value": "b"}]}),
            "environment[0] has no name",
        ),
        (
            json!({"dockerLabels": {"a": ["b"]}}),
            "dockerLabels.a is a list, not text",
        ),
        (
            json!({"dockerLabels": {"a": null}}),
            "dockerLabels.a is null, not text",
        ),
        (
            json!({"secrets": [{"name": ""}, {"name": "A", "valueFrom": ""}]}),
            "secrets[1] has no valueFrom",
        ),
        (
            json!({"portMappings": [80]}),
            "portMappings[0] is 80, not a mapping",
        ),
        (json!({"cpu": "${CPU}"}), "cpu has the placeholder ${CPU}"),
        (
            json!({"secrets": [{"name": "A", "valueFrom": "arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/a"}]}),
            "secrets[0].valueFrom has the placeholder ${ACCOUNT}",
        ),
        (
            json!({"Image": "web1"}),
            "Image is CloudFormation's name for what ECS calls image",
        ),
        (
            json!({"readOnlyRootFilesystem": true}),
            "readOnlyRootFilesystem is called readonlyRootFilesystem by ECS",
        ),
    ] {
        assert_eq!(
            faults(container(members)),
            [format!("containerDefinitions[0].{fault}")]
        );
    }
    let several = json!({"executionRoleArn": "{{ ROLE }}", "containerDefinitions": [{"name": ""}, {"name": "a", "cpu": "b"}]});
    assert_eq!(
        faults(several),
        [
            "executionRoleArn has the placeholder {{ ROLE }}",
            r#"containerDefinitions[1].cpu is "b", not a whole number"#
        ]
    );
    let cloudformation = json!({"Cpu": "256", "ContainerDefinitions": [{"Name": "a"}]});
    assert_eq!(
        faults(cloudformation),
        ["Cpu is CloudFormation's name for what ECS calls cpu"]
    );
}

#[test]
fn placeholders_are_legal_where_a_program_reads_them() {
    let document = container(json!({
        "command": ["sh", "-c", "echo ${HOME} <x>"], "healthCheck": {"command": ["CMD", "${URL}"]},
        "environment": [{"name": "A", "value": "{{ name }}"}], "dockerLabels": {"a": "${b}"},
        "logConfiguration": {"logDriver": "awslogs", "options": {"tag": "{{.Name}}"}},
    }));
    assert_eq!(conformed(document.clone()), document);
}
