//! The folder `.pixels/` of a game: who may write there, and how.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{ErrorKind, Result, Write},
    path::{Path, PathBuf},
};

/// `ack.jsonl` is cut to its last lines when it grows beyond this.
const MAX_ACK_BYTES: u64 = 1 << 20;
/// What is kept then.
const KEPT_ACK_BYTES: usize = 256 << 10;
/// Screenshots and their answers that are kept.
#[cfg(feature = "screenshot")]
const KEPT_SCREENSHOT_FILES: usize = 40;

/// The folder that a game reports in.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Make the folder, and keep it out of version control.
    pub fn create(&self) -> Result<()> {
        fs::create_dir_all(&self.path)?;
        let gitignore = self.path.join(".gitignore");
        if !gitignore.exists() {
            fs::write(gitignore, "*\n")?;
        }
        Ok(())
    }

    /// Become the game that reports here; nothing when another one is. Held until the file is
    /// dropped, or the process is gone.
    pub fn lock(&self) -> Result<Option<File>> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.path.join("game.lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            // A file system without locks: better two games that report than none.
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                Ok(Some(file))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Write a file whole or not at all.
    pub fn replace(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let stage = self.path.join("game.stage");
        fs::write(&stage, bytes)?;
        fs::rename(stage, self.path.join(name))
    }

    pub fn remove(&self, name: &str) -> Result<()> {
        match fs::remove_file(self.path.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Append lines to `ack.jsonl`, in one write.
    pub fn append_acks(&self, lines: &str) -> Result<()> {
        let path = self.path.join("ack.jsonl");
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        file.write_all(lines.as_bytes())?;
        if file.metadata()?.len() > MAX_ACK_BYTES {
            let text = fs::read(&path)?;
            self.replace("ack.jsonl", last_lines(&text, KEPT_ACK_BYTES))?;
        }
        Ok(())
    }
}

#[cfg(feature = "screenshot")]
impl Folder {
    /// Take the request for a screenshot, if there is one.
    pub fn take_screenshot_request(&self) -> Result<Option<Vec<u8>>> {
        let path = self.path.join("screenshot.request");
        match fs::read(&path) {
            Ok(bytes) => fs::remove_file(path).map(|()| Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Write a file of a screenshot, and forget the oldest ones.
    pub fn write_screenshot(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let shots = self.path.join("screenshots");
        fs::create_dir_all(&shots)?;
        self.replace(&format!("screenshots/{name}"), bytes)?;
        let mut files: Vec<_> = fs::read_dir(&shots)?
            .filter_map(|entry| {
                let entry = entry.ok()?;
                Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
            })
            .collect();
        files.sort();
        let surplus = files.len().saturating_sub(KEPT_SCREENSHOT_FILES);
        for (_, path) in files.drain(..surplus) {
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

/// The whole lines in the last `max_bytes` of a text.
fn last_lines(text: &[u8], max_bytes: usize) -> &[u8] {
    let Some(surplus) = text
        .len()
        .checked_sub(max_bytes)
        .filter(|&surplus| surplus > 0)
    else {
        return text;
    };
    // The byte before the tail ends a line when the tail begins with one.
    let tail = text.get(surplus - 1..).unwrap_or_default();
    match tail.iter().position(|&byte| byte == b'\n') {
        Some(end) => tail.get(end + 1..).unwrap_or_default(),
        None => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::last_lines;

    #[test]
    fn only_whole_lines_are_kept() {
        let text = b"one\ntwo\nthree\n";
        assert_eq!(last_lines(text, 100), text);
        assert_eq!(last_lines(text, 14), text);
        assert_eq!(last_lines(text, 13), b"two\nthree\n");
        assert_eq!(last_lines(text, 10), b"two\nthree\n");
        assert_eq!(last_lines(text, 9), b"three\n");
        assert_eq!(last_lines(text, 2), b"");
    }
}
