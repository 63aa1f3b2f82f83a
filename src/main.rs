//! Environment in, exit code out.

use std::process::ExitCode;

use ecs_rollback_action::aws::Connection;
use ecs_rollback_action::clock::Clock;
use ecs_rollback_action::inputs::Environment;
use ecs_rollback_action::{Outside, help, run};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a run that is ended by a second signal exits with: AWS may still be working.
const INTERRUPTED: i32 = 3;

#[expect(clippy::print_stdout, reason = "--help and --version are no part of a run's log")]
fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("--help" | "-h") => print!("{}", help::help()),
        Some("--version" | "-V") => print!("{}", help::version()),
        _ => return rollback(),
    }
    ExitCode::SUCCESS
}

/// One run on one thread: there is nothing to compute, only to wait for.
fn rollback() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("the kernel gives a process its timers and its epoll");
    let environment = Environment::from_os(std::env::vars_os());
    ExitCode::from(runtime.block_on(async {
        run(Outside {
            environment,
            clock: Clock::system(),
            log: Box::new(std::io::stdout()),
            connect: |region, clock| async move { Connection::from_environment(&region, clock).await },
            interrupt: interrupt(),
            marker: ecs_rollback_action::plan::new_marker(),
        })
        .await
    }))
}

/// Resolves at the first SIGINT or SIGTERM. The second ends the process at once. Without handlers,
/// PID 1 of a container would ignore both.
async fn interrupt() {
    let listen = |kind| signal(kind).expect("a handler for SIGINT and SIGTERM can be installed");
    let (mut int, mut term) = (listen(SignalKind::interrupt()), listen(SignalKind::terminate()));
    either(&mut int, &mut term).await;
    tokio::spawn(async move {
        either(&mut int, &mut term).await;
        std::process::exit(INTERRUPTED);
    });
}

async fn either(int: &mut Signal, term: &mut Signal) {
    tokio::select! {
        _ = int.recv() => {}
        _ = term.recv() => {}
    }
}
