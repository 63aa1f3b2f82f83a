//! `docs/reliability.md`, written by the runs.

use std::fmt::Write;
use std::path::Path;

use super::faults::{FAULTS, Fault, Operation, When};
use super::{Cell, Ended};

const INTRO: &str = "\
# When AWS misbehaves

What a run does when a call to AWS goes wrong. The tables are written by a test: every AWS operation that the action calls, every way in which a call
can go wrong, and which of its calls go wrong. Each cell is a whole run against a simulated AWS, by one of several stories in turn: a new deployment, \
`previous`,
a new revision, a reroute, a canary that is stopped, a deployment that is adopted, one that is superseded, one that fails, the mark of what serves (`mark-stable`), a `check`, a `history`; of a service that CodeDeploy deploys, \
and of one that ECS deploys
by itself. A cell says how that run ended.

| in a cell | meaning |
|---|---|
| ✔ | the run ended as it does when nothing goes wrong: the fault cost it half a minute at most |
| refused | nothing was changed; run it again when what the code names is mended |
| failed | something had been written when it went wrong; the message names what is left and how to look at it |
| timed-out | AWS was asked on until the input `timeout`; the message says what AWS may still be doing and how to stop it |
| – | there is no such answer, or no such call |

The word below is the error code. In every cell these hold, or the test fails:

- one deployment at most was begun, and none where the run was refused;
- a revision that was registered is deployed, or named in the log;
- what the run says serves users now is what serves them, or it says that this could not be read;
- the run ended within its `timeout`, and 5 seconds for the last look.

The faults: *throttled*; HTTP *500* and *503*; the connection *reset before* the call was done, or *reset after* it was done; done and the *answer lost*; \
done and no answer ever (*hang*); half an
answer (*truncated*); a proxy's page instead of AWS's answer (*HTML*); *denied* by IAM; the session *expired*; *not found*.
";

const PARTS: [(When, &str); 3] = [
    (When::First, "The first call goes wrong"),
    (When::Every, "Every call goes wrong"),
    (
        When::Begun,
        "Every call goes wrong once the rollback has begun",
    ),
];

const BEGUN: &str = "From the moment the first write was sent: another deployment stopped, a revision registered, a deployment created, the service updated. Where only one\ncall after that goes wrong, in a way that passes, the rollback ends as if nothing had happened.\n";

/// Compares the page with what the runs say; writes it with `UPDATE_DOCS=1`.
pub fn check(operations: &[Operation], ended: &[(&Cell<'_>, &Ended)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md");
    let page = page(operations, ended);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("docs/reliability.md can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    for (kept, now) in kept.lines().zip(page.lines()) {
        assert_eq!(
            kept, now,
            "docs/reliability.md differs: `UPDATE_DOCS=1 cargo test --test integration matrix`"
        );
    }
    assert_eq!(
        kept, page,
        "docs/reliability.md differs: `UPDATE_DOCS=1 cargo test --test integration matrix`"
    );
}

fn page(operations: &[Operation], ended: &[(&Cell<'_>, &Ended)]) -> String {
    let mut page = INTRO.to_owned();
    for (when, title) in PARTS {
        let _ = write!(page, "\n## {title}\n\n");
        if when == When::Begun {
            page.push_str(BEGUN);
            page.push('\n');
        }
        let heads: Vec<_> = FAULTS.iter().map(|fault| fault.name).collect();
        let _ = writeln!(
            page,
            "| operation | {} |\n|---{}|",
            heads.join(" | "),
            "|---".repeat(heads.len())
        );
        for operation in operations {
            let cells = FAULTS.map(|fault| cell(ended, operation, &fault, when));
            if cells.iter().any(|cell| cell != "–") {
                let _ = writeln!(page, "| {} | {} |", operation.name, cells.join(" | "));
            }
        }
    }
    page
}

fn cell(ended: &[(&Cell<'_>, &Ended)], operation: &Operation, fault: &Fault, when: When) -> String {
    let found = ended.iter().find(|(cell, _)| {
        cell.operation == operation && cell.fault.name == fault.name && cell.when == when
    });
    match found.map(|(_, Ended { outcome, code })| (outcome.as_str(), code.as_str())) {
        None => "–".to_owned(),
        Some(("rolled-back" | "reverted" | "marked" | "ready" | "listed", _)) => "✔".to_owned(),
        Some(("timed-out", _)) => "timed-out".to_owned(),
        Some((outcome, code)) => format!("{outcome}<br>`{code}`"),
    }
}
