//! Commits: which one a name means, and what lies between two of them.

use serde::Deserialize;

use super::{Failure, GitHub, failure::Request};
use crate::{
    domain::github::{CommitId, RepositoryName, segment, segments},
    outside::OutsideText,
};

const RESOLVE: Request = Request {
    doing: "read the commit of a tag",
    permission: "contents: read",
};
const NAME_IN_FULL: Request = Request {
    doing: "read the commit",
    permission: "contents: read",
};
const COMPARE: Request = Request {
    doing: "compare the two versions",
    permission: "contents: read",
};
const FILES: Request = Request {
    doing: "read the files of a commit",
    permission: "contents: read",
};

/// Two commits side by side.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub relation: Relation,
    /// Its id in full.
    pub base: CommitId,
    /// Commits of the head that the base does not have, oldest first: 250 at most.
    pub commits: Vec<Commit>,
    /// How many there are.
    pub count: u64,
    /// 300 at most.
    pub files: Vec<ChangedFile>,
}

/// How the head relates to the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Identical,
    /// It has all of the base, and more.
    Ahead,
    /// The base has all of it, and so many more.
    Behind(u64),
    /// Both have something that the other does not; so many are the base's.
    Diverged(u64),
}

#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub id: CommitId,
    /// The first line of its message.
    pub title: OutsideText,
    /// The account, or the name in the commit where there is none.
    pub author: OutsideText,
    /// RFC 3339; empty where GitHub does not say it.
    pub committed_at: String,
}

/// A file that differs between two commits.
#[derive(Clone, Debug)]
pub(crate) struct ChangedFile {
    pub path: String,
    /// `added`, `modified`, `removed`, `renamed`, …
    pub status: String,
    /// Where it lay before, if it was renamed.
    pub previous_path: Option<String>,
    /// Lines that are added.
    pub additions: usize,
    /// A unified diff's hunks; none for a binary or a large file.
    pub patch: Option<String>,
}

#[derive(Deserialize)]
struct ComparisonAnswer {
    status: String,
    base_commit: CommitAnswer,
    behind_by: u64,
    total_commits: u64,
    commits: Vec<CommitAnswer>,
    #[serde(default)]
    files: Vec<FileAnswer>,
}

/// Of a comparison's second page.
#[derive(Deserialize)]
struct RelationAnswer {
    status: String,
    behind_by: u64,
}

#[derive(Deserialize)]
struct CommitAnswer {
    sha: String,
    commit: GitCommit,
    author: Option<Account>,
    #[serde(default)]
    files: Vec<FileAnswer>,
}

#[derive(Deserialize)]
struct GitCommit {
    message: String,
    author: Option<GitUser>,
    committer: Option<GitUser>,
}

#[derive(Deserialize)]
struct GitUser {
    name: Option<String>,
    date: Option<String>,
}

/// GitHub describes it as an account or an empty object.
#[derive(Deserialize)]
struct Account {
    login: Option<String>,
}

#[derive(Deserialize)]
struct FileAnswer {
    filename: String,
    status: String,
    previous_filename: Option<String>,
    additions: usize,
    patch: Option<String>,
}

impl GitHub {
    /// `GET /repos/{owner}/{repo}/commits/{ref}`: the commit of a git tag; `None` where there is no such tag.
    pub(crate) async fn find_commit_of_tag(
        &self,
        repository: &RepositoryName,
        tag: &str,
    ) -> Result<Option<CommitId>, Failure> {
        let tag = segment(&format!("tags/{tag}"));
        let route = format!("/repos/{repository}/commits/{tag}?per_page=1");
        let answer: Option<CommitAnswer> = self.find(RESOLVE, &route).await?;
        match answer {
            Some(commit) => Ok(Some(commit.id(RESOLVE)?)),
            None => Ok(None),
        }
    }

    /// `GET /repos/{owner}/{repo}/commits/{ref}`: a commit's id in full; `None` where the repository does not have it.
    pub(crate) async fn find_commit(
        &self,
        repository: &RepositoryName,
        commit: &CommitId,
    ) -> Result<Option<CommitId>, Failure> {
        let commit = segments(commit.as_str());
        let route = format!("/repos/{repository}/commits/{commit}?per_page=1");
        let answer: Option<CommitAnswer> = self.find(NAME_IN_FULL, &route).await?;
        match answer {
            Some(commit) => Ok(Some(commit.id(NAME_IN_FULL)?)),
            None => Ok(None),
        }
    }

    /// `GET /repos/{owner}/{repo}/compare/{basehead}`; `None` where the repository does not have both commits, or the
    /// token does not see it.
    pub(crate) async fn compare(
        &self,
        repository: &RepositoryName,
        base: &CommitId,
        head: &CommitId,
    ) -> Result<Option<Comparison>, Failure> {
        let route = format!("/repos/{repository}/compare/{base}...{head}");
        let answer: Option<ComparisonAnswer> = self.find(COMPARE, &route).await?;
        match answer {
            Some(answer) => Ok(Some(answer.comparison()?)),
            None => Ok(None),
        }
    }

    /// The same, without what lies between them: how the head relates to the base, in a small answer.
    pub(crate) async fn relate(
        &self,
        repository: &RepositoryName,
        base: &CommitId,
        head: &CommitId,
    ) -> Result<Option<Relation>, Failure> {
        // GitHub lists the files, with their patches, on the first page alone.
        let route = format!("/repos/{repository}/compare/{base}...{head}?per_page=1&page=2");
        let answer: Option<RelationAnswer> = self.find(COMPARE, &route).await?;
        match answer {
            Some(answer) => Ok(Some(Relation::of(&answer.status, answer.behind_by)?)),
            None => Ok(None),
        }
    }

    /// `GET /repos/{owner}/{repo}/commits/{ref}`: the paths of the files that a commit changes, 300 at most.
    pub(crate) async fn list_paths_of_commit(
        &self,
        repository: &RepositoryName,
        commit: &CommitId,
    ) -> Result<Vec<String>, Failure> {
        let commit = segments(commit.as_str());
        let route = format!("/repos/{repository}/commits/{commit}");
        let answer: CommitAnswer = self.get(FILES, &route).await?;
        let files = answer.files.into_iter();
        Ok(files.map(|file| file.filename).collect())
    }
}

impl Relation {
    /// `behind_by`: how many commits the head lacks of the base's.
    fn of(status: &str, behind_by: u64) -> Result<Self, Failure> {
        match status {
            "identical" => Ok(Self::Identical),
            "ahead" => Ok(Self::Ahead),
            "behind" => Ok(Self::Behind(behind_by)),
            "diverged" => Ok(Self::Diverged(behind_by)),
            _ => Err(COMPARE.garbage()),
        }
    }
}

impl ComparisonAnswer {
    fn comparison(self) -> Result<Comparison, Failure> {
        let relation = Relation::of(&self.status, self.behind_by)?;
        let mut commits = Vec::new();
        for commit in self.commits {
            commits.push(commit.commit()?);
        }
        let files = self.files.into_iter().map(ChangedFile::from);
        Ok(Comparison {
            relation,
            base: self.base_commit.id(COMPARE)?,
            commits,
            count: self.total_commits,
            files: files.collect(),
        })
    }
}

impl CommitAnswer {
    fn id(&self, request: Request) -> Result<CommitId, Failure> {
        CommitId::parse(&self.sha).ok_or(request.garbage())
    }

    fn commit(self) -> Result<Commit, Failure> {
        let id = self.id(COMPARE)?;
        let GitCommit {
            message,
            author,
            committer,
        } = self.commit;
        let title = message.lines().next().unwrap_or_default();
        let account = self.author.and_then(|account| account.login);
        let name = author.and_then(|author| author.name);
        let date = committer.and_then(|committer| committer.date);
        Ok(Commit {
            id,
            title: OutsideText::new(title),
            author: OutsideText::new(account.or(name).unwrap_or_default()),
            committed_at: date.unwrap_or_default(),
        })
    }
}

impl From<FileAnswer> for ChangedFile {
    fn from(file: FileAnswer) -> Self {
        Self {
            path: file.filename,
            status: file.status,
            previous_path: file.previous_filename,
            additions: file.additions,
            patch: file.patch,
        }
    }
}
