//! Environment and arguments in, exit code out.

use std::{io::Write, process::ExitCode};

use ecs_rollback_action::{
    Clock, Command, Connection, Environment, Flags, Network, Outside, help, run,
};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a run that is ended by a second signal exits with: AWS may still be working.
const INTERRUPTED: i32 = 3;

fn main() -> ExitCode {
    match Command::from_arguments(std::env::args_os().skip(1)) {
        Command::Help => answer(&help::help()),
        Command::Version => answer(&help::version()),
        Command::Run(flags) => rollback(flags),
    }
}

/// Says something that is no part of a run's log. A reader that went away is no failure.
fn answer(text: &str) -> ExitCode {
    let mut stdout = std::io::stdout();
    drop(
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush()),
    );
    ExitCode::SUCCESS
}

/// One run on one thread: there is nothing to compute, only to wait for.
fn rollback(flags: Flags) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the kernel gives a process its timers and its epoll");
    let exit = runtime.block_on(async {
        let signals = Signals::listen();
        let environment = Environment::from_os(std::env::vars_os());
        // A proxy or a CA bundle that cannot be used is refused by the run, where bad inputs are refused too.
        let network = Network::from_environment(&environment);
        let outside = Outside {
            environment: environment.clone(),
            flags,
            clock: Clock::system(),
            log: Box::new(std::io::stdout()),
            connect: |region, clock| async move {
                Ok(Connection::from_environment(&region, clock, &environment, network?).await)
            },
            interrupt: signals.interrupt(),
            marker: ecs_rollback_action::new_marker(),
        };
        run(outside).await
    });
    // What still computes must not hold up the end.
    runtime.shutdown_background();
    ExitCode::from(exit)
}

/// The signals with which the runner cancels a step.
struct Signals {
    int: Signal,
    term: Signal,
}

impl Signals {
    /// Installs the handlers, before anything else: until then a signal would end the process silently,
    /// or in PID 1 of a container be ignored.
    fn listen() -> Self {
        let listen =
            |kind| signal(kind).expect("a handler for SIGINT and SIGTERM can be installed");
        Self {
            int: listen(SignalKind::interrupt()),
            term: listen(SignalKind::terminate()),
        }
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.int.recv() => {}
            _ = self.term.recv() => {}
        }
    }

    /// Resolves at the first signal. The second ends the process at once.
    async fn interrupt(mut self) {
        self.next().await;
        tokio::spawn(async move {
            self.next().await;
            std::process::exit(INTERRUPTED);
        });
    }
}
