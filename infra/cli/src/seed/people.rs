//! A sample user: identity, account status and profile.

use provost_app::App;
use provost_domain::{
    BuiltInRole, Email, Pseudonym, Status, Timestamp, User, UserId, Username,
    entitlement::{Student, StudentClaim, StudentSource},
    profile::Profile,
    session::SignIn,
    time::{DAY, HOUR},
    user::{PortalTier, Suspension, SuspensionKind},
};
use ulid::Ulid;

use super::{
    chance::{Chance, to_signed},
    files::{self, SeededFile},
    history, words,
};
use crate::{Failed, root};

/// A user who is not written yet.
#[derive(Debug, Clone)]
pub struct Made {
    /// The account.
    pub user: User,
    /// The profile.
    pub profile: Profile,
    /// The sign-ins.
    pub sign_ins: Vec<SignIn>,
    /// The files.
    pub files: Vec<SeededFile>,
}

/// The subject of the choices about a user's identity.
const WHO: u64 = 1;

fn name(number: u64, index: u64) -> (&'static str, &'static str, Chance) {
    let mut chance = Chance::about(number, WHO, index);
    let (first, last) = (chance.pick(words::FIRST_NAMES), chance.pick(words::LAST_NAMES));
    (first, last, chance)
}

/// What makes the names of the n-th user unique.
fn line(number: u64, index: u64) -> String {
    if number == 1 { index.to_string() } else { format!("{number}-{index}") }
}

/// The email address of the n-th user: names repeat, so the index is part of it.
pub fn email(number: u64, index: u64) -> String {
    let (first, last, mut chance) = name(number, index);
    let (name, line) =
        (format!("{}.{}", words::ascii(first), words::ascii(last)), line(number, index));
    format!("{name}.{line}@{}", chance.pick(words::DOMAINS))
}

/// Creates the n-th user; without details there are no files, sessions and sign-ins.
pub fn make(
    app: &App,
    number: u64,
    index: u64,
    detailed: bool,
    now: Timestamp,
) -> Result<Made, Failed> {
    let (first, last, mut chance) = name(number, index);
    chance.below(1);
    let address: Email =
        email(number, index).parse().map_err(|error| Failed::new(format!("{error}")))?;
    // Most accounts are recent, as on a growing platform.
    let age = {
        let days = chance.between(1, 900);
        days.min(chance.between(1, 900))
    };
    let created_at =
        now.plus(-(DAY * to_signed(age)) - to_signed(chance.below(DAY.unsigned_abs())));
    let user = UserId::new(Ulid::from_parts(created_at.millis().unsigned_abs(), chance.bits()));
    let mut record = root::person(user, address, (first, last), app)?;
    record.created_at = created_at;
    record.updated_at = created_at;
    record.email_verified = true;
    record.status = Status::Active;
    if chance.one_in(3) {
        let username = format!("{}.{}", words::ascii(first), line(number, index));
        record.username = username.parse::<Username>().ok();
    }
    record.portal_tier = match chance.below(20) {
        0..=2 => PortalTier::Paid,
        3 => PortalTier::Enterprise,
        4 | 5 => PortalTier::Educational,
        _ => PortalTier::Free,
    };
    if record.portal_tier == PortalTier::Educational {
        study(&mut record, &mut chance, now);
    }
    record.is_verified = chance.one_in(15);
    record.id_verified = record.is_verified || chance.one_in(12);
    if record.portal_tier != PortalTier::Free {
        record.storage_quota = 100 << 30;
    }
    record.role = match index % 100 {
        17 | 61 => BuiltInRole::Staff,
        42 => BuiltInRole::Admin,
        _ => BuiltInRole::User,
    };
    let mut sign_ins = history::live(&mut record, &mut chance, now)?;
    if !detailed {
        sign_ins.clear();
        record.sessions.clear();
    }
    stand(&mut record, &mut chance, app, now);
    let files = if detailed {
        files::keep(&mut record, &mut chance, &app.store().names().files, now)
    } else {
        Vec::new()
    };
    let profile = notify(&mut chance);
    Ok(Made { user: record, profile, sign_ins, files })
}

/// Student status with one of the proofs, some time after the account was created.
fn study(user: &mut User, chance: &mut Chance, now: Timestamp) {
    let source = [StudentSource::Github, StudentSource::Hackclub, StudentSource::Document]
        [chance.below(3) as usize % 3];
    let login = || format!("{}-{}", words::ascii(&user.first_name), words::ascii(&user.last_name));
    let github_login = (source == StudentSource::Github).then(login);
    let verified_at = user.created_at.plus(DAY * to_signed(chance.between(1, 30))).min(now);
    user.student_verified = true;
    user.entitlements.student = Some(Student {
        claim: Some(StudentClaim { source, github_login }),
        verified_at: Some(verified_at),
        reverify_required: false,
        kept: None,
    });
}

/// Account status: mostly active, a few not confirmed, inactive, suspended or banned. Staff are
/// active.
fn stand(user: &mut User, chance: &mut Chance, app: &App, now: Timestamp) {
    if user.is_staff() {
        return;
    }
    match chance.below(100) {
        0..=4 => {
            user.status = Status::PendingVerification;
            user.email_verified = false;
        }
        5 | 6 => {
            user.status = Status::Inactive;
            user.sessions.clear();
        }
        7..=9 => {
            let at = now.plus(-HOUR * to_signed(chance.between(1, 24 * 30))).max(user.created_at);
            let kind =
                if chance.one_in(3) { SuspensionKind::Suspension } else { SuspensionKind::Ban };
            let expires_at =
                chance.one_in(2).then(|| now.plus(DAY * to_signed(chance.between(3, 60))));
            let suspension = Suspension {
                id: None,
                kind,
                reason: chance.pick(words::REASONS).to_owned(),
                by: app.id(Pseudonym::new),
                at,
                expires_at,
                before: Status::Active,
            };
            if let Ok(suspended) = user.clone().suspend(suspension, at) {
                *user = suspended;
            }
        }
        _ => {}
    }
}

fn notify(chance: &mut Chance) -> Profile {
    let (city, country) = *chance.pick(&words::CITIES.iter().collect::<Vec<_>>());
    let born = format!(
        "{}-{:02}-{:02}",
        chance.between(1952, 2008),
        chance.between(1, 12),
        chance.between(1, 28)
    );
    Profile {
        date_of_birth: (!chance.one_in(4)).then_some(born),
        address: chance
            .one_in(3)
            .then(|| format!("{} {}", chance.pick(words::STREETS), chance.between(1, 180))),
        billing_city: Some(city.to_owned()),
        billing_country: country.parse().ok(),
        bio: chance.one_in(4).then(|| chance.pick(words::BIOS).to_owned()),
        ..Profile::default()
    }
}
