//! The user's uploads: `file-list.ndjson` with the metadata of each file, and the files themselves
//! under `files/`, each streamed from the bucket in chunks. A missing file is listed as a gap,
//! never skipped silently.

use std::collections::HashSet;

use provost_archive::Compression;
use provost_domain::{
    FileId, Principal,
    export::Category,
    file::{self, File},
};
use provost_store::{
    StoreError,
    item::{Item, Key, decode},
    kinds::kinds_in,
    principals::partition,
    walk::Walk,
};
use serde_json::json;

use super::member;
use crate::writer::{Stop, Writer};

pub(super) async fn write(writer: &mut Writer<'_>, owner: &Principal) -> Result<(), Stop> {
    let listed = list(writer, owner).await?;
    if listed > 0 {
        registered(writer, owner).await?;
    }
    unregistered(writer, owner).await
}

fn read(item: Item) -> Result<File, StoreError> {
    decode("a file", item)
}

/// Writes `file-list.ndjson` and returns the number of files.
async fn list(writer: &mut Writer<'_>, owner: &Principal) -> Result<u64, Stop> {
    writer.begin_member(member(Category::Files), Compression::Deflate, None)?;
    let (mut listed, mut after) = (0, None);
    loop {
        let (files, next) = page(writer, owner, after.take()).await?;
        for file in &files {
            writer.record(&json!({ "id": file.id, "name": file.name, "contentType": file.content_type, "size": file.size, "createdAt": file.created_at })).await?;
        }
        listed += files.len() as u64;
        writer.keep_alive().await?;
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    writer.end_member().await?;
    Ok(listed)
}

async fn page(
    writer: &Writer<'_>,
    owner: &Principal,
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
async fn registered(writer: &mut Writer<'_>, owner: &Principal) -> Result<(), Stop> {
    let mut after = None;
    loop {
        let (files, next) = page(writer, owner, after.take()).await?;
        for file in files {
            // An entry that points outside the user's own folder is ignored.
            let there = file.object_key.starts_with(&file::prefix(owner.user_id))
                && object(writer, &file.object_key, &file.name, Ending::IfNone).await?;
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

/// Objects in the user's folder that no entry lists.
async fn unregistered(writer: &mut Writer<'_>, owner: &Principal) -> Result<(), Stop> {
    let (store, prefix) = (writer.app.store(), file::prefix(owner.user_id));
    let mut after = None;
    loop {
        let (objects, next) =
            store.list_objects(&store.names().files, &prefix, after.take()).await?;
        let id_of =
            |key: &str| key.strip_prefix(&prefix)?.strip_prefix("files/")?.parse::<FileId>().ok();
        let keys = objects
            .iter()
            .filter_map(|object| id_of(&object.key))
            .map(|id| Key::new(partition(owner.user_id), format!("FILE#{id}")))
            .collect();
        let mut written = HashSet::new();
        for item in store.batch_get(&store.names().accounts, keys, true).await? {
            written.insert(read(item)?.object_key);
        }
        for listed in objects.into_iter().filter(|object| !written.contains(&object.key)) {
            let name = listed.key.strip_prefix(&prefix).unwrap_or_default();
            match writer.job.withheld.iter().find(|withheld| name.starts_with(withheld.folder())) {
                Some(withheld) => writer.gap(name, &withheld.reason())?,
                // Removed since the listing, so it is no longer the user's.
                None => drop(
                    object(
                        writer,
                        &listed.key,
                        name.strip_prefix("files/").unwrap_or(name),
                        Ending::Always,
                    )
                    .await?,
                ),
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

/// Streams one object into the archive; `false` if it does not exist.
async fn object(
    writer: &mut Writer<'_>,
    key: &str,
    name: &str,
    ending: Ending,
) -> Result<bool, Stop> {
    let store = writer.app.store();
    let Some(mut body) = store.open_object(&store.names().files, key).await? else {
        return Ok(false);
    };
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
