//! The variables of the process at its start, what GitHub's runner says in them, and the inputs that arguments gave.
//! Read once in `main`; everything else asks this value.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

/// Every variable of the process. An empty one counts as not set, as on the runner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    has_arguments: bool,
}

impl Environment {
    /// From `std::env::vars_os()`; bytes that are not UTF-8 become replacement characters.
    pub fn from_os(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let text = |os: OsString| os.to_string_lossy().into_owned();
        let variables = variables.into_iter();
        variables
            .map(|(name, value)| (text(name), text(value)))
            .collect()
    }

    /// The same for a process with arguments, which set these variables.
    pub(crate) fn with_arguments(
        mut self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        self.has_arguments = true;
        self.variables.extend(variables);
        self
    }

    /// The value without surrounding white space; `None` when that is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        // A block of YAML ends with a line break, and the runner passes every input that was left out as empty.
        let value = self.variables.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// The names of all variables, also of empty ones.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// The values that must never be shown: those of variables whose name says that they are secret.
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = Vec::new();
        for (name, value) in &self.variables {
            if is_secret(name) && !value.is_empty() {
                secrets.push(value.clone());
            }
        }
        secrets
    }

    /// Whether GitHub's runner started this process, and reads its log.
    pub fn is_workflow(&self) -> bool {
        self.get("GITHUB_ACTIONS") == Some("true")
    }

    /// Whether inputs are best given as flags.
    pub fn is_by_hand(&self) -> bool {
        self.has_arguments || !self.is_workflow()
    }

    /// Who caused the workflow run; a re-run keeps this name.
    pub fn actor(&self) -> Option<&str> {
        self.get("GITHUB_ACTOR")
    }

    /// Who started this attempt: somebody else than the actor may press re-run.
    pub fn triggering_actor(&self) -> Option<&str> {
        self.get("GITHUB_TRIGGERING_ACTOR")
    }

    /// Whether the run is debugged ("Enable debug logging"): the runner then shows `::debug::` lines.
    pub fn is_debugged(&self) -> bool {
        self.get("RUNNER_DEBUG") == Some("1")
    }

    pub fn run_id(&self) -> Option<&str> {
        self.get("GITHUB_RUN_ID")
    }

    /// `1` for the first attempt of a run.
    pub fn run_attempt(&self) -> Option<&str> {
        self.get("GITHUB_RUN_ATTEMPT")
    }

    /// Link to the workflow run, to this attempt of it where it was run again.
    pub fn run_url(&self) -> Option<String> {
        let server = self.get("GITHUB_SERVER_URL")?.trim_end_matches('/');
        let repository = self.get("GITHUB_REPOSITORY")?;
        let run = format!("{server}/{repository}/actions/runs/{}", self.run_id()?);
        // Without an attempt the page shows the newest one, which another person may have started.
        Some(match self.run_attempt() {
            None | Some("1") => run,
            Some(attempt) => format!("{run}/attempts/{attempt}"),
        })
    }

    /// Link to the workflow: to its runs, and to the button that starts another one.
    pub fn workflow_url(&self) -> Option<String> {
        let server = self.get("GITHUB_SERVER_URL")?.trim_end_matches('/');
        let repository = self.get("GITHUB_REPOSITORY")?;
        // `org/shop/.github/workflows/rollback.yml@refs/heads/main`
        let (path, _) = self.get("GITHUB_WORKFLOW_REF")?.split_once('@')?;
        let file = path
            .strip_prefix(repository)?
            .strip_prefix("/.github/workflows/")?;
        Some(format!("{server}/{repository}/actions/workflows/{file}"))
    }

    /// Where `actions/checkout` puts the repository.
    pub fn workspace(&self) -> Option<PathBuf> {
        self.get("GITHUB_WORKSPACE").map(PathBuf::from)
    }

    /// The file that outputs are appended to.
    pub fn output_file(&self) -> Option<PathBuf> {
        self.get("GITHUB_OUTPUT").map(PathBuf::from)
    }

    /// The file that becomes the job summary.
    pub fn step_summary_file(&self) -> Option<PathBuf> {
        self.get("GITHUB_STEP_SUMMARY").map(PathBuf::from)
    }
}

/// Whether the value of a variable of this name is never shown.
pub(crate) fn is_secret(name: &str) -> bool {
    const WORDS: [&str; 4] = ["SECRET", "TOKEN", "PASSWORD", "WEBHOOK"];
    let name = name.to_ascii_uppercase();
    // `AWS_WEB_IDENTITY_TOKEN_FILE` is the path of a token: messages may show it.
    WORDS.iter().any(|word| name.contains(word)) && !name.ends_with("_FILE")
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables.into_iter();
        Self {
            variables: variables
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            has_arguments: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn github(attempt: &str) -> Environment {
        Environment::from_iter([
            ("GITHUB_SERVER_URL", "https://github.example/"),
            ("GITHUB_REPOSITORY", "shop/checkout"),
            ("GITHUB_RUN_ID", "42"),
            ("GITHUB_RUN_ATTEMPT", attempt),
        ])
    }

    #[test]
    fn the_run_url_names_the_attempt_only_when_it_is_not_the_first() {
        let first = "https://github.example/shop/checkout/actions/runs/42";
        assert_eq!(github("1").run_url().as_deref(), Some(first));
        assert_eq!(github("").run_url().as_deref(), Some(first));
        assert_eq!(github("3").run_url(), Some(format!("{first}/attempts/3")));
        assert_eq!(Environment::default().run_url(), None);
    }

    #[test]
    fn the_workflow_url_is_that_of_its_file() {
        let url = |workflow: &str| {
            Environment::from_iter([
                ("GITHUB_SERVER_URL", "https://github.example/"),
                ("GITHUB_REPOSITORY", "shop/checkout"),
                ("GITHUB_WORKFLOW_REF", workflow),
            ])
            .workflow_url()
        };
        assert_eq!(
            url("shop/checkout/.github/workflows/back.yml@refs/heads/a@b").as_deref(),
            Some("https://github.example/shop/checkout/actions/workflows/back.yml")
        );
        for other in [
            "",
            "shop/checkout/.github/workflows/back.yml",
            "else/where/.github/workflows/a.yml@main",
        ] {
            assert_eq!(url(other), None, "{other}");
        }
    }

    #[test]
    fn empty_and_blank_variables_are_not_set() {
        let environment =
            Environment::from_iter([("GITHUB_ACTOR", "  "), ("GITHUB_TRIGGERING_ACTOR", " kim ")]);
        assert_eq!(environment.actor(), None);
        assert_eq!(environment.triggering_actor(), Some("kim"));
        assert_eq!(environment.workspace(), None);
    }

    #[test]
    fn arguments_count_more_than_variables() {
        let runner =
            Environment::from_iter([("GITHUB_ACTIONS", "true"), ("INPUT_CLUSTER", "default")]);
        assert!(runner.is_workflow() && !runner.is_by_hand());
        assert!(Environment::default().is_by_hand());
        let given = ("INPUT_CLUSTER".to_owned(), "prod".to_owned());
        let step = runner.with_arguments([given]);
        assert!(step.is_workflow() && step.is_by_hand());
        assert_eq!(step.get("INPUT_CLUSTER"), Some("prod"));
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_utf_8_does_not_stop_the_run() {
        use std::os::unix::ffi::OsStringExt;
        let odd = OsString::from_vec(vec![b'a', 0xff]);
        let environment = Environment::from_os([(OsString::from("ODD"), odd)]);
        assert_eq!(environment.get("ODD"), Some("a\u{fffd}"));
    }
}
