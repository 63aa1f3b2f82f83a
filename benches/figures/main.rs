//! `cargo bench` prints the figures that the project is held to: what, measured, goal, met or not.
//!
//! Round trips, calls and virtual time are counted in this process and are the same on any machine; the tests hold
//! them, too. Times and sizes are those of the real binary, as a process, against the simulator on loopback.

#![allow(unreachable_pub, reason = "nobody can use what a test binary exports")]

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../tests/integration/harness/mod.rs"]
mod harness;
mod process;
mod rows;
mod table;

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use process::Binary;
use rows::Figure;
use table::Row;

const HELP: &str = "\
Prints the figures that the project is held to.

  cargo bench [-- [FILTER] [--json FILE]]

  FILTER       only the figures whose name contains this; the names are:
               NAMES
  --json FILE  the rows as JSON, too

ECS_ROLLBACK_BINARY=path/to/ecs-rollback-action says which binary is started; without it the image's binary
in target/image, and where there is none, the one that `cargo bench` built.
";

#[derive(Default)]
struct Settings {
    filter: String,
    json: Option<PathBuf>,
    help: bool,
}

#[expect(clippy::print_stderr, reason = "a program's own output")]
fn main() -> ExitCode {
    match parse(std::env::args().skip(1)).and_then(|settings| print(&settings)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("figures: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Settings, Box<dyn Error>> {
    let mut settings = Settings::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // What cargo itself passes.
            "--bench" => {}
            "--help" | "-h" => settings.help = true,
            "--json" => settings.json = Some(arguments.next().ok_or("--json takes a file")?.into()),
            option if option.starts_with('-') => {
                return Err(format!("{option} is no option; see --help").into());
            }
            filter => settings.filter = filter.to_owned(),
        }
    }
    Ok(settings)
}

#[expect(clippy::disallowed_methods, reason = "a program's own settings")]
fn print(settings: &Settings) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    if settings.help {
        let names: Vec<_> = Figure::ALL.iter().map(Figure::name).collect();
        write!(out, "{}", HELP.replace("NAMES", &names.join(", ")))?;
        return Ok(());
    }
    let binary = Binary::find(std::env::var("ECS_ROLLBACK_BINARY").ok().map(PathBuf::from));
    let wanted: Vec<_> = Figure::ALL
        .into_iter()
        .filter(|it| it.name().contains(&settings.filter))
        .collect();
    if wanted.is_empty() {
        return Err(format!(
            "no figure's name contains {:?}; see --help",
            settings.filter
        )
        .into());
    }
    let mut rows: Vec<Row> = Vec::new();
    for figure in wanted {
        rows.extend(figure.measure(&binary)?);
    }
    writeln!(out, "binary: {}\n", binary.note)?;
    table::write(&rows, &mut out)?;
    if let Some(file) = &settings.json {
        let rows: Vec<_> = rows.iter().map(Row::json).collect();
        std::fs::write(file, format!("{:#}\n", serde_json::Value::from(rows)))?;
    }
    Ok(())
}
