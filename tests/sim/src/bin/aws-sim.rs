//! The server front as a program: a ready-made world on loopback, for other people's clients.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use aws_sim::world::stage;
use aws_sim::{Server, Sim};

const HELP: &str = "\
A simulated AWS on 127.0.0.1, for AWS_ENDPOINT_URL. Ends with the process.

  aws-sim [--stage web1] [--speed 20] [--port-file FILE]

  --stage NAME      the world: web1 (cluster prod, service web1, which runs v1.2.0)
  --speed N         how many times faster than real time; default 1
  --port-file FILE  where the URL is written, once it listens
";

struct Settings {
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
            "--stage" => match value()?.as_str() {
                "web1" => {}
                other => return Err(format!("there is no stage {other}; there is web1")),
            },
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

/// Serves until the process is ended.
#[expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program's own output; its world starts now"
)]
async fn serve(settings: Settings) -> std::io::Result<()> {
    let now = SystemTime::now();
    let world = stage::web1_at(now, |_| {}).world;
    let server = Server::start(Sim::new(world, now).with_speed(settings.speed)).await?;
    println!("{}", server.url());
    if let Some(file) = settings.port_file {
        std::fs::write(file, server.url())?;
    }
    std::future::pending().await
}
