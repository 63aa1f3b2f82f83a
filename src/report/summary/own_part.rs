//! The part of the step's summary file that is this process's own.

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Seek, SeekFrom, Write},
    path::PathBuf,
};

/// GitHub shows nothing at all of a step's summary above 1 MiB; the runner looks at the file's bytes. The rest is a reserve.
const MOST_BYTES: u64 = (1 << 20) - 1_024;
/// Between what was there and what is ours.
const GAP: &str = "\n\n";

/// Written as often as the report changes, each time in place of what it held before.
pub(super) struct OwnPart {
    file: PathBuf,
    /// In bytes; what stands before it, an earlier process of the same step wrote.
    begins_at: u64,
    /// What it holds.
    text: String,
}

impl OwnPart {
    pub(super) fn new(file: PathBuf) -> Self {
        Self {
            file,
            begins_at: 0,
            text: String::new(),
        }
    }

    /// How many bytes it may have.
    ///
    /// # Errors
    /// Where the file can't be looked at, or has no room.
    pub(super) fn room(&self) -> io::Result<usize> {
        let others = self.begin()?;
        let room = MOST_BYTES.saturating_sub(others + GAP.len() as u64);
        match usize::try_from(room) {
            Ok(0) | Err(_) => Err(full()),
            Ok(room) => Ok(room),
        }
    }

    /// Puts a text in the place of what it held.
    ///
    /// # Errors
    /// Where the file can't be written.
    pub(super) fn write(&mut self, text: &str) -> io::Result<()> {
        let begin = self.begin()?;
        let gap = if begin == 0 { "" } else { GAP };
        let text = format!("{gap}{text}");
        if begin == self.begins_at && text == self.text {
            return Ok(());
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&self.file)?;
        // By hand it may be `/dev/stdout`, which takes a text and gives none back.
        let is_plain = file.metadata()?.is_file();
        if is_plain {
            file.seek(SeekFrom::Start(begin))?;
        }
        file.write_all(text.as_bytes())?;
        // Only now: a run that is killed before has a summary.
        if is_plain {
            file.set_len(begin + text.len() as u64)?;
        }
        self.begins_at = begin;
        self.text = text;
        Ok(())
    }

    /// Where its text begins; at the file's end where nothing was written, or somebody else has written since.
    fn begin(&self) -> io::Result<u64> {
        let length = match fs::metadata(&self.file) {
            Ok(facts) => facts.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        let is_ours = length == self.begins_at + self.text.len() as u64;
        Ok(if is_ours { self.begins_at } else { length })
    }
}

/// That nothing fits.
pub(super) fn full() -> io::Error {
    let text = "the file is full: GitHub shows no summary of more than 1 MiB, earlier text of this step included";
    io::Error::other(text)
}
