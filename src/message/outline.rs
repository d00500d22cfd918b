//! The outline: the tree of a message's parts, for people to read.

use mail_builder::mime::{BodyPart, MimePart};

use super::body::{self, shown_headers};
use super::{Attachment, Disposition, Mail};

/// One part in the outline of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutlinePart {
    /// How many parts it is inside of; 0 is the message's own body.
    pub depth: usize,
    /// The type without parameters: `multipart/mixed`, `text/plain`.
    pub content_type: String,
    /// The octets before encoding; `None` for a part of parts.
    pub size: Option<usize>,
    /// The file name, if it has one.
    pub filename: Option<String>,
    /// The content id without angle brackets, if it is shown inside the HTML.
    pub content_id: Option<String>,
}

impl Mail {
    /// The parts of the message that [`seal`](Self::seal) makes, each before those inside it.
    ///
    /// # Examples
    ///
    /// ```
    /// use mailmethod::{Call, MailMethods};
    ///
    /// let methods = MailMethods::from_embedded([(
    ///     "hello.yaml",
    ///     "headers: {to: ada@example.test, from: shop@example.test}\ntext: Hi\nhtml: <p>Hi</p>",
    /// )])?;
    /// let outline = methods.call(&Call::new("hello"))?.outline();
    /// let types: Vec<_> = outline.iter().map(|part| (part.depth, part.content_type.as_str())).collect();
    /// assert_eq!(types, [(0, "multipart/alternative"), (1, "text/plain"), (1, "text/html")]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn outline(&self) -> Vec<OutlinePart> {
        let (mut files, attached): (Vec<_>, Vec<_>) = self
            .attachments()
            .iter()
            .partition(|part| self.html().is_some() && part.disposition() == Disposition::Inline);
        files.extend(attached);
        let bodies = [self.text(), self.html()].into_iter().flatten();
        let leaves = bodies
            .map(|body| (body.len(), None))
            .chain(files.into_iter().map(|file| (file.content().len(), Some(file))));
        let mut outline = Vec::new();
        walk(&body::tree(self, ""), 0, &mut leaves.into_iter(), &mut outline);
        outline
    }
}

/// A part that holds no parts: its size, and its file if it is no body.
type Leaf<'m> = (usize, Option<&'m Attachment>);

fn walk<'m>(
    part: &MimePart<'_>,
    depth: usize,
    leaves: &mut impl Iterator<Item = Leaf<'m>>,
    outline: &mut Vec<OutlinePart>,
) {
    let header = shown_headers(part).into_iter().find(|(name, _)| name == "Content-Type");
    let full = header.map(|(_, value)| value).unwrap_or_default();
    let content_type = full.split(';').next().unwrap_or_default().trim().to_owned();
    let mut own = OutlinePart { depth, content_type, size: None, filename: None, content_id: None };
    if let BodyPart::Multipart(parts) = &part.contents {
        outline.push(own);
        for part in parts {
            walk(part, depth + 1, leaves, outline);
        }
        return;
    }
    if let Some((size, file)) = leaves.next() {
        own.size = Some(size);
        own.filename = file.and_then(Attachment::filename).map(str::to_owned);
        own.content_id = file.and_then(Attachment::content_id).map(str::to_owned);
    }
    outline.push(own);
}
