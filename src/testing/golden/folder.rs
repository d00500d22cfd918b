//! The goldens of a folder: which files are ours, and how they are read, written and removed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How the first line of every golden begins; a file without it is not ours.
const MARK: &str = "# mailmethod golden: ";

/// How deep folders are searched: a method's name has no more parts than that.
const DEPTH_LIMIT: usize = 101;

/// One method, sample and locale.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    pub(super) method: String,
    pub(super) sample: String,
    pub(super) locale: String,
}

impl Cell {
    /// The golden's file, relative to the folder.
    pub(super) fn file(&self) -> PathBuf {
        let mut file: PathBuf = self.method.split('/').collect();
        file.push(format!("{}.{}.txt", self.sample, self.locale));
        file
    }

    /// The whole golden: the marker, a blank line and the form.
    pub(super) fn golden(&self, form: &str) -> String {
        format!("{MARK}{self}\n\n{form}")
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, sample {}, locale {}", self.method, self.sample, self.locale)
    }
}

/// What the first line of a golden says it is of; `None` if it is no golden.
pub(super) fn marked(text: &str) -> Option<&str> {
    text.lines().next()?.strip_prefix(MARK)
}

/// Reads a file as text with LF line ends; `None` if there is none.
pub(super) fn read(file: &Path) -> io::Result<Option<String>> {
    match fs::read(file) {
        // A checkout may have given the file CRLF line ends.
        Ok(octets) => Ok(Some(String::from_utf8_lossy(&octets).replace("\r\n", "\n"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a golden, but over no file that is not ours.
pub(super) fn write(file: &Path, golden: &str) -> io::Result<()> {
    if read(file)?.is_some_and(|old| marked(&old).is_none()) {
        let message = format!("{} is no golden of mailmethod: move it away", file.display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, golden)
}

/// Removes a golden, and the folders that are empty then, up to but without `root`.
pub(super) fn remove(root: &Path, file: &Path) -> io::Result<()> {
    fs::remove_file(file)?;
    let mut folder = file.parent();
    while let Some(empty) =
        folder.filter(|folder| *folder != root && fs::remove_dir(folder).is_ok())
    {
        folder = empty.parent();
    }
    Ok(())
}

/// All goldens below a folder, in order: each file, and what its first line says it is of.
pub(super) fn goldens(root: &Path) -> io::Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    let mut folders = vec![(root.to_owned(), DEPTH_LIMIT)];
    while let Some((folder, depth)) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && folder == root => break,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let (kind, path) = (entry.file_type()?, entry.path());
            if kind.is_dir() && depth > 0 {
                folders.push((path, depth - 1));
            } else if kind.is_file()
                && path.extension().is_some_and(|ending| ending == "txt")
                && let Some(text) = read(&path)?
                && let Some(cell) = marked(&text)
            {
                found.push((path, cell.to_owned()));
            }
        }
    }
    found.sort();
    Ok(found)
}
