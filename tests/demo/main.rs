//! `cargo demo`: the real binary rolls a simulated service back, as somebody in an incident would see it.
//! Everything about AWS and the rollback that it shows is the action's own log, summary and outputs.

#![allow(unreachable_pub, reason = "nobody can use what a test binary exports")]

mod markdown;
mod play;
mod runner_log;
mod screen;
mod shop;
mod stories;

#[allow(dead_code, reason = "the integration tests use the rest")]
#[path = "../integration/harness/github/mod.rs"]
mod github;
#[allow(dead_code, reason = "the integration tests use the rest")]
#[path = "../integration/harness/runner.rs"]
mod runner;

use std::process::ExitCode;

use screen::Screen;
use stories::{STORIES, Story};

/// What is shown when nothing is asked for: the main job, then what a typo gets.
const SHOW: [&str; 2] = ["rollback", "typo"];

/// What the command line asks for.
#[derive(Default)]
struct Asked {
    help: bool,
    unfold: bool,
    names: Vec<String>,
}

fn main() -> ExitCode {
    let mut asked = Asked::default();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--help" | "-h" | "help" => asked.help = true,
            "--unfold" => asked.unfold = true,
            _ => asked.names.push(argument),
        }
    }
    let screen = Screen::stdout(asked.unfold);
    if asked.help {
        help(&screen);
        return ExitCode::SUCCESS;
    }
    if asked.names.is_empty() {
        asked.names = SHOW.map(str::to_owned).to_vec();
    }
    let found: Option<Vec<&Story>> = asked.names.iter().map(|name| stories::find(name)).collect();
    let Some(stories) = found else {
        screen.line(&format!(
            "There is no such story: {}",
            asked.names.join(" ")
        ));
        help(&screen);
        return ExitCode::from(2);
    };
    show(&screen, &stories)
}

/// Shows the stories one after the other, up to the first that doesn't end as told.
fn show(screen: &Screen, stories: &[&Story]) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("the kernel gives a process its timers and its epoll");
    for story in stories {
        if let Err(difference) = runtime.block_on(play::play(screen, story)) {
            screen.line(&format!(
                "The story {} did not end as told: {difference}",
                story.name
            ));
            return ExitCode::FAILURE;
        }
    }
    if stories.len() == SHOW.len() {
        screen.note("More: cargo demo -- --help");
    }
    ExitCode::SUCCESS
}

fn help(screen: &Screen) {
    screen.line("The real binary against a simulated AWS on this machine. Nothing leaves it.\n");
    screen.line("  cargo demo                     rollback, then typo");
    screen.line("  cargo demo -- STORY…           these stories");
    screen
        .line("  cargo demo -- --unfold STORY   also what is folded in the log and the summary\n");
    screen.line("Stories");
    for story in STORIES {
        screen.line(&format!("  {:<12} {}", story.name, story.about));
    }
}
