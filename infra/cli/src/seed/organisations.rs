//! Organisations of sample users: about one for every twelve users, each with its owner and some
//! members.

use provost_app::App;
use provost_domain::{
    OrganisationId, Timestamp,
    organisation::{Member, MemberRole, Organisation},
};
use provost_store::Conflict;
use ulid::Ulid;

use super::{chance::Chance, people::Made, words};
use crate::Failed;

/// The subject of the choices about organisations.
const WHICH: u64 = 2;
/// Number of users per organisation.
const PEOPLE: usize = 12;

/// Creates organisations of these users; returns how many.
pub async fn add(app: &App, number: u64, people: &[&Made], now: Timestamp) -> Result<u64, Failed> {
    let mut founded = 0;
    for (index, circle) in people.chunks(PEOPLE).enumerate() {
        let Some((owner, others)) = circle.split_first() else { continue };
        let mut chance = Chance::about(number, WHICH, index as u64);
        let created_at = owner.user.created_at.max(now.plus(-provost_domain::session::HISTORY));
        let name = format!("{} {}", owner.user.last_name, chance.pick(words::COMPANIES));
        let organisation = Organisation {
            id: OrganisationId::new(Ulid::from_parts(
                created_at.millis().unsigned_abs(),
                chance.bits(),
            )),
            handle: format!("{}-{number}-{index}", words::ascii(&name)),
            name,
            owner_id: owner.user.user_id,
            owner_since: None,
            portal_tier: owner.user.portal_tier,
            avatar_key: None,
            storage_bucket: None,
            earlier_buckets: std::collections::BTreeSet::new(),
            member_count: 1,
            deleting_since: None,
            created_at,
            version: 1,
        };
        let mut tx = app.transaction();
        tx.create_organisation(&organisation)?;
        match tx.commit().await {
            Ok(()) => founded += 1,
            Err(error) if error.conflict() == Some(Conflict::Handle) => continue,
            Err(error) => return Err(error.into()),
        }
        let many = usize::try_from(chance.between(1, 8)).unwrap_or(1);
        for member in others.iter().take(many) {
            let role = if chance.one_in(4) { MemberRole::Admin } else { MemberRole::Member };
            let mut tx = app.transaction();
            tx.add_member(&Member {
                organisation_id: organisation.id,
                member_id: member.user.user_id,
                role,
                joined_at: now.max(created_at),
            })?;
            tx.commit().await?;
        }
    }
    Ok(founded)
}
