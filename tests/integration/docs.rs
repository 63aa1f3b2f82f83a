//! The documentation against the code: tables, the IAM policy, links.
//! `UPDATE_DOCS=1 cargo test docs` writes the tables anew.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aws_sim::aws::Service;
use aws_sim::world::{ImageSpec, NativeHook, NativePhase, Reached, ServiceSpec, Start, Strategy, stage};
use ecs_rollback_action::aws::{Operation, codedeploy, ecr, ecs};
use ecs_rollback_action::reference;

use crate::harness::Step;
use crate::operations;

/// What AWS checks besides the operations that are called: behind RegisterTaskDefinition (its roles, its tags)
/// and behind CreateDeployment (the AppSpec, the configuration, the alarms).
const BEHIND_THE_WRITES: [&str; 6] = [
    "iam:PassRole",
    "ecs:TagResource",
    "codedeploy:UpdateDeploymentGroup",
    "codedeploy:GetDeploymentConfig",
    "codedeploy:RegisterApplicationRevision",
    "codedeploy:GetApplicationRevision",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// What stands between `<!-- name -->` and `<!-- /name -->`: where from and where to.
fn block(text: &str, name: &str) -> (usize, usize) {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let from = text.find(&open).unwrap_or_else(|| panic!("there is no {open:?}")) + open.len();
    let length = text[from..].find(&close).unwrap_or_else(|| panic!("there is no {close:?}"));
    (from, from + length)
}

fn is_wanted() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

fn holds(file: &str, name: &str, table: &str) {
    let text = read(file);
    let (from, to) = block(&text, name);
    if text[from..to] == *table {
        return;
    }
    assert!(is_wanted(), "{file}, between the markers {name}, should be (UPDATE_DOCS=1 writes it):\n{table}");
    let written = format!("{}{table}{}", &text[..from], &text[to..]);
    std::fs::write(root().join(file), written).expect("the file can be written");
}

#[test]
fn the_tables_are_those_of_the_code() {
    holds("README.md", "inputs", &reference::inputs_table());
    holds("README.md", "outputs", &reference::outputs_table());
    holds("README.md", "exit-codes", &reference::exit_codes_table());
    holds("docs/troubleshooting.md", "error-codes", &reference::error_codes_table());
}

/// The operations that this action calls. A test looks that none is missing here.
const CALLED: &[Operation] = &[
    ecs::DESCRIBE_SERVICES,
    ecs::LIST_TASKS,
    ecs::DESCRIBE_TASKS,
    ecs::DESCRIBE_TASK_DEFINITION,
    ecs::LIST_TASK_DEFINITIONS,
    ecs::REGISTER_TASK_DEFINITION,
    ecs::LIST_SERVICE_DEPLOYMENTS,
    ecs::DESCRIBE_SERVICE_DEPLOYMENTS,
    ecs::DESCRIBE_SERVICE_REVISIONS,
    ecs::UPDATE_SERVICE,
    ecs::STOP_SERVICE_DEPLOYMENT,
    ecs::CONTINUE_SERVICE_DEPLOYMENT,
    ecr::DESCRIBE_IMAGES,
    ecr::BATCH_GET_IMAGE,
    ecr::GET_DOWNLOAD_URL_FOR_LAYER,
    codedeploy::GET_DEPLOYMENT,
    codedeploy::BATCH_GET_DEPLOYMENTS,
    codedeploy::LIST_DEPLOYMENTS,
    codedeploy::GET_DEPLOYMENT_GROUP,
    codedeploy::BATCH_GET_DEPLOYMENT_GROUPS,
    codedeploy::BATCH_GET_APPLICATION_REVISIONS,
    codedeploy::LIST_APPLICATIONS,
    codedeploy::LIST_DEPLOYMENT_GROUPS,
    codedeploy::GET_DEPLOYMENT_TARGET,
    codedeploy::CREATE_DEPLOYMENT,
    codedeploy::CONTINUE_DEPLOYMENT,
    codedeploy::STOP_DEPLOYMENT,
];

#[test]
fn every_operation_of_the_code_is_known_here() {
    let declared: BTreeSet<_> =
        operations::declared().into_iter().map(|(service, name)| format!("{service}:{name}")).collect();
    let called: BTreeSet<String> = CALLED.iter().map(|operation| operation.iam_action()).collect();
    assert_eq!(declared, called);
}

#[test]
fn the_policy_allows_what_is_called_and_no_more() {
    let readme = read("README.md");
    let (from, to) = block(&readme, "iam-policy");
    let fenced = readme[from..to].trim().trim_start_matches("```json").trim_end_matches("```");
    let policy: serde_json::Value = serde_json::from_str(fenced).expect("the policy is JSON");
    let mut allowed = BTreeSet::new();
    for statement in policy["Statement"].as_array().expect("a list of statements") {
        assert_eq!(statement["Effect"], "Allow");
        let actions = match &statement["Action"] {
            serde_json::Value::Array(actions) => actions.clone(),
            one => vec![one.clone()],
        };
        for action in actions {
            let action = action.as_str().expect("an action is text").to_owned();
            assert!(!action.contains('*'), "{action}");
            assert!(allowed.insert(action.clone()), "{action} is there twice");
        }
    }
    let mut needed: BTreeSet<String> = CALLED.iter().map(|operation| operation.iam_action()).collect();
    needed.extend(BEHIND_THE_WRITES.map(str::to_owned));
    let lacking: Vec<_> = needed.difference(&allowed).collect();
    let spare: Vec<_> = allowed.difference(&needed).collect();
    assert!(
        lacking.is_empty() && spare.is_empty(),
        "the policy lacks {lacking:?} and has {spare:?} for nothing"
    );
}

/// The actions behind every call that the simulator saw in runs which between them take every way there is.
pub async fn iam_actions_seen() -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for step in every_way() {
        assert_eq!(step.run().await.exit, 0);
        for call in step.sim.calls().iter() {
            let service = match call.service {
                Some(Service::Ecs) => "ecs",
                Some(Service::Ecr) => "ecr",
                Some(Service::CodeDeploy) => "codedeploy",
                Some(other) => panic!("{other:?} is in no policy"),
                None => continue,
            };
            seen.insert(format!("{service}:{}", call.operation));
        }
    }
    seen
}

fn every_way() -> Vec<Step> {
    let mut ways = by_codedeploy();
    ways.extend(by_ecs());
    ways
}

/// A service that ECS deploys, at rest, in a canary, and paused by a hook.
fn by_ecs() -> [Step; 3] {
    let (rolling, mut canary) = (stage::native1(Strategy::Rolling), stage::native1(Strategy::Canary));
    let old = canary.releases[0].task_definition.clone();
    canary.world.start_service_deployment(&canary.service, &old, NativePhase::Shifting);
    let mut paused = stage::native1_with(Strategy::BlueGreen, |spec| {
        spec.native.hooks = vec![NativeHook::pause("PRE_PRODUCTION_TRAFFIC_SHIFT")];
    });
    paused.world.start_service_deployment(&paused.service, &old, NativePhase::Paused);
    let asking = |world, version| {
        Step::on(world).input("cluster", "prod").input("service", "web1").input("version", version)
    };
    [asking(rolling.world, "v1.0.0"), asking(canary.world, "v1.2.0"), asking(paused.world, "v1.0.0")]
}

fn by_codedeploy() -> Vec<Step> {
    // An image that never ran here: its platform is looked up, and it needs a revision of its own.
    let mut new = stage::web1();
    let now = new.world.now();
    new.world.push_image("web1", &["v1.0.5"], ImageSpec::single("linux", "amd64"), now);
    // A service that CodeDeploy never deployed, in a group with a name of its own that waits before it shifts traffic.
    let mut first = stage::web1();
    let mut web2 = ServiceSpec::new("prod", "web2", &first.releases[2].task_definition, "web1");
    (web2.application, web2.deployment_group) = (Some("shop".to_owned()), Some("green".to_owned()));
    web2.ready_wait_minutes = Some(60);
    first.world.create_service(&web2, now);
    // A release on its way, whose original tasks still run what is asked for.
    let mut busy = stage::web1();
    let release = Start::new(&busy.releases[1].task_definition);
    busy.world.start_deployment(&busy.service, &release, Reached::TerminationWait);
    let step = |world, service| Step::on(world).input("cluster", "prod").input("service", service);
    vec![
        Step::web1("v1.0.0"),
        Step::web1("previous"),
        step(new.world, "web1").input("version", "v1.0.5"),
        step(busy.world, "web1").input("version", "v1.2.0"),
        step(first.world, "web2").input("version", "v1.1.0"),
    ]
}

#[tokio::test(start_paused = true)]
async fn every_operation_of_the_policy_is_one_that_aws_saw() {
    let called: BTreeSet<String> = CALLED.iter().map(|operation| operation.iam_action()).collect();
    assert_eq!(iam_actions_seen().await, called);
}

#[test]
fn every_action_is_explained() {
    let explained = read("docs/iam.md");
    for action in
        CALLED.iter().map(|operation| operation.iam_action()).chain(BEHIND_THE_WRITES.map(str::to_owned))
    {
        assert!(explained.contains(&action), "docs/iam.md doesn't say why {action} is there");
    }
}

/// All documents of the repository, relative to its root.
fn documents() -> Vec<PathBuf> {
    let folders = ["", "docs", ".github"].map(|folder| root().join(folder));
    let files = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let files = files.map(|file| file.expect("an entry").path());
    let mut files: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|end| end == "md")).collect();
    files.sort();
    files
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    let mut followed = 0;
    for document in documents() {
        let text = std::fs::read_to_string(&document).expect("a document");
        for link in links(&text) {
            followed += 1;
            if !leads_somewhere(&document, &text, link) {
                broken.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(followed > 10, "only {followed} links were found");
}

/// Targets of the links inside the repository, code left out.
fn links(text: &str) -> Vec<&str> {
    let mut inside_code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        inside_code ^= line.trim_start().starts_with("```");
        let targets =
            line.match_indices("](").filter_map(|(at, open)| line[at + open.len()..].split(')').next());
        found.extend(targets.filter(|target| !inside_code && !target.contains("://")));
    }
    found
}

fn leads_somewhere(document: &Path, text: &str, link: &str) -> bool {
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let path = document.with_file_name(file);
    match (file, anchor) {
        ("", Some(anchor)) => has_heading(text, anchor),
        (_, None) => path.exists(),
        (_, Some(anchor)) => std::fs::read_to_string(path).is_ok_and(|text| has_heading(&text, anchor)),
    }
}

/// Anchors as GitHub makes them of headings.
fn has_heading(text: &str, anchor: &str) -> bool {
    let slug = |heading: &str| {
        let kept = heading.trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>()
    };
    text.lines().filter(|line| line.starts_with('#')).any(|line| slug(line.trim_start_matches('#')) == anchor)
}
