//! `queue export`: messages as .eml, on stdout or in files.
//!
//! A mail that used a secret is exported without its content, the message of its
//! method's first sample beside it.

use std::fs;
use std::path::{Path, PathBuf};

use mailmethod::queue::{Detail, EntryId, QueueError, Store};
use mailmethod::source::Finding;
use serde_json::{Value, json};

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::queue_args::Export;
use crate::selection;
use crate::store::{self, failed};
use crate::stored::{self, Stored};

pub(super) async fn run(
    context: &Context,
    args: &Export,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let store = store::existing(context).await?;
    let ids = selection::ids(&args.ids, store.as_ref()).await?;
    // What was found is in a store.
    let Some(store) = store else { return Err(failed(&QueueError::Closed)) };
    let Some(place) = &args.output else {
        let [id] = ids.as_slice() else { return Err(several(ids.len())) };
        return alone(&message(context, &store, *id).await?, output);
    };
    let folder = ids.len() > 1 || place.is_dir() || place.to_string_lossy().ends_with('/');
    if folder {
        fs::create_dir_all(place)
            .map_err(|error| Failure::io("made", &place.display().to_string(), &error))?;
    }
    let mut files = Vec::new();
    for id in ids {
        let file = if folder { place.join(format!("{id}.eml")) } else { place.clone() };
        let Exported { bytes, sample, .. } = message(context, &store, id).await?;
        files.push(write(id, &file, &bytes)?);
        if let Some(sample) = sample {
            files.push(write(id, &beside(&file), &sample)?);
        }
    }
    tell(&files, output)
}

/// The message of a mail, and what stands beside it if it is hidden.
struct Exported {
    id: EntryId,
    bytes: Vec<u8>,
    sample: Option<Vec<u8>>,
}

/// A file that was written.
struct Written {
    id: EntryId,
    file: String,
    octets: usize,
}

fn tell(files: &[Written], output: &mut Output) -> Result<Exit, Failure> {
    if output.json {
        let files = files.iter().map(
            |Written { id, file, octets }| json!({ "id": id, "file": file, "octets": octets }),
        );
        output.json(&json!({ "v": 1, "files": files.collect::<Value>() }))?;
        return Ok(Exit::Done);
    }
    for written in files {
        output.line(&written.file)?;
    }
    Ok(Exit::Done)
}

fn several(count: usize) -> Failure {
    let finding = Finding::error("usage", format!("{count} mails do not go to stdout at once"))
        .help("write them into a folder: -o DIR");
    Failure::one(Exit::Usage, finding)
}

/// One message on stdout.
fn alone(exported: &Exported, output: &mut Output) -> Result<Exit, Failure> {
    if output.json {
        let raw = String::from_utf8_lossy(&exported.bytes);
        output.json(&json!({ "v": 1, "id": exported.id, "raw": raw }))?;
    } else {
        output.data(&exported.bytes)?;
    }
    if exported.sample.is_some() {
        output.note(
            "note: it used a secret, so its content is left out; -o DIR writes a sample beside it",
        );
    }
    Ok(Exit::Done)
}

async fn message(context: &Context, store: &Store, id: EntryId) -> Result<Exported, Failure> {
    let detail = store.detail(id).await.map_err(|error| failed(&error))?;
    let (bytes, sample) = match Stored::of(context, store, &detail).await? {
        Stored::Whole(bytes) => (bytes, None),
        Stored::Hidden(hidden) => {
            let sample = hidden.sample.as_ref();
            let sample =
                sample.and_then(|(_, mail)| stored::sealed(mail, &context.settings.limits));
            (hidden.stand_in(), sample)
        }
        Stored::Damaged => return Err(failed(&QueueError::MissingBlob { id: id.as_uuid() })),
        Stored::Gone => return Err(gone(&detail)),
    };
    Ok(Exported { id, bytes, sample })
}

fn gone(detail: &Detail) -> Failure {
    let why = match detail.wiped_at.filter(|_| !detail.summary.message_id.is_empty()) {
        Some(_) => "its content was wiped",
        None => "its call gave no mail",
    };
    let message = format!("{} has no message: {why}", detail.summary.id);
    Failure::one(Exit::NotFound, Finding::error("no-content", message))
}

fn write(id: EntryId, file: &Path, bytes: &[u8]) -> Result<Written, Failure> {
    let shown = file.display().to_string();
    fs::write(file, bytes).map_err(|error| Failure::io("written", &shown, &error))?;
    Ok(Written { id, file: shown, octets: bytes.len() })
}

/// The file of the sample: `a.eml` has `a.sample.eml` beside it.
fn beside(file: &Path) -> PathBuf {
    file.with_extension("sample.eml")
}
