//! An organisation of the user with everything in it, one that others belong to as well, and
//! invitations.

use provost_domain::{
    ActivityId, Email, InviteId, MessageId, NodeId, OrganisationId, Pseudonym, RecordId, ServerId,
    Timestamp, User, ZoneId,
    audit::Changes,
    dns::{AtName, Record, RecordType, Zone},
    infrastructure::{Node, Server},
    organisation::{self, Member, MemberRole, Organisation},
    organisation_activity::Activity,
    organisation_invite::{INVITE_LIFE, Invite, InviteStatus},
};
use provost_store::{dns_records::NameChange, organisation_invites};

use crate::World;

impl World {
    /// Creates an organisation of the user with an avatar, an activity entry and a sent invitation;
    /// a membership in another organisation; and invitations to two more, sent to a former email
    /// address. Returns the user's own organisation.
    pub(super) async fn organisations(&self, record: &User) -> Organisation {
        let (app, user, now, first) =
            (&self.app, record.user_id, self.app.now(), record.first_name.to_lowercase());
        let found = |handle: String, owner| {
            Organisation::found(app.id(OrganisationId::new), handle.clone(), handle, owner, now)
        };
        let host = self.person(&format!("Host{}", app.id(MessageId::new))).await;
        let guest = format!("guest{}", app.id(MessageId::new));
        let own = found(format!("{first}-lab"), user);
        let theirs = found(format!("lab-{}", guest.to_lowercase().replace('_', "-")), host.id);
        let third = found(format!("hall-{}", guest.to_lowercase().replace('_', "-")), host.id);
        let fourth = found(format!("court-{}", guest.to_lowercase().replace('_', "-")), host.id);
        let before: Email = format!("{first}@former.example").parse().expect("an address");
        let mut tx = app.transaction();
        for organisation in [&own, &theirs, &third, &fourth] {
            tx.create_organisation(organisation).expect("an organisation");
        }
        let entry = Activity {
            id: app.id(ActivityId::new),
            organisation_id: own.id,
            at: now,
            action: "organisation.created".to_owned(),
            actor: record.pseudonym,
            by_staff: false,
            about: None,
            invite: None,
            changes: Changes::new(),
        };
        tx.add_activity(&entry).expect("an entry");
        tx.commit().await.expect("all are new");
        let invite = |organisation_id, email: Email, by, now: Timestamp| Invite {
            id: app.id(InviteId::new),
            organisation_id,
            address_key: organisation_invites::address_key(&email),
            email: Some(email),
            role: MemberRole::Member,
            ownership: None,
            status: InviteStatus::Pending,
            invited_by: by,
            created_at: now,
            sent_at: now,
            expires_at: now.plus(INVITE_LIFE),
            version: 1,
        };
        let guest: Email = format!("{guest}@elsewhere.example").parse().expect("an address");
        let mut tx = app.transaction();
        tx.add_member(&Member {
            organisation_id: theirs.id,
            member_id: user,
            role: MemberRole::Member,
            joined_at: now,
        })
        .expect("a membership");
        tx.create_invite(&invite(own.id, guest, record.pseudonym, now), None)
            .expect("an invitation");
        tx.create_invite(
            &invite(third.id, record.email.clone(), app.id(Pseudonym::new), now),
            None,
        )
        .expect("an invitation");
        tx.create_invite(&invite(fourth.id, before.clone(), app.id(Pseudonym::new), now), None)
            .expect("an invitation");
        tx.remember_former_address(user, &before, now).expect("an address");
        tx.commit().await.expect("no member or invitation exists yet");
        self.object(
            &format!("{}avatar.png", organisation::folder(own.id)),
            "image/png",
            format!("{first}'s lab").into_bytes(),
        )
        .await;
        own
    }

    /// Resources of the user's own organisation: a server on a dedicated node, and a zone with a
    /// record.
    pub(super) async fn servers_and_zones(&self, user: &User, own: Organisation) {
        let (app, now, first) = (&self.app, self.app.now(), user.first_name.to_lowercase());
        let node = Node {
            id: app.id(NodeId::new),
            name: "A machine".to_owned(),
            fqdn: format!("{}.nodes.example", app.id(MessageId::new))
                .to_lowercase()
                .replace('_', "-"),
            provider: None,
            default_ip: None,
            organisation_id: None,
            servers: 0,
            created_at: now,
            version: 1,
        };
        let mut tx = app.transaction();
        tx.create_node(&node).expect("a node");
        tx.commit().await.expect("its name is new");
        let mut tx = app.transaction();
        tx.assign_node(&node, &Node { organisation_id: Some(own.id), ..node.clone() }, Some(&own))
            .expect("an assignment");
        tx.commit().await.expect("the node is free");
        let server = Server {
            id: app.id(ServerId::new),
            organisation_id: own.id,
            name: format!("{first}-1"),
            node_id: Some(node.id),
            created_at: now,
        };
        // Verified, so that it has a claim outside the organisation's partition.
        let zone = Zone::pending(app.id(ZoneId::new), own.id, format!("{first}.example"), now)
            .verified(now);
        let mut tx = app.transaction();
        tx.add_server(&server, &own, Some(&Node { version: node.version + 1, ..node }))
            .expect("a server");
        tx.commit().await.expect("there is room");
        let mut tx = app.transaction();
        tx.create_zone(&zone, None).expect("a zone");
        tx.commit().await.expect("its name is new");
        let record = Record {
            id: app.id(RecordId::new),
            zone_id: zone.id,
            name: zone.name.clone(),
            kind: RecordType::Txt,
            ttl: 300,
            content: format!("\"{first} lives here\""),
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let (before, standing) = (AtName::default(), provost_store::dns_records::standing(&record));
        let after = before.with(standing).expect("it is the first");
        let mut tx = app.transaction();
        tx.create_record(
            &zone,
            &record,
            &NameChange { name: &record.name, before: &before, after: &after },
            false,
        )
        .expect("a user");
        tx.commit().await.expect("the zone is there");
    }
}
