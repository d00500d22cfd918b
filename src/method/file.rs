//! The file: a named content that a call hands over.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use serde::{Serialize, Serializer};

/// A file argument: a name, a content, and a type where the name does not tell it.
///
/// Cloning it copies nothing, and a call takes the content over without a copy. Serialised elsewhere than in a call it is `{"filename",
/// "content_type", "content": base64}`; it is never a path.
///
/// # Examples
///
/// ```
/// use mailmethod::{Call, File};
///
/// let invoice = File::new("invoice.pdf", b"%PDF-1.7 ...".to_vec());
/// let call = Call::new("orders/invoice").arg("invoice", &invoice)?;
/// # Ok::<(), mailmethod::CallError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct File(Arc<Parts>);

#[derive(Clone, PartialEq, Eq)]
struct Parts {
    filename: String,
    content_type: Option<String>,
    content: Arc<[u8]>,
}

/// Whether a call takes its arguments over, and the file that is on its way.
#[derive(Default)]
enum Handover {
    #[default]
    Closed,
    Open,
    Holds(File),
}

thread_local! {
    static HANDOVER: Cell<Handover> = const { Cell::new(Handover::Closed) };
}

/// The name under which a file announces itself to a call.
pub(super) const MARK: &str = "$mailmethod::File";

impl File {
    /// A file of the given name and content.
    #[must_use]
    pub fn new(filename: impl Into<String>, content: impl Into<Arc<[u8]>>) -> Self {
        Self(Arc::new(Parts {
            filename: filename.into(),
            content_type: None,
            content: content.into(),
        }))
    }

    /// Sets the media type; without it the name decides.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).content_type = Some(content_type.into());
        self
    }

    /// The file's name, without folders.
    #[must_use]
    pub fn filename(&self) -> &str {
        &self.0.filename
    }

    /// The media type, if one was set.
    #[must_use]
    pub fn declared_type(&self) -> Option<&str> {
        self.0.content_type.as_deref()
    }

    /// The content.
    #[must_use]
    pub fn content(&self) -> &Arc<[u8]> {
        &self.0.content
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({:?}, {} octets)", self.filename(), self.content().len())
    }
}

impl Serialize for File {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !matches!(HANDOVER.take(), Handover::Closed) {
            HANDOVER.set(Handover::Holds(self.clone()));
            return serializer.serialize_unit_struct(MARK);
        }
        use serde::ser::SerializeStruct as _;
        let mut fields = serializer.serialize_struct("File", 3)?;
        fields.serialize_field("filename", self.filename())?;
        fields.serialize_field("content_type", &self.declared_type())?;
        let content = base64::engine::general_purpose::STANDARD.encode(self.content());
        fields.serialize_field("content", &content)?;
        fields.end()
    }
}

/// Runs a serialisation in which files hand themselves over instead of being written out.
pub(super) fn handing_over<T>(run: impl FnOnce() -> T) -> T {
    /// Puts the outer state back, also when a caller's `Serialize` panics.
    struct Restore(Handover);
    impl Drop for Restore {
        fn drop(&mut self) {
            HANDOVER.set(std::mem::take(&mut self.0));
        }
    }
    let _restore = Restore(HANDOVER.replace(Handover::Open));
    run()
}

/// The file that announced itself just now.
pub(super) fn handed_over() -> Option<File> {
    match HANDOVER.replace(Handover::Open) {
        Handover::Holds(file) => Some(file),
        Handover::Open | Handover::Closed => None,
    }
}
