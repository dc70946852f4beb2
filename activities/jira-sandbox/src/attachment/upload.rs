//! Reads the form of an upload as a stream: every file goes to the disk as it comes, so memory stays flat.
//!
//! The form was let in before ([`UploadTerms`]). A client that hangs up drops the future, and with it the files so far.

use std::io;

use axum::body::BodyDataStream;
use mime_guess::Mime;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tokio::{fs::File, io::AsyncWriteExt};

use super::{
    ReceivedFile, UploadTerms,
    disposition::Disposition,
    form::{FormError, MultipartForm, PartHead},
    store::AttachmentStore,
};
use crate::{
    answer::Refusal,
    refusal,
    switches::{ExtendedFileNames, Switches},
};

/// Why there are no files.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    /// Jira refuses what was sent.
    #[error("the upload is refused")]
    Refused(Refusal),
    /// The connection ended within the form.
    #[error("the client went away")]
    Incomplete,
    /// The disk does not take it.
    #[error("the upload cannot be written")]
    Disk(#[from] io::Error),
}

impl From<Refusal> for UploadError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<FormError> for UploadError {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Broken => Self::Incomplete,
            error => Self::Refused(refusal::form_invalid(&error.to_string())),
        }
    }
}

/// Reads every part named `file`; other parts are passed over. \[unverified\]
///
/// # Errors
/// See [`UploadError`].
pub(crate) async fn receive(
    (body, boundary): (&mut BodyDataStream, String),
    terms: UploadTerms,
    store: &AttachmentStore,
    switches: &Switches,
) -> Result<Vec<ReceivedFile>, UploadError> {
    let mut form = MultipartForm::new(body, &boundary);
    let mut files = Vec::new();
    while let Some(part) = form.next_part().await? {
        let Some(filename) = name_of(&part, switches)? else { continue };
        if files.len() == terms.most_files {
            return Err(refusal::too_many_files(terms.most_files).into());
        }
        files.push(receive_file(&mut form, (part, filename), terms.largest_file, store).await?);
    }
    if files.is_empty() { Err(refusal::no_file().into()) } else { Ok(files) }
}

/// The name of the part's file; `None` where the part is not a file to attach.
fn name_of(part: &PartHead, switches: &Switches) -> Result<Option<String>, UploadError> {
    let Disposition { name, filename, extended_filename } = Disposition::parse(&part.disposition);
    if name.as_deref() != Some("file") {
        return Ok(None);
    }
    let extended = match (&filename, extended_filename, switches.extended_file_names) {
        (None, Some(_), ExtendedFileNames::ServerError) => return Err(refusal::file_name_failed().into()),
        (_, extended, _) => extended,
    };
    Ok(filename.or(extended).filter(|name| !name.is_empty()))
}

async fn receive_file(
    form: &mut MultipartForm<&mut BodyDataStream>,
    (part, filename): (PartHead, String),
    largest: u64,
    store: &AttachmentStore,
) -> Result<ReceivedFile, UploadError> {
    let mime_type = part.content_type.and_then(|kind| Some(kind.parse::<Mime>().ok()?.essence_str().to_owned()));
    let mime_type = mime_type.unwrap_or_else(|| mime_guess::from_path(&filename).first_or_octet_stream().to_string());
    let (file, content) = store.receive()?.map(NamedTempFile::into_parts).unzip();
    let (mut file, mut hash, mut size) = (file.map(File::from_std), Sha256::new(), 0);
    while let Some(chunk) = form.chunk().await? {
        size += chunk.len() as u64;
        if size > largest {
            return Err(refusal::file_too_large(&filename, largest).into());
        }
        hash.update(&chunk);
        if let Some(file) = &mut file {
            file.write_all(&chunk).await?;
        }
    }
    if let Some(file) = &file {
        file.sync_all().await?;
    }
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(ReceivedFile { filename, mime_type, size, sha256, content })
}
