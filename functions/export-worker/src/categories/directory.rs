//! `users.csv` or `users.ndjson`: a selection of the users of the platform, as the requester may see
//! them. The rights of the requester count at the time of writing, the query means the time of the
//! request.

use std::collections::HashMap;

use provost_archive::Compression;
use provost_directory::{Current, Layout, ListRequest, Names, Reader, UserExport, UserFile};
use provost_domain::{
    ApiError, Permission, User, UserId,
    export::{Category, ListSelection},
};
use provost_operations::user::users_selection;
use provost_store::StoreError;

use super::member;
use crate::writer::{Stop, Writer};

/// How many users are read at a time.
const PIECE: usize = 500;

pub(super) async fn write(writer: &mut Writer<'_>, requester: &User) -> Result<(), Stop> {
    let Some(selection) = writer.job.selection.clone() else { return Ok(()) };
    let permissions = requester.permissions();
    let may_export = requester.check_usable(writer.app.now()).is_ok()
        && !requester.awaits_second_factor()
        && permissions.contains(&Permission::UserExport);
    if !may_export {
        return writer.gap(
            member(Category::Directory),
            "Omitted because the requester of this export may not export users any more.",
        );
    }
    let export = stored(requester, &selection)?;
    let store = writer.app.store();
    let names = Names::read(store, &export.query).await?;
    let request = ListRequest::read(&export.query, &UserExport::PARAMETERS, &names, &permissions)
        .and_then(|request| Ok((Layout::read(&request.list)?, export.consistency()?, request)));
    let (layout, token, ListRequest { list, query }) = match request {
        Ok(read) => read,
        // Rights or roles have changed since the request.
        Err(ApiError { detail, .. }) => {
            let reason = format!("Omitted because the query is not valid any more. {detail}");
            return writer.gap(member(Category::Directory), &reason);
        }
    };
    let (now, asked) = (writer.app.now(), writer.job.created_at);
    let current = writer.app.memory::<Current>();
    let snapshot = current
        .snapshot(store, &token, now)
        .await
        .map_err(|cause| StoreError::unavailable("reading the user index", cause))?;
    let ids = snapshot
        .index
        .ids(&query, asked)
        .map_err(|cause| StoreError::unavailable("searching the user index", cause))?;
    writer.expect(ids.len() as u64 + 1);
    let reader = Reader { held: permissions, zone: list.zone, now: asked };
    rows(writer, &ids, layout, reader).await
}

fn stored(requester: &User, selection: &ListSelection) -> Result<UserExport, StoreError> {
    let text = users_selection(requester, selection)
        .ok_or_else(|| StoreError::unreadable("a filter of users", "no key opens it"))?;
    serde_json::from_str(&text).map_err(|cause| StoreError::unreadable("a filter of users", cause))
}

async fn rows(
    writer: &mut Writer<'_>,
    ids: &[UserId],
    layout: Layout,
    reader: Reader,
) -> Result<(), Stop> {
    let (store, name) = (writer.app.store(), layout.name());
    writer.begin_member(name, Compression::Deflate, None)?;
    let mut file = UserFile::new(layout, reader);
    for piece in ids.chunks(PIECE) {
        let found = store.users_in_full(piece).await?;
        let mut found: HashMap<UserId, _> =
            found.into_iter().map(|found| (found.user.user_id, found)).collect();
        let before = file.rows();
        // A user who was erased in the meantime is left out.
        for found in piece.iter().filter_map(|id| found.remove(id)) {
            file.add(&found);
        }
        writer.lines(&file.take(), file.rows() - before).await?;
        writer.done(piece.len() as u64).await?;
    }
    writer.lines(&file.take(), 0).await?;
    writer.end_member().await?;
    if !file.hidden().is_empty() {
        let reason = format!(
            "These columns are empty because the requester may not see them: {}.",
            file.hidden().join(", ")
        );
        writer.gap(name, &reason)?;
    }
    for cell in
        file.manifest().map(|manifest| manifest.named_long_cells.as_slice()).unwrap_or_default()
    {
        let reason = format!(
            "Row {}, column {}, has {} characters. Spreadsheets cut it at 32,767.",
            cell.row, cell.column, cell.length
        );
        writer.gap(name, &reason)?;
    }
    Ok(())
}
