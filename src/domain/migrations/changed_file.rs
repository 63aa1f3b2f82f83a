//! What GitHub says of a file that differs between two versions.

/// A file that differs between two versions, as GitHub's comparison has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChangedFile {
    /// From the repository's root.
    pub(crate) path: String,
    pub(crate) status: FileStatus,
    /// All of an added file. Of a modified one all of its new text where it is known, else the lines that were added;
    /// of a renamed one the lines that were added, which may be none. None where it could not be read.
    pub(crate) text: Option<String>,
    /// The target's text of a file that people append to, where it was read: what that has is not new.
    pub(crate) before: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileStatus {
    Added,
    Modified,
    Removed,
    /// From another path, with its content or most of it.
    Renamed,
}
