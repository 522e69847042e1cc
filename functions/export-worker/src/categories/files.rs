//! The user's uploads: `file-list.ndjson` with the metadata of each file and short URL, and the files
//! themselves under `files/`, each streamed from the bucket in chunks. A missing file is listed as a
//! gap, never skipped silently, and so is a flagged one, which its owner cannot download either.
//!
//! Files are registered as content; an account from before that may have files in its own partition
//! as well.

use std::collections::{HashMap, HashSet};

use provost_app::assigned_stores::AssignedStore;
use provost_archive::Compression;
use provost_domain::{
    FileId, User,
    content::{Content, ContentId, ContentStatus, EVIDENCE_FOLDER, Flag, ObjectPlace},
    export::Category,
    file::{self, File},
};
use provost_store::{
    Store, StoreError, contents, flags,
    item::{Item, Key, decode},
    kinds::kinds_in,
    objects::ByteStream,
    records::partition,
    walk::Walk,
};
use serde_json::{Value, json};

use super::member;
use crate::writer::{Stop, Writer};

pub(super) async fn write(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    list(writer, owner).await?;
    registered(writer, owner).await?;
    contents_of(writer, owner).await?;
    unregistered(writer, owner).await?;
    assigned(writer, owner).await
}

fn read(item: Item) -> Result<File, StoreError> {
    decode("a file", item)
}

/// Writes `file-list.ndjson`.
async fn list(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    writer.begin_member(member(Category::Files), Compression::Deflate, None)?;
    let mut after = None;
    loop {
        let (files, next) = page(writer, owner, after.take()).await?;
        for file in &files {
            writer.record(&json!({ "id": file.id, "name": file.name, "contentType": file.content_type, "size": file.size, "createdAt": file.created_at })).await?;
        }
        writer.keep_alive().await?;
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let store = writer.app.store();
    // Few files are ever flagged.
    let mut flags: HashMap<ContentId, Vec<Flag>> = HashMap::new();
    for item in store.items_about(owner.user_id, flags::PREFIX, contents::PREFIX).await? {
        let flag = flags::read(item)?;
        flags.entry(flag.content_id).or_default().push(flag);
    }
    let mut after = None;
    loop {
        let (contents, next) = store.contents_of(owner.user_id, after.take()).await?;
        for content in &contents {
            let flags = flags.remove(&content.id).unwrap_or_default();
            writer.record(&content_record(content, flags)).await?;
        }
        writer.keep_alive().await?;
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    writer.end_member().await
}

/// A file or short URL in `file-list.ndjson`, with its flags and removal. Who of the staff decided,
/// and their notes, are left out.
fn content_record(content: &Content, mut flags: Vec<Flag>) -> Value {
    flags.sort_by_key(|flag| flag.id);
    let flags: Vec<_> = flags
        .iter()
        .map(|flag| {
            let end = flag.end.as_ref();
            json!({
                "reason": flag.reason, "flaggedAt": flag.created_at,
                "endedAt": end.map(|end| end.at), "endReason": end.and_then(|end| end.reason.clone()),
            })
        })
        .collect();
    let removal = content.removal.as_ref();
    json!({
        "id": content.id, "type": content.kind, "name": content.name,
        "contentType": content.content_type, "size": content.size, "sha256": content.sha256,
        "target": content.target, "status": content.status, "createdAt": content.created_at,
        "flags": flags,
        "removedAt": removal.map(|removal| removal.at),
        "removalReason": removal.map(|removal| removal.reason.clone()),
    })
}

async fn page(
    writer: &Writer<'_>,
    owner: &User,
    after: Option<Item>,
) -> Result<(Vec<File>, Option<Item>), Stop> {
    let store = writer.app.store();
    let prefix = kinds_in(Category::Files).next().map_or("FILE#", |kind| kind.sort);
    let walk =
        Walk::of_table(&store.names().accounts, partition(owner.user_id)).beginning("sk", prefix);
    let (items, next) = store.next_items(&walk, after).await?;
    let files = items.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok((files, next))
}

/// The objects of the listed files. The list is read a second time instead of being kept, since its
/// length is unlimited.
async fn registered(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    let (store, mut after) = (writer.app.store().clone(), None);
    let bucket = store.names().files.clone();
    loop {
        let (files, next) = page(writer, owner, after.take()).await?;
        for file in files {
            // An entry that points outside the user's own folder is ignored.
            let there = file.object_key.starts_with(&file::prefix(owner.user_id))
                && object(writer, &store, &bucket, &file.object_key, &file.name, Ending::IfNone)
                    .await?;
            if !there {
                writer.gap(
                    &file.name,
                    "The file was missing from storage when the export was created.",
                )?;
            }
            writer.done(1).await?;
        }
        match next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

/// The objects of registered content.
async fn contents_of(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    let mut after = None;
    loop {
        let (contents, next) = writer.app.store().contents_of(owner.user_id, after.take()).await?;
        for content in contents {
            // Removed content is not the user's any more, even while its bytes are being deleted.
            if content.object.is_some() && !content.is_removed() && content.flag.is_some() {
                writer.gap(&content.name, "The file is blocked while under review.")?;
            } else if let Some(place) = &content.object
                && !content.is_removed()
                && !object_at(writer, place, &content.name).await?
                && content.status != ContentStatus::Pending
            {
                writer.gap(
                    &content.name,
                    "The file was missing from storage when the export was created.",
                )?;
            }
            writer.done(1).await?;
        }
        match next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

/// Objects in the user's folder that no entry lists.
async fn unregistered(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    let store = writer.app.store().clone();
    let bucket = store.names().files.clone();
    unlisted(writer, owner, &store, &bucket).await
}

/// The same in the buckets that staff assigned to the user or an organisation of the user.
async fn assigned(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    for AssignedStore { store, bucket, .. } in writer.app.stores_with_files_of(owner).await? {
        unlisted(writer, owner, &store, &bucket).await?;
    }
    Ok(())
}

async fn unlisted(
    writer: &mut Writer<'_>,
    owner: &User,
    there: &Store,
    bucket: &str,
) -> Result<(), Stop> {
    let (store, prefix) = (writer.app.store(), file::prefix(owner.user_id));
    let mut after = None;
    loop {
        let (objects, next) = there.list_objects(bucket, &prefix, after.take()).await?;
        let id_of =
            |key: &str| key.strip_prefix(&prefix)?.strip_prefix("files/")?.parse::<FileId>().ok();
        let ids: Vec<FileId> = objects.iter().filter_map(|object| id_of(&object.key)).collect();
        let keys =
            ids.iter().map(|id| Key::new(partition(owner.user_id), format!("FILE#{id}"))).collect();
        let mut written = HashSet::new();
        for item in store.batch_get(&store.names().accounts, keys, true).await? {
            written.insert(read(item)?.object_key);
        }
        let keys = ids.iter().map(|id| contents::key((*id).into())).collect();
        for item in store.batch_get(&store.names().operations, keys, true).await? {
            written.extend(contents::read(item)?.object.map(|place| place.key));
        }
        for listed in objects.into_iter().filter(|object| !written.contains(&object.key)) {
            let name = listed.key.strip_prefix(&prefix).unwrap_or_default();
            // Copies of reported files: the files are exported themselves, and a report is not the
            // user's to know of.
            if name.starts_with(EVIDENCE_FOLDER) {
                continue;
            }
            match writer.job.withheld.iter().find(|withheld| name.starts_with(withheld.folder())) {
                Some(withheld) => writer.gap(name, &withheld.reason())?,
                // Removed since the listing, so it is no longer the user's.
                None => {
                    let name = name.strip_prefix("files/").unwrap_or(name);
                    object(writer, there, bucket, &listed.key, name, Ending::Always).await?;
                }
            }
            writer.done(1).await?;
        }
        match next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

/// When a name gets the extension of the file's type, so that the user can open the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// If the name has no extension.
    IfNone,
    /// Unless it has that extension: the platform made the name.
    Always,
}

impl Ending {
    fn of(self, name: &str, first_bytes: &[u8]) -> String {
        let Some(ending) = file::ending(first_bytes) else { return name.to_owned() };
        let given = name
            .rsplit('/')
            .next()
            .and_then(|last| last.rsplit_once('.'))
            .map(|(_, given)| given.to_ascii_lowercase());
        let keeps = match given.as_deref() {
            Some("jpeg") if ending == "jpg" => true,
            Some(given) if given == ending => true,
            Some(given) => {
                self == Self::IfNone
                    && (1..=5).contains(&given.len())
                    && given.bytes().all(|byte| byte.is_ascii_alphanumeric())
            }
            None => false,
        };
        if keeps { name.to_owned() } else { format!("{name}.{ending}") }
    }
}

/// Streams the object of registered content into the archive; `false` if it does not exist.
async fn object_at(writer: &mut Writer<'_>, place: &ObjectPlace, name: &str) -> Result<bool, Stop> {
    match writer.app.store_at(place).await? {
        Some(there) => {
            object(writer, &there, &place.bucket, &place.key, name, Ending::IfNone).await
        }
        None => Ok(false),
    }
}

/// Streams one object into the archive; `false` if it does not exist.
async fn object(
    writer: &mut Writer<'_>,
    there: &Store,
    bucket: &str,
    key: &str,
    name: &str,
    ending: Ending,
) -> Result<bool, Stop> {
    let body = there.open_object(bucket, key).await?;
    stream(writer, body, name, ending).await
}

async fn stream(
    writer: &mut Writer<'_>,
    body: Option<ByteStream>,
    name: &str,
    ending: Ending,
) -> Result<bool, Stop> {
    let Some(mut body) = body else { return Ok(false) };
    let unreadable = |cause| StoreError::unavailable("reading an object", cause);
    let mut chunk = body.next().await.transpose().map_err(unreadable)?;
    let name = ending.of(name, chunk.as_deref().unwrap_or_default());
    let place = writer.free_name("files", &name)?;
    writer.begin_member(&place, Compression::for_name(&name), None)?;
    while let Some(bytes) = chunk {
        writer.bytes(&bytes).await?;
        writer.keep_alive().await?;
        chunk = body.next().await.transpose().map_err(unreadable)?;
    }
    writer.end_member().await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gets_the_extension_of_its_content() {
        for (name, bytes, always, if_none) in [
            (
                "documents/doc_01ARZ3",
                &b"%PDF-1.7"[..],
                "documents/doc_01ARZ3.pdf",
                "documents/doc_01ARZ3.pdf",
            ),
            (
                "verifications/ver_1/document.incoming",
                b"\x89PNG\r\n\x1a\n",
                "verifications/ver_1/document.incoming.png",
                "verifications/ver_1/document.incoming.png",
            ),
            ("holiday.JPEG", b"\xff\xd8\xff\xe0", "holiday.JPEG", "holiday.JPEG"),
            ("report.final", b"%PDF-1.7", "report.final.pdf", "report.final"),
            ("v1.2/notes", b"%PDF-1.7", "v1.2/notes.pdf", "v1.2/notes.pdf"),
            ("letter", b"Dear Ada", "letter", "letter"),
            ("empty", b"", "empty", "empty"),
        ] {
            assert_eq!(Ending::Always.of(name, bytes), always);
            assert_eq!(Ending::IfNone.of(name, bytes), if_none);
        }
    }
}
