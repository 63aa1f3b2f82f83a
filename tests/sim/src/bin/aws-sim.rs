//! The server front as a program: a ready-made world on loopback, for other people's clients.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use aws_sim::world::{World, stage};
use aws_sim::{Server, Sim};

const HELP: &str = "\
A simulated AWS on 127.0.0.1, for AWS_ENDPOINT_URL. Ends with the process.

  aws-sim [--stage web1] [--speed 20] [--port-file FILE]

  --stage NAME      the world, cluster prod with v1.2.0: web1 (the service web1), or
                    shop (web1, worker1 and cron1, which run one image)
  --speed N         how many times faster than real time; default 1
  --port-file FILE  where the URL is written, once it listens
";

/// A world that starts at the given time.
type Stage = fn(SystemTime) -> World;

struct Settings {
    stage: Stage,
    speed: f64,
    port_file: Option<PathBuf>,
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program's own output"
)]
fn main() -> ExitCode {
    let settings = match parse(std::env::args().skip(1)) {
        Ok(Some(settings)) => settings,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("aws-sim: {message}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime.and_then(|runtime| runtime.block_on(serve(settings))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("aws-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Settings>, String> {
    let mut settings = Settings {
        stage: web1,
        speed: 1.0,
        port_file: None,
    };
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| format!("{argument} takes a value"))
        };
        match argument.as_str() {
            "--help" | "-h" => return Ok(None),
            "--stage" => settings.stage = parse_stage(&value()?)?,
            "--speed" => {
                settings.speed = value()?
                    .parse()
                    .ok()
                    .filter(|speed| *speed > 0.0)
                    .ok_or("--speed takes a number above 0")?;
            }
            "--port-file" => settings.port_file = Some(value()?.into()),
            other => return Err(format!("{other} is no option")),
        }
    }
    Ok(Some(settings))
}

fn parse_stage(name: &str) -> Result<Stage, String> {
    match name {
        "web1" => Ok(web1),
        "shop" => Ok(shop),
        other => Err(format!(
            "there is no stage {other}; there are web1 and shop"
        )),
    }
}

fn web1(start: SystemTime) -> World {
    stage::web1_at(start, |_| {}).world
}

fn shop(start: SystemTime) -> World {
    stage::shop_at(start).world
}

/// Serves until the process is ended.
#[expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program's own output; its world starts now"
)]
async fn serve(settings: Settings) -> std::io::Result<()> {
    let now = SystemTime::now();
    let world = (settings.stage)(now);
    let server = Server::start(Sim::new(world, now).with_speed(settings.speed)).await?;
    println!("{}", server.url());
    if let Some(file) = settings.port_file {
        std::fs::write(file, server.url())?;
    }
    std::future::pending().await
}
