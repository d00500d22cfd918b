//! The folder: the only reader of files. A directory, or files that a program embeds.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::source::{Finding, Location, position};

/// The largest template, in octets.
const TEMPLATE_LIMIT: usize = 4 * 1024 * 1024;
/// How deep folders may be nested.
const DEPTH_LIMIT: usize = 32;

/// The files of one templates folder, by their path in it.
#[derive(Debug)]
pub(crate) struct Folder {
    /// The folder as the user named it, in front of each file in findings.
    shown: String,
    files: BTreeMap<String, Content>,
    /// What is wrong with the folder itself.
    pub(crate) findings: Vec<Finding>,
}

#[derive(Debug)]
enum Content {
    OnDisk(PathBuf),
    Embedded(Cow<'static, [u8]>),
}

/// What tells whether a folder changed: each file with its time and size.
pub(crate) type Fingerprint = Vec<(String, Option<SystemTime>, u64)>;

/// Whether a folder is one of those that it stands in, by way of a link.
fn leads_back(real: &Path, path: &Path) -> bool {
    path.parent()
        .and_then(|above| fs::canonicalize(above).ok())
        .is_some_and(|above| above.starts_with(real))
}

impl Folder {
    /// Lists a directory; the files are read when they are asked for.
    pub(crate) fn open(directory: &Path) -> Self {
        let shown = directory.display().to_string();
        let mut folder = Self { shown, files: BTreeMap::new(), findings: Vec::new() };
        match fs::canonicalize(directory) {
            Ok(root) if root.is_dir() => folder.walk(&root, directory, "", DEPTH_LIMIT),
            Ok(_) => folder.fail("no-folder", "this is no folder"),
            Err(error) => {
                let message = format!("the templates folder cannot be read: {error}");
                folder.fail("no-folder", &message);
            }
        }
        folder
    }

    /// Takes files that a program embeds.
    pub(crate) fn embedded(files: BTreeMap<String, Cow<'static, [u8]>>) -> Self {
        let files =
            files.into_iter().map(|(name, bytes)| (name, Content::Embedded(bytes))).collect();
        Self { shown: "embedded".to_owned(), files, findings: Vec::new() }
    }

    fn fail(&mut self, code: &'static str, message: &str) {
        self.findings.push(Finding::error(code, message).in_file(self.shown.clone()));
    }

    fn walk(&mut self, root: &Path, directory: &Path, prefix: &str, depth: usize) {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) => {
                let file = self.shown(prefix.trim_end_matches('/'));
                self.findings.push(
                    Finding::error("unreadable", format!("the folder cannot be read: {error}"))
                        .in_file(file),
                );
                return;
            }
        };
        let mut paths: Vec<PathBuf> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            let Some(file_name) = path.file_name() else { continue };
            let Some(file_name) = file_name.to_str() else {
                let file = self.shown(&format!("{prefix}{}", file_name.to_string_lossy()));
                self.findings
                    .push(Finding::error("file-name", "the file's name is no UTF-8").in_file(file));
                continue;
            };
            if file_name.starts_with('.') {
                continue;
            }
            let name = format!("{prefix}{file_name}");
            match fs::canonicalize(&path) {
                Ok(real) if !real.starts_with(root) => {
                    let finding =
                        Finding::error("outside", "the link leads out of the templates folder");
                    self.findings.push(finding.in_file(self.shown(&name)));
                }
                Ok(real) if real.is_dir() && leads_back(&real, &path) => {
                    let finding =
                        Finding::error("outside", "the link leads back to a folder above it");
                    self.findings.push(finding.in_file(self.shown(&name)));
                }
                Ok(real) if real.is_dir() && depth > 0 => {
                    self.walk(root, &path, &format!("{name}/"), depth - 1);
                }
                Ok(real) if real.is_dir() => {
                    let finding = Finding::error("nesting", "folders are nested more than 32 deep");
                    self.findings.push(finding.in_file(self.shown(&name)));
                }
                Ok(real) if real.is_file() => {
                    self.files.insert(name, Content::OnDisk(real));
                }
                // A socket or a pipe is no part of a folder of templates.
                Ok(_) => {}
                Err(error) => {
                    let finding =
                        Finding::error("unreadable", format!("the file cannot be read: {error}"));
                    self.findings.push(finding.in_file(self.shown(&name)));
                }
            }
        }
    }

    /// The files' paths in the folder, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// A file's name as findings show it.
    pub(crate) fn shown(&self, name: &str) -> String {
        if name.is_empty() {
            return self.shown.clone();
        }
        format!("{}/{name}", self.shown.trim_end_matches('/'))
    }

    /// Reads a file as it is.
    pub(crate) fn bytes(&self, name: &str) -> Result<Vec<u8>, Box<Finding>> {
        match self.files.get(name) {
            Some(Content::Embedded(bytes)) => Ok(bytes.to_vec()),
            Some(Content::OnDisk(path)) => fs::read(path).map_err(|error| {
                let message = format!("the file cannot be read: {error}");
                Box::new(Finding::error("unreadable", message).in_file(self.shown(name)))
            }),
            None => Err(Box::new(
                Finding::error("no-file", "there is no such file").in_file(self.shown(name)),
            )),
        }
    }

    /// Reads a file as UTF-8, without a byte order mark and with line feeds alone.
    pub(crate) fn text(&self, name: &str) -> Result<String, Box<Finding>> {
        let bytes = self.bytes(name)?;
        if bytes.len() > TEMPLATE_LIMIT {
            let finding = Finding::error("limit", "the file is larger than 4 MB");
            return Err(Box::new(finding.in_file(self.shown(name))));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let upto = error.utf8_error().valid_up_to();
            let good = String::from_utf8_lossy(error.as_bytes().get(..upto).unwrap_or_default())
                .into_owned();
            let (line, column) = position(&good, upto);
            let location = Location { file: self.shown(name), line, column };
            let shown = String::from_utf8_lossy(error.as_bytes());
            let finding = Finding::error("utf-8", "the file is no UTF-8 from here on");
            Box::new(finding.at(location, &shown, 1).help("save the file as UTF-8"))
        })?;
        let text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
        Ok(if text.contains('\r') { text.replace("\r\n", "\n") } else { text })
    }

    /// What tells whether the folder changed.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.files
            .iter()
            .map(|(name, content)| match content {
                Content::Embedded(bytes) => (name.clone(), None, bytes.len() as u64),
                Content::OnDisk(path) => {
                    let metadata = fs::metadata(path).ok();
                    let modified = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
                    (name.clone(), modified, metadata.map_or(0, |metadata| metadata.len()))
                }
            })
            .collect()
    }
}
