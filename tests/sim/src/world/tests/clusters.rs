//! What reads a whole cluster.

use serde_json::{Value, json};

use super::super::Strategy;
use super::super::stage::{Member, Several, several};
use super::at;

impl Several {
    /// All pages of a list of ARNs, as they come.
    fn pages(&mut self, operation: &str, list: &str, mut input: Value) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        loop {
            let answer = self.ecs(operation, input.clone(), 0);
            pages.push(serde_json::from_value(answer[list].clone()).unwrap());
            match answer.get("nextToken") {
                Some(token) => input["nextToken"] = token.clone(),
                None => return pages,
            }
        }
    }
}

fn crowd() -> Several {
    let sixty = |member: Member| member.with(|spec| spec.desired_count = 60);
    several(&[
        sixty(Member::codedeploy("web1")),
        sixty(Member::ecs("worker1", Strategy::Rolling)),
    ])
}

#[test]
fn the_tasks_of_a_cluster_come_in_pages_of_a_hundred() {
    let mut stage = crowd();
    let pages = stage.pages("ListTasks", "taskArns", json!({ "cluster": "prod" }));
    let sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
    assert_eq!(sizes, [100, 20]);
    let mut groups = Vec::new();
    for page in &pages {
        let found = stage.ecs(
            "DescribeTasks",
            json!({ "cluster": "prod", "tasks": page }),
            0,
        );
        let tasks = found["tasks"].as_array().unwrap().iter();
        groups.extend(tasks.map(|task| task["group"].as_str().unwrap().to_owned()));
    }
    for service in ["web1", "worker1"] {
        let own = format!("service:{service}");
        assert_eq!(groups.iter().filter(|group| **group == own).count(), 60);
        let input = json!({ "cluster": "prod", "serviceName": service, "maxResults": 25 });
        let pages = stage.pages("ListTasks", "taskArns", input);
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [25, 25, 10]);
    }
}

#[test]
fn the_tasks_of_a_cluster_are_told_apart_by_their_desired_status() {
    let mut stage = several(&[
        Member::codedeploy("web1"),
        Member::ecs("worker1", Strategy::Rolling),
    ]);
    let wanted = |status: &str| json!({ "cluster": "prod", "desiredStatus": status });
    stage.world.advance(at(0));
    stage.world.delete_service("prod", "worker1");
    for (status, count) in [("RUNNING", 2), ("STOPPED", 2), ("PENDING", 0)] {
        let listed = stage.ecs("ListTasks", wanted(status), 1);
        let arns = listed["taskArns"].as_array().unwrap();
        assert_eq!(arns.len(), count, "{status}");
        if status == "STOPPED" {
            let input = json!({ "cluster": "prod", "tasks": arns });
            let tasks = stage.ecs("DescribeTasks", input, 1);
            assert_eq!(tasks["tasks"][0]["group"], "service:worker1");
        }
    }
}

#[test]
fn the_services_of_a_cluster_come_in_pages_of_ten() {
    let members: Vec<Member> = (1..=12)
        .map(|nth| Member::codedeploy(&format!("web{nth}")))
        .collect();
    let mut stage = several(&members);
    let arns = |stage: &mut Several, more: Value| {
        let mut input = json!({ "cluster": "prod" });
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        stage.pages("ListServices", "serviceArns", input)
    };
    let pages = arns(&mut stage, json!({}));
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 2]);
    let mut names: Vec<&str> = pages
        .iter()
        .flatten()
        .map(|arn| arn.rsplit('/').next().unwrap())
        .collect();
    names.sort_by_key(|name| name[3..].parse::<u32>().unwrap());
    let all: Vec<String> = (1..=12).map(|nth| format!("web{nth}")).collect();
    assert_eq!(names, all);
    assert_eq!(arns(&mut stage, json!({ "maxResults": 100 })).len(), 1);
}
