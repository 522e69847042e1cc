//! `organisations.ndjson`: the user's memberships, with what every member sees of an organisation;
//! invitations to the user; and the resources of organisations that belong to the user alone:
//! servers, nodes, zones and records. Nothing about other members. Each line has its `type`.

use provost_archive::Compression;
use provost_domain::{
    User,
    dns::{Record, Zone},
    export::Category,
    infrastructure::Server,
    organisation::Organisation,
};
use provost_store::{
    StoreError, dns_records, dns_zones,
    item::{Item, decode},
    memberships::partition,
    nodes::{LINK_PREFIX, Link},
    servers,
    walk::Walk,
};
use serde_json::{Value, json};

use super::member;
use crate::writer::{Stop, Writer};

pub(super) async fn write(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    let store = writer.app.store();
    let memberships = store.memberships(owner.user_id).await?;
    writer.begin_member(member(Category::Organisations), Compression::Deflate, None)?;
    for membership in memberships {
        let organisation = store.organisation(membership.organisation_id).await?;
        let record = json!({
            "type": "membership", "id": membership.organisation_id, "name": organisation.as_ref().map(|o| &o.name), "handle": organisation.as_ref().map(|o| &o.handle),
            "role": membership.role, "joinedAt": membership.joined_at,
        });
        writer.record(&record).await?;
        if let Some(own) =
            organisation.filter(|o| o.owner_id == owner.user_id && o.member_count == 1)
        {
            contents(writer, &own).await?;
        }
        writer.keep_alive().await?;
    }
    invitations(writer, owner).await?;
    writer.end_member().await
}

/// Invitations to the address of the account, if it is confirmed: any other may belong to someone
/// else.
async fn invitations(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    if !owner.email_verified {
        return Ok(());
    }
    let store = writer.app.store();
    let mut invites = store.invites_at(&store.invite_signs(&owner.email).await?).await?;
    invites.sort_by_key(|invite| invite.id);
    let names = store.organisations(invites.iter().map(|invite| invite.organisation_id)).await?;
    for invite in invites {
        let organisation = names.get(&invite.organisation_id);
        let record = json!({
            "type": "invitation", "id": invite.id, "organisationId": invite.organisation_id, "name": organisation.map(|o| &o.name), "handle": organisation.map(|o| &o.handle),
            "role": invite.role, "status": invite.status, "createdAt": invite.created_at, "expiresAt": invite.expires_at,
        });
        writer.record(&record).await?;
    }
    Ok(())
}

/// The resources of an organisation.
async fn contents(writer: &mut Writer<'_>, own: &Organisation) -> Result<(), Stop> {
    for (prefix, write) in CONTENTS {
        let store = writer.app.store();
        let walk = Walk::of_table(&store.names().organisations, partition(own.id))
            .beginning("sk", *prefix);
        let mut after = None;
        loop {
            let (items, next) = store.next_items(&walk, after.take()).await?;
            for item in items {
                writer.record(&write(own, item)?).await?;
            }
            writer.keep_alive().await?;
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    Ok(())
}

/// The function that writes an item.
type Written = fn(&Organisation, Item) -> Result<Value, StoreError>;

/// The exported items of an organisation's partition, by the prefix of the sort key.
const CONTENTS: &[(&str, Written)] = &[
    (servers::PREFIX, server),
    (LINK_PREFIX, node),
    (dns_zones::PREFIX, zone),
    (dns_records::PREFIX, record),
];

fn server(own: &Organisation, item: Item) -> Result<Value, StoreError> {
    let server: Server = decode("a server", item)?;
    Ok(
        json!({ "type": "server", "organisationId": own.id, "id": server.id, "name": server.name, "nodeId": server.node_id, "createdAt": server.created_at }),
    )
}

fn node(own: &Organisation, item: Item) -> Result<Value, StoreError> {
    let link: Link = decode("a node's place", item)?;
    Ok(json!({ "type": "node", "organisationId": own.id, "id": link.node_id }))
}

fn zone(own: &Organisation, item: Item) -> Result<Value, StoreError> {
    let zone: Zone = decode("a zone", item)?;
    Ok(json!({
        "type": "zone", "organisationId": own.id, "id": zone.id, "name": zone.name, "status": zone.status, "verifiedAt": zone.verified_at, "createdAt": zone.created_at,
    }))
}

fn record(own: &Organisation, item: Item) -> Result<Value, StoreError> {
    let record: Record = decode("a record", item)?;
    Ok(json!({
        "type": "record", "organisationId": own.id, "zoneId": record.zone_id, "id": record.id, "name": record.name, "kind": record.kind, "ttl": record.ttl, "content": record.content,
        "createdAt": record.created_at, "updatedAt": record.updated_at,
    }))
}
