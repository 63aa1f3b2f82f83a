//! The real binary as a process, in real time, against the simulator on the loopback interface.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use aws_sim::world::World;
use aws_sim::world::stage::{self, START};
use aws_sim::{Server, Sim};
use tokio::process::Command;

use crate::harness::crowd::{Mix, crowd, names};
use crate::harness::runner::RunnerStep;

/// Where the image's binary is, once it was built.
const IMAGE: &str = "target/image/ecs-rollback-action";
/// The CA certificates, where the image has them, and as its `SSL_CERT_FILE` names them.
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// How often the process is asked for its peak memory.
const LOOK: Duration = Duration::from_millis(5);

/// The binary that is measured.
pub struct Binary {
    pub path: PathBuf,
    /// Which one it is, for people.
    pub note: String,
}

impl Binary {
    /// The one that `ECS_ROLLBACK_BINARY` names, else the image's, else the one that `cargo bench` built itself.
    pub fn find(named: Option<PathBuf>) -> Self {
        let image = Path::new(env!("CARGO_MANIFEST_DIR")).join(IMAGE);
        if let Some(path) = named {
            let note = path.display().to_string();
            return Self { path, note };
        }
        if image.is_file() {
            return Self {
                path: image,
                note: IMAGE.to_owned(),
            };
        }
        let note =
            "not the released binary but the bench profile's; ECS_ROLLBACK_BINARY=… names another"
                .to_owned();
        Self {
            path: env!("CARGO_BIN_EXE_ecs-rollback-action").into(),
            note,
        }
    }

    fn command(&self, step: &RunnerStep) -> Command {
        let mut command = Command::new(&self.path);
        command
            .env_clear()
            .envs(&step.variables)
            .current_dir(step.path("workspace"));
        if Path::new(CERTIFICATES).is_file() {
            command.env("SSL_CERT_FILE", CERTIFICATES);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// In bytes.
    pub fn size(&self) -> io::Result<u64> {
        Ok(std::fs::metadata(&self.path)?.len())
    }
}

/// When calls of one run arrived, since the process was started.
pub struct Arrivals {
    pub first: Duration,
    pub create: Duration,
}

/// One run until its deployment is created, at `latency` per call.
pub async fn start_to_create(binary: &Binary, latency: Duration) -> io::Result<Arrivals> {
    let sim = sim(stage::web1().world, 1.0).with_latency(latency);
    let server = Server::start(sim.clone()).await?;
    let step = step(&server, "nothing")?;
    let mut command = binary.command(&step);
    let start = sim.clock().elapsed();
    let status = command.spawn()?.wait().await?;
    let calls = sim.calls();
    let create = calls
        .of("CreateDeployment")
        .next()
        .filter(|_| status.success());
    let create = create.ok_or_else(|| io::Error::other(format!("the run ended with {status}")))?;
    Ok(Arrivals {
        first: calls[0].start - start,
        create: create.start - start,
    })
}

/// The most memory that a whole rollback holds, in KiB: the kernel's high-water mark (`VmHWM`) of the resident set.
pub async fn peak_memory(binary: &Binary) -> io::Result<u64> {
    let server = Server::start(sim(stage::web1().world, 60.0)).await?;
    peak_memory_of(binary, &step(&server, "traffic")?).await
}

/// The same of a rollback of so many services.
pub async fn peak_memory_of_many(binary: &Binary, services: usize, mix: Mix) -> io::Result<u64> {
    let server = Server::start(sim(crowd(services, mix), 20.0)).await?;
    let inputs = [
        ("version", "v1.1.0"),
        ("cluster", "prod"),
        ("service", &names(0..services)),
        ("wait-for", "traffic"),
    ];
    peak_memory_of(binary, &RunnerStep::new(&server.url(), &inputs)?).await
}

async fn peak_memory_of(binary: &Binary, step: &RunnerStep) -> io::Result<u64> {
    let mut child = binary.command(step).spawn()?;
    let status = child
        .id()
        .map(|id| format!("/proc/{id}/status"))
        .unwrap_or_default();
    let mut peak = 0;
    let ended = loop {
        match tokio::time::timeout(LOOK, child.wait()).await {
            Ok(ended) => break ended?,
            Err(_) => peak = peak.max(high_water_mark(&status).unwrap_or(0)),
        }
    };
    if ended.success() && peak > 0 {
        Ok(peak)
    } else {
        Err(io::Error::other(format!("the run ended with {ended}")))
    }
}

fn high_water_mark(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn step(server: &Server, wait_for: &str) -> io::Result<RunnerStep> {
    let inputs = [
        ("version", "v1.0.0"),
        ("cluster", "prod"),
        ("service", "web1"),
        ("wait-for", wait_for),
    ];
    RunnerStep::new(&server.url(), &inputs)
}

/// A world, moved on to the time of this machine, which the process goes by.
#[expect(
    clippy::disallowed_methods,
    reason = "a process has no other clock than the machine's"
)]
fn sim(mut world: World, speed: f64) -> Sim {
    let now = SystemTime::now().max(SystemTime::UNIX_EPOCH + Duration::from_secs(START));
    world.advance(now);
    Sim::new(world, now).with_speed(speed)
}
