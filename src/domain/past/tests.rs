//! Histories are written as words: `A1` is a success of image A with revision 1, `!B2` a failure, `~A1` a success
//! of CodeDeploy's own rollback, `>B2/A1` an active deployment whose blue task set runs A1, `>>B2/A1` one with
//! production traffic. `a3` is a revision whose tag has moved, `B2x` an image that is gone, `?` an AppSpec that
//! can't be read. Deployments are a day apart; the first is `d-1`.

mod contract;
mod random;

use std::time::Duration;

use time::OffsetDateTime;

use super::*;

const DAY: Duration = Duration::from_secs(86_400);

fn start() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap()
}

fn revision(number: &str) -> TaskDefinitionArn {
    TaskDefinitionArn::parse(&format!("arn:aws:ecs:r:1:task-definition/web1:{number}")).unwrap()
}

fn digest(letter: char) -> ImageDigest {
    ImageDigest::parse(&format!("sha256:{:064x}", u32::from(letter))).unwrap()
}

fn letter(digest: &ImageDigest) -> String {
    let number = u32::from_str_radix(&digest.as_str()[7..], 16).unwrap();
    char::from_u32(number).unwrap().to_string()
}

fn state(word: &str) -> (TaskDefinitionArn, PastImage) {
    let (image, rest) = word.split_at(1);
    let image = image.chars().next().unwrap();
    let (number, gone) = rest
        .strip_suffix('x')
        .map_or((rest, None), |n| (n, Some("it is archived".into())));
    let known = match image.is_ascii_uppercase() {
        true => PastImage::Known {
            digest: digest(image),
            gone,
        },
        false => PastImage::Unknown {
            reason: "its tag has moved since".into(),
        },
    };
    (revision(number), known)
}

fn deployment(number: usize, word: &str) -> PastDeployment {
    let bare = word.trim_start_matches(['!', '~', '>']);
    let (brings, blue) = bare
        .split_once('/')
        .map_or((bare, None), |(green, blue)| (green, Some(state(blue))));
    let status = match word {
        _ if word.starts_with(">>") => PastStatus::Active {
            has_production_traffic: true,
        },
        _ if word.starts_with('>') => PastStatus::Active {
            has_production_traffic: false,
        },
        _ if word.starts_with('!') => PastStatus::Failed,
        _ => PastStatus::Succeeded,
    };
    let (revision, image) = match brings {
        "?" => (
            Err("its AppSpec lies in S3".into()),
            PastImage::Unknown { reason: "?".into() },
        ),
        word => {
            let (revision, image) = state(word);
            (Ok(revision), image)
        }
    };
    PastDeployment {
        id: DeploymentId::new(format!("d-{number}")),
        created: start() + DAY * u32::try_from(number).unwrap(),
        status,
        by_auto_rollback: word.contains('~'),
        revision,
        image,
        blue,
    }
}

fn history(words: &str) -> Vec<PastDeployment> {
    words
        .split_whitespace()
        .enumerate()
        .map(|(n, word)| deployment(n + 1, word))
        .collect()
}

/// Asks for `previous~steps` while `running` (empty: unknown) runs, a day after the last deployment.
fn ask(words: &str, running: &str, steps: u32) -> Result<Chosen, PreviousError> {
    let deployments = history(words);
    let now = start() + DAY * u32::try_from(deployments.len() + 1).unwrap();
    let running = (!running.is_empty()).then(|| state(running));
    let running = running
        .as_ref()
        .map(|(revision, image)| (revision, image.digest().unwrap()));
    // Revisions 1 and 101 differ only in how they spell the image, and so on.
    let same =
        |a: &TaskDefinitionArn, b: &TaskDefinitionArn| a.revision() % 100 == b.revision() % 100;
    previous(
        &deployments,
        steps,
        running,
        &same,
        &|digest| format!("v{}", letter(digest)),
        now,
    )
}

fn name(candidate: &Candidate) -> String {
    format!(
        "{}{}",
        letter(&candidate.digest),
        candidate.revision.revision()
    )
}

/// The answer as a word, with `=` after it where it is the top itself.
fn answer(words: &str, running: &str, steps: u32) -> String {
    match ask(words, running, steps) {
        Ok(chosen) => {
            format!(
                "{}{}",
                name(&chosen.candidate),
                if chosen.candidate.is_top { "=" } else { "" }
            )
        }
        Err(PreviousError::NotEnough { .. }) => "not enough".into(),
        Err(PreviousError::Ambiguous { either, or, .. }) => {
            let or = or.map_or_else(|| "-".into(), |or| name(&or));
            format!("{} or {or}", name(&either))
        }
    }
}
