//! What this GitHub answers.

use serde_json::{Value, json};
use wiremock::Request;

use super::description::{Operation, object};
use super::{Commit, State};

type Answer = (u16, Value);

fn not_found() -> Answer {
    (404, json!({ "message": "Not Found" }))
}

impl State {
    pub(super) fn answer(&mut self, operation: &Operation, request: &Request) -> Answer {
        let segments: Vec<String> = request
            .url
            .path_segments()
            .expect("a path")
            .map(decoded)
            .collect();
        if segments[1..3].join("/") != super::REPOSITORY {
            return not_found();
        }
        let rest: Vec<&str> = segments[3..].iter().map(String::as_str).collect();
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        match (operation.method.as_str(), rest.as_slice()) {
            ("get", ["commits", reference]) => self.commit(operation, reference),
            ("get", ["commits", sha, "pulls"]) => self.pulls_of(operation, sha),
            ("get", ["compare", range]) => self.compare(operation, request, range),
            ("get", ["pulls"]) => self.list_pulls(operation, request),
            ("get", ["contents", path @ ..]) => self.content(request, &path.join("/")),
            ("get", ["git", "ref", "tags", tag @ ..]) => self.git_tag(operation, &tag.join("/")),
            ("post", ["git", "refs"]) => self.create_git_tag(operation, &body),
            ("patch", ["git", "refs", "tags", tag @ ..]) => {
                self.move_git_tag(operation, &tag.join("/"), &body)
            }
            ("get", ["issues"]) => self.list_issues(operation, request),
            ("get", ["issues", number]) => self.issue(operation, number),
            ("post", ["issues"]) => self.create_issue(operation, body),
            ("post", ["issues", number, "comments"]) => self.comment(operation, number, &body),
            ("patch", ["issues", number]) => self.change_issue(operation, number, body),
            ("post", ["deployments"]) => self.create_deployment(operation, body),
            ("post", ["deployments", _, "statuses"]) => {
                self.statuses.push(body.clone());
                (
                    201,
                    operation.answer(201, json!({ "state": body["state"] })),
                )
            }
            _ => not_found(),
        }
    }

    fn find(&self, reference: &str) -> Option<&Commit> {
        let reference = match reference.strip_prefix("tags/") {
            Some(tag) => self.tags.get(tag)?,
            None => reference,
        };
        let mut commits = self.commits.iter().chain(&self.beside);
        commits.find(|commit| commit.sha.starts_with(reference))
    }

    fn commit(&self, operation: &Operation, reference: &str) -> Answer {
        match self.find(reference) {
            Some(commit) => (200, operation.answer(200, told(commit))),
            // GitHub's own word for a commit that is not there.
            None => (
                422,
                json!({
                    "message": format!("No commit found for SHA: {reference}"),
                    "documentation_url": "https://docs.github.com/rest/commits/commits#get-a-commit",
                }),
            ),
        }
    }

    /// Every branch begins at the first commit, so that what two of them have in common is easily told.
    fn history(&self, sha: &str) -> Vec<&Commit> {
        let at = |commits: &[Commit]| commits.iter().position(|commit| commit.sha == sha);
        if let Some(last) = at(&self.commits) {
            return self.commits[..=last].iter().collect();
        }
        let last = at(&self.beside).expect("it was found");
        self.commits
            .iter()
            .take(1)
            .chain(&self.beside[..=last])
            .collect()
    }

    fn compare(&mut self, operation: &Operation, request: &Request, range: &str) -> Answer {
        let query = request.url.query().unwrap_or_default();
        self.compared.push(query.to_owned());
        let (base, head) = range.split_once("...").expect("two commits");
        let (Some(base), Some(head)) = (self.find(base), self.find(head)) else {
            return not_found();
        };
        let (before, after) = (self.history(&base.sha), self.history(&head.sha));
        let lacks = |history: &[&Commit], commit: &Commit| {
            !history.iter().any(|other| other.sha == commit.sha)
        };
        let ahead: Vec<&&Commit> = after
            .iter()
            .filter(|commit| lacks(&before, commit))
            .collect();
        let behind = before.iter().filter(|commit| lacks(&after, commit)).count();
        let status = match (ahead.len(), behind) {
            (0, 0) => "identical",
            (_, 0) => "ahead",
            (0, _) => "behind",
            _ => "diverged",
        };
        let (page, size) = (number(request, "page", 1), number(request, "per_page", 250));
        let listed: Vec<Value> = ahead
            .iter()
            .skip((page - 1) * size)
            .take(size)
            .map(|commit| object("commit", told(commit)))
            .collect();
        let mut with = json!({
            "status": status,
            "ahead_by": ahead.len(),
            "behind_by": behind,
            "total_commits": ahead.len(),
            "base_commit": object("commit", told(base)),
            "merge_base_commit": object("commit", told(base)),
            "commits": listed,
        });
        // The first page has the files of all of them, the others none.
        if page == 1 {
            let files = ahead.iter().flat_map(|commit| files_of(commit));
            with["files"] = files.take(300).collect();
        }
        (200, operation.answer(200, with))
    }

    fn list_pulls(&self, operation: &Operation, request: &Request) -> Answer {
        let (page, size) = (number(request, "page", 1), number(request, "per_page", 30));
        let pulls = self.pulls.iter().skip((page - 1) * size).take(size);
        let pulls: Vec<Value> = pulls.map(told_pull).collect();
        (200, operation.answer(200, Value::Array(pulls)))
    }

    fn pulls_of(&self, operation: &Operation, sha: &str) -> Answer {
        let pulls = self.pulls.iter().filter(|pull| pull.merge_commit == sha);
        let pulls: Vec<Value> = pulls.map(told_pull).collect();
        (200, operation.answer(200, Value::Array(pulls)))
    }

    /// A file at a commit, or the same at all of them.
    fn content(&self, request: &Request, path: &str) -> Answer {
        let mut query = request.url.query_pairs();
        let (_, commit) = query.find(|(name, _)| name == "ref").expect("a commit");
        let at_commit = self.contents.get(&format!("{path}@{commit}"));
        let Some(text) = at_commit.or(self.contents.get(path)) else {
            return not_found();
        };
        use base64::prelude::{BASE64_STANDARD, Engine};
        let content = BASE64_STANDARD.encode(text);
        let with =
            json!({ "type": "file", "encoding": "base64", "path": path, "content": content });
        (200, object("content-file", with))
    }

    /// Those with the label and the state that are asked for.
    fn list_issues(&self, operation: &Operation, request: &Request) -> Answer {
        let asked = request.url.query_pairs().find(|(name, _)| name == "labels");
        let label = asked.map(|(_, label)| label.into_owned());
        let has_label = |issue: &&Value| {
            let mut labels = issue["labels"].as_array().into_iter().flatten();
            label.is_none() || labels.any(|found| found["name"].as_str() == label.as_deref())
        };
        let state = request.url.query_pairs().find(|(name, _)| name == "state");
        let state = state.map(|(_, state)| state.into_owned());
        let is_asked = |issue: &&Value| issue["state"].as_str() == state.as_deref();
        let issues = self.issues.iter().filter(is_asked);
        let issues = issues.filter(has_label).cloned().collect();
        (200, operation.answer(200, Value::Array(issues)))
    }

    fn issue(&self, operation: &Operation, number: &str) -> Answer {
        let number: u64 = number.parse().expect("a number");
        let mut issues = self.issues.iter();
        match issues.find(|issue| issue["number"] == number) {
            Some(issue) => (200, operation.answer(200, object("issue", issue.clone()))),
            None => not_found(),
        }
    }

    fn create_issue(&mut self, operation: &Operation, body: Value) -> Answer {
        let number = 400 + self.issues.len() as u64;
        let labels: Vec<Value> = body["labels"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|label| json!({ "name": label }))
            .collect();
        let issue = object(
            "issue",
            json!({
                "number": number,
                "state": "open",
                "title": body["title"],
                "body": body["body"],
                "labels": labels,
                "html_url": format!("https://github.com/{}/issues/{number}", super::REPOSITORY),
            }),
        );
        self.issues.push(issue.clone());
        (201, operation.answer(201, issue))
    }

    fn comment(&mut self, operation: &Operation, number: &str, body: &Value) -> Answer {
        let number = number.parse().expect("a number");
        self.comments
            .push((number, body["body"].as_str().expect("a text").to_owned()));
        (201, operation.answer(201, json!({})))
    }

    fn change_issue(&mut self, operation: &Operation, number: &str, body: Value) -> Answer {
        let number: u64 = number.parse().expect("a number");
        let mut issues = self.issues.iter_mut();
        let Some(issue) = issues.find(|issue| issue["number"] == number) else {
            return not_found();
        };
        if let Some(labels) = body["labels"].as_array() {
            issue["labels"] = labels
                .iter()
                .map(|label| json!({ "name": label }))
                .collect();
        }
        if let Some(text) = body["body"].as_str() {
            issue["body"] = text.into();
        }
        (200, operation.answer(200, issue.clone()))
    }

    fn git_tag(&self, operation: &Operation, tag: &str) -> Answer {
        match self.reference(tag) {
            Some(reference) => (200, operation.answer(200, reference)),
            None => not_found(),
        }
    }

    fn reference(&self, tag: &str) -> Option<Value> {
        let commit = self.tags.get(tag)?;
        let object = match self.annotated.contains(tag) {
            // The tag object's own id, which is no commit's.
            true => json!({ "type": "tag", "sha": "b".repeat(40) }),
            false => json!({ "type": "commit", "sha": commit }),
        };
        let name = format!("refs/tags/{tag}");
        Some(object_named(&name, &object))
    }

    fn create_git_tag(&mut self, operation: &Operation, body: &Value) -> Answer {
        let name = body["ref"].as_str().expect("a name");
        let tag = name.strip_prefix("refs/tags/").expect("nothing but a tag");
        if self.tags.contains_key(tag) {
            return (422, json!({ "message": "Reference already exists" }));
        }
        self.put_git_tag(operation, 201, tag, body)
    }

    fn move_git_tag(&mut self, operation: &Operation, tag: &str, body: &Value) -> Answer {
        if !self.tags.contains_key(tag) {
            return (422, json!({ "message": "Reference does not exist" }));
        }
        if body["force"] != true {
            return (422, json!({ "message": "Update is not a fast forward" }));
        }
        self.put_git_tag(operation, 200, tag, body)
    }

    fn put_git_tag(
        &mut self,
        operation: &Operation,
        status: u16,
        tag: &str,
        body: &Value,
    ) -> Answer {
        let sha = body["sha"].as_str().expect("a commit");
        if sha.len() != 40 || self.find(sha).is_none() {
            return (422, json!({ "message": "Object does not exist" }));
        }
        self.tags.insert(tag.to_owned(), sha.to_owned());
        self.annotated.remove(tag);
        let reference = self.reference(tag).expect("it was put");
        (status, operation.answer(status, reference))
    }

    fn create_deployment(&mut self, operation: &Operation, body: Value) -> Answer {
        let id = 7_000 + self.deployments.len();
        self.deployments.push(body);
        (201, operation.answer(201, json!({ "id": id })))
    }
}

fn object_named(name: &str, object: &Value) -> Value {
    json!({ "ref": name, "object": object })
}

/// A number in a request's query.
fn number(request: &Request, name: &str, default: usize) -> usize {
    let mut pairs = request.url.query_pairs();
    let found = pairs.find(|(given, _)| given == name);
    found.map_or(default, |(_, value)| value.parse().expect("a number"))
}

fn decoded(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment)
        .decode_utf8_lossy()
        .into_owned()
}

fn told(commit: &Commit) -> Value {
    let user =
        json!({ "name": commit.login, "email": "x@example.com", "date": "2026-11-20T00:00:00Z" });
    json!({
        "sha": commit.sha,
        "commit": { "message": commit.message, "author": user, "committer": user },
        "author": object("simple-user", json!({ "login": commit.login })),
        "files": files_of(commit),
    })
}

fn files_of(commit: &Commit) -> Vec<Value> {
    let mut files = Vec::new();
    for (path, status, text) in &commit.files {
        let lines: String = text.lines().map(|line| format!("+{line}\n")).collect();
        let patch = format!("@@ -0,0 +1,{} @@\n{lines}", text.lines().count());
        let with = json!({ "filename": path, "status": status, "additions": text.lines().count(), "patch": patch });
        files.push(object("diff-entry", with));
    }
    files
}

fn told_pull(pull: &super::Pull) -> Value {
    object(
        "pull-request-simple",
        json!({
            "number": pull.number,
            "title": pull.title,
            "user": object("simple-user", json!({ "login": pull.login })),
            "state": "closed",
            "merged_at": "2026-11-20T00:00:00Z",
            "updated_at": "2026-11-20T00:00:00Z",
            "merge_commit_sha": pull.merge_commit,
        }),
    )
}
