//! Plays one story: the simulated AWS on loopback, the binary as a process, what it wrote, how it ended.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::SystemTime;

use aws_sim::world::stage::Web1;
use aws_sim::world::{HttpAnswer, World};
use aws_sim::{Server, Sim};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::github::{GitHub, TOKEN};
use crate::markdown;
use crate::runner::{RunnerStep, signal};
use crate::runner_log::RunnerLog;
use crate::screen::{Look, Screen};
use crate::stories::Story;

/// A simulated AWS that listens, with the service's health endpoint.
struct Cloud {
    sim: Sim<World>,
    server: Server,
    web1: Web1,
    /// Where the story asks it.
    github: Option<GitHub>,
}

/// Shows the story.
///
/// # Errors
/// In which way it did not end as told.
pub async fn play(screen: &Screen, story: &Story) -> Result<(), String> {
    let cloud = Cloud::for_story(story)
        .await
        .map_err(|error| format!("no simulated AWS: {error}"))?;
    screen.title(story.about);
    screen.line(story.before);
    cloud.show_health(screen).await?;
    let step = cloud
        .step(story)
        .map_err(|error| format!("no folder for the step: {error}"))?;
    introduce(screen, story);
    let code = follow(screen, story, &step)
        .await
        .map_err(|error| format!("the process: {error}"))?;
    screen.line("");
    let outcome = step.outputs().remove("outcome").unwrap_or_default();
    screen.note(&format!(
        "The step ended with exit code {code}; its output outcome is \"{outcome}\"."
    ));
    if story.outcome == "rolled-back" {
        cloud.show_health(screen).await?;
    }
    summary(screen, story, &step)?;
    cloud.judge(story, code, &outcome)
}

impl Cloud {
    /// The world is as old as its history says: it is now.
    #[expect(
        clippy::disallowed_methods,
        reason = "the demo's world begins at the real time"
    )]
    async fn for_story(story: &Story) -> io::Result<Self> {
        let now = SystemTime::now();
        let mut web1 = (story.stage)(now);
        (story.change)(&mut web1);
        let sim = Sim::new(web1.world.clone(), now).with_speed(story.speed.into());
        let server = Server::start(sim.clone()).await?;
        let github = match story.github {
            Some(state) => Some(GitHub::start(state(&web1)).await),
            None => None,
        };
        let cloud = Self {
            sim,
            server,
            web1,
            github,
        };
        let answer = HttpAnswer::ServesOnly {
            service: cloud.web1.service.clone(),
            digest: cloud.digest(story.good),
        };
        cloud
            .sim
            .world(|world| world.set_http(&cloud.health_url(), answer));
        Ok(cloud)
    }

    fn health_url(&self) -> String {
        format!("{}/health", self.server.url())
    }

    fn digest(&self, tag: &str) -> String {
        let release = self.web1.releases.iter().find(|release| release.tag == tag);
        release
            .map(|release| release.digest.clone())
            .unwrap_or_default()
    }

    fn step(&self, story: &Story) -> io::Result<RunnerStep> {
        let health = self.health_url();
        let mut inputs = vec![("cluster", "prod"), ("service", story.service)];
        inputs.extend(story.inputs);
        inputs.extend(
            story
                .health_check
                .then_some(("health-check-url", health.as_str())),
        );
        let mut step = RunnerStep::new(&self.server.url(), &inputs)?;
        if let Some(github) = &self.github {
            let variables = &mut step.variables;
            variables.insert("GITHUB_API_URL".to_owned(), github.url());
            variables.insert("INPUT_GITHUB-TOKEN".to_owned(), TOKEN.to_owned());
        }
        Ok(step)
    }

    /// Asks the service's health endpoint, as its users do.
    async fn show_health(&self, screen: &Screen) -> Result<(), String> {
        let (status, body) = get(&self.server.addr.to_string(), "/health")
            .await
            .map_err(|e| e.to_string())?;
        let look = if status == "200" {
            Look::Green
        } else {
            Look::Red
        };
        screen.line(&format!("  $ curl {}", self.health_url()));
        screen.line(&format!(
            "  {}",
            screen.paint(look, &format!("{status} {body}"))
        ));
        Ok(())
    }

    /// The digest that most of the service's tasks run.
    fn serving(&self, service: &str) -> String {
        let serves = self.sim.world(|world| world.serving("prod", service));
        let most = serves.first().and_then(|most| most.digest.clone());
        most.unwrap_or_default()
    }

    fn judge(&self, story: &Story, code: i32, outcome: &str) -> Result<(), String> {
        let violations = self.sim.violations();
        if (code, outcome) != (story.exit_code, story.outcome) {
            return Err(format!(
                "it is {outcome} ({code}), not {} ({})",
                story.outcome, story.exit_code
            ));
        }
        for service in story.service.split(", ") {
            let serves = self.serving(service);
            if serves != self.digest(story.serves) {
                return Err(format!("{service}: {serves} serves, not {}", story.serves));
            }
        }
        if violations.is_empty() {
            Ok(())
        } else {
            Err(format!("AWS would not allow: {violations:?}"))
        }
    }
}

fn introduce(screen: &Screen, story: &Story) {
    screen.line("");
    screen.line("  - uses: org/ecs-rollback-action@v1");
    let given: Vec<String> = [("cluster", "prod"), ("service", story.service)]
        .iter()
        .chain(story.inputs)
        .map(|(name, value)| format!("{name}: {}", in_yaml(value)))
        .collect();
    screen.line(&format!("    with: {{ {} }}", given.join(", ")));
    screen.line("");
    screen.note(&format!(
        "The step's log, as it comes. This simulated AWS is {} times as fast as the real one; the log's times are real.",
        story.speed
    ));
    screen.line("");
}

/// A value as it can be given between braces.
fn in_yaml(value: &str) -> String {
    if value.contains(',') {
        format!("\"{value}\"")
    } else {
        value.to_owned()
    }
}

/// Runs the step to its end and shows its log. Answers the exit code.
async fn follow(screen: &Screen, story: &Story, step: &RunnerStep) -> io::Result<i32> {
    let mut child = step.command().stdout(Stdio::piped()).spawn()?;
    let stdout = child
        .stdout
        .take()
        .ok_or_else(|| io::Error::other("the log is not piped"))?;
    let mut lines = BufReader::new(stdout).lines();
    let mut log = RunnerLog::new(screen);
    let mut cancel_at = story.cancel_at;
    while let Some(line) = lines.next_line().await? {
        log.line(&line);
        if cancel_at.take_if(|at| line.contains(*at)).is_some() {
            screen.note("(Cancel workflow: the runner sends SIGINT)");
            signal(&child, "INT").await?;
        }
    }
    Ok(child.wait().await?.code().unwrap_or(-1))
}

/// Shows the job summary and leaves it as a file.
fn summary(screen: &Screen, story: &Story, step: &RunnerStep) -> Result<(), String> {
    let text = step.summary();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("demo");
    let file = folder.join(format!("{}.md", story.name));
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&file, &text))
        .map_err(|error| format!("{} can't be written: {error}", file.display()))?;
    screen.title("the job summary, as the page of the run shows it");
    markdown::show(screen, &text);
    screen.line("");
    screen.note(&format!("As a file: {}", shown(&file).display()));
    Ok(())
}

/// Relative where that leads to it.
fn shown(file: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    file.strip_prefix(&here).unwrap_or(file).to_owned()
}

/// The status and the body of a plain GET.
async fn get(host: &str, path: &str) -> io::Result<(String, String)> {
    let mut stream = TcpStream::connect(host).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let status = answer.split(' ').nth(1).unwrap_or("no answer").to_owned();
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status, body.to_owned()))
}
