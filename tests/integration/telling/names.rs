//! Names that look like secrets are told as they are: in the log, the summary, the outputs, and in what is to be
//! typed next.

use std::time::{Duration, SystemTime};

use aws_sim::world::stage::{self, ACCOUNT, Names, REGION, Release, native1_called, web1_called};
use aws_sim::world::{Outcome, Past, PastService, ServiceOutcome, Strategy, World};

use crate::harness::worlds::ago;
use crate::harness::{Done, Step};

const NAME: &str = "reset-password";
/// More of what comes before a secret in other people's texts.
const OTHERS: [&str; 5] = [
    "auth-token",
    "client-secret",
    "api-key",
    "db_password",
    "access_key",
];

/// A service whose name, family, container and repository are all the same, on v1.2.0.
struct Called {
    name: &'static str,
    world: World,
    releases: Vec<Release>,
    by_codedeploy: bool,
}

impl Called {
    fn by_codedeploy(name: &'static str) -> Self {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(stage::START);
        let stage = web1_called(&Names::all(name), start, |_| {});
        Self {
            name,
            world: stage.world,
            releases: stage.releases,
            by_codedeploy: true,
        }
    }

    fn by_ecs(name: &'static str) -> Self {
        let stage = native1_called(&Names::all(name), Strategy::Rolling, |_| {});
        Self {
            name,
            world: stage.world,
            releases: stage.releases,
            by_codedeploy: false,
        }
    }

    fn step(&self, version: &str) -> Step {
        Step::on(self.world.clone())
            .input("version", version)
            .input("cluster", "prod")
            .input("service", self.name)
    }

    fn arn(&self, revision: u32) -> String {
        format!(
            "arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{}:{revision}",
            self.name
        )
    }

    fn image(&self, release: usize) -> String {
        Names::all(self.name).image(&format!("@{}", self.releases[release].digest))
    }

    /// v1.2.0 once more with twice the memory, deployed a quarter of an hour ago: revision 4.
    fn with_more_memory(mut self) -> Self {
        let mut document = Names::all(self.name).release("v1.2.0");
        document["memory"] = "2048".into();
        let revision = self.world.register_task_definition(&document, ago(1_000));
        let key = Names::all(self.name).key();
        if self.by_codedeploy {
            let past = Past::new(&revision, ago(900), Outcome::Succeeded);
            self.world.past_deployment(&key, &past);
        } else {
            let past = PastService::new(&revision, ago(900), ServiceOutcome::Successful);
            self.world.past_service_deployment(&key, &past);
        }
        self
    }

    /// That the run went from one revision to another, and that all of it is told as AWS knows it.
    #[track_caller]
    fn went(&self, step: &Step, done: &Done, from: (u32, usize), to: (u32, usize)) {
        let created = usize::from(self.by_codedeploy);
        done.ended(step, "rolled-back", &[], created);
        let told = [
            ("task-definition-arn", self.arn(to.0)),
            ("previous-task-definition-arn", self.arn(from.0)),
            ("image", self.image(to.1)),
            ("previous-image", self.image(from.1)),
            ("undo-version", self.releases[from.1].tag.to_owned()),
        ];
        for (output, value) in told {
            assert_eq!(done.output(output), value, "{}", done.log);
        }
        let url = done.output("console-url");
        let id = done.output("codedeploy-deployment-id");
        let page = format!("/clusters/prod/services/{}/", self.name);
        assert!(
            url.contains(if self.by_codedeploy { id } else { &page }),
            "{url}"
        );
        let (log, summary, report) = (&done.log, &done.summary, done.output("report"));
        for text in [log, summary, report] {
            assert!(!text.contains("***"), "{text}");
            let revision = format!("{}:{}", self.name, to.0);
            assert!(text.contains(&revision), "{text}");
        }
        let serving = step.sim.world(|world| world.serving("prod", self.name));
        let revisions: Vec<_> = serving.iter().map(|part| &part.task_definition).collect();
        assert_eq!(revisions, [&self.arn(to.0)]);
    }
}

/// The old revision is inactive, so that a new one is registered.
async fn registers_a_revision(mut called: Called) -> Done {
    called.world.deregister(&called.arn(1));
    let step = called.step("v1.0.0");
    let done = step.run().await;
    called.went(&step, &done, (3, 2), (4, 0));
    done
}

/// The image stays, so that the way back needs the revision as well.
async fn undoes_a_configuration(called: Called) -> Done {
    let called = called.with_more_memory();
    let step = called.step("previous");
    let done = step.run().await;
    called.went(&step, &done, (4, 2), (3, 2));
    done.says(&format!("task-definition {}:4", called.name));
    done
}

#[tokio::test(start_paused = true)]
async fn a_new_revision_by_codedeploy() {
    let done = registers_a_revision(Called::by_codedeploy(NAME)).await;
    insta::assert_snapshot!(done.story());
    insta::assert_snapshot!("a_new_revision_summary", done.summary);
}

#[tokio::test(start_paused = true)]
async fn a_new_revision_by_ecs() {
    let done = registers_a_revision(Called::by_ecs(NAME)).await;
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn the_way_back_to_a_configuration_by_codedeploy() {
    let done = undoes_a_configuration(Called::by_codedeploy(NAME)).await;
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn the_way_back_to_a_configuration_by_ecs() {
    let done = undoes_a_configuration(Called::by_ecs(NAME)).await;
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn other_names_of_that_kind() {
    for name in OTHERS {
        registers_a_revision(Called::by_codedeploy(name)).await;
        registers_a_revision(Called::by_ecs(name)).await;
        undoes_a_configuration(Called::by_codedeploy(name)).await;
        undoes_a_configuration(Called::by_ecs(name)).await;
    }
}
