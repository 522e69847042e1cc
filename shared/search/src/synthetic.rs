//! Made-up users, for tests, measurements and a first look at a new installation.
//!
//! A user is a function of a seed and a number: the same everywhere and at all times. There are
//! names in many scripts, some frequent and many rare, and about as many gaps as real users leave.

mod places;

use jiff::civil::Date;
use provost_domain::{
    Timestamp, UserId,
    time::{DAY, HOUR, MINUTE},
};
use ulid::Ulid;

use crate::{Enrollment, TimedPermission, UserRecord};
use places::{AREAS, CYRILLIC, EXPERTISE, GRADES, LATIN, PLACES, Place, Script, TITLES};

/// How many years before the end of the population the first user was created.
const YEARS: i64 = 5;

/// A population of made-up users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Population {
    /// Chooses the population.
    pub seed: u64,
    /// The number of users, numbered from zero.
    pub users: u64,
    /// When the last user was created.
    pub now: Timestamp,
}

/// Numbers that look random and follow from a seed (SplitMix64).
#[derive(Debug, Clone)]
pub struct Numbers(u64);

impl Numbers {
    /// The numbers of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    #[allow(clippy::should_implement_trait, reason = "the numbers never end")]
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a limit, which is not zero.
    pub const fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Whether something happens that happens that often in a hundred times.
    pub const fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of several things.
    pub fn one_of<'a, T: ?Sized>(&mut self, things: &[&'a T]) -> &'a T {
        things[self.below(things.len() as u64) as usize]
    }

    /// A small number below a limit; the smaller, the more frequent.
    pub fn skewed(&mut self, limit: u64) -> u64 {
        let random = self.next() as f64 / u64::MAX as f64;
        ((random * random * random * limit as f64) as u64).min(limit - 1)
    }
}

impl Population {
    /// When a user was created.
    fn created_at(&self, number: u64) -> Timestamp {
        let span = YEARS * 365 * DAY;
        let step = span / self.users.max(1) as i64;
        let start = self.now.millis() - span;
        let mut numbers = Numbers::new(self.seed ^ number.wrapping_mul(0x51_7cc1));
        let jitter = numbers.below(step.max(1) as u64) as i64;
        Timestamp::from_millis(start + number as i64 * step + jitter)
    }

    /// The id of a user.
    pub fn id(&self, number: u64) -> UserId {
        let mut numbers = Numbers::new(self.seed.wrapping_add(number.wrapping_mul(0x9e37_79b9)));
        let random = u128::from(numbers.next()) << 16 | u128::from(numbers.next() & 0xffff);
        UserId::new(Ulid((self.created_at(number).millis() as u128) << 80 | random))
    }

    /// A user in a version. The id, the contacts and the time of creation are the same in every
    /// version.
    pub fn user(&self, number: u64, version: u64) -> UserRecord {
        let mut fixed = Numbers::new(self.seed ^ number.wrapping_mul(0xff51_afd7_ed55_8ccd));
        let mut n = Numbers::new(fixed.next() ^ version.wrapping_mul(0xc4ce_b9fe_1a85_ec53));
        let created = self.created_at(number);
        let mut user = UserRecord::new(self.id(number), version, status(&mut n), created);
        let places = if fixed.percent(30) { 4 } else { PLACES.len() as u64 };
        let place = &PLACES[fixed.below(places) as usize];
        add_contacts(&mut user, place, number, &mut fixed, &mut n);
        add_profile(&mut user, place, &mut n);
        self.add_access(&mut user, &mut n);
        self.add_times(&mut user, &mut n);
        add_learning(&mut user, &mut n);
        user
    }

    fn add_access(&self, user: &mut UserRecord, n: &mut Numbers) {
        user.is_admin = n.percent(1);
        user.is_instructor = n.percent(6);
        user.is_learner = !user.is_admin && !user.is_instructor || n.percent(50);
        for (held, role) in [
            (user.is_learner, "learner"),
            (user.is_instructor, "instructor"),
            (user.is_admin, "admin"),
            (n.percent(2), "editor"),
            (n.percent(1), "rol_01HZZZZZZZZZZZZZZZZZZZZZZZ"),
        ] {
            if held {
                user.roles.push(role.to_owned());
            }
        }
        user.has_password = n.percent(85);
        if user.has_password {
            user.auth_methods.push("email".to_owned());
        }
        if user.phone.is_some() && n.percent(30) {
            user.auth_methods.push("phone".to_owned());
        }
        if n.percent(25) {
            user.auth_methods.push("oauth".to_owned());
            let provider = n.one_of(&["google", "facebook", "github", "apple"]);
            user.oauth_providers.push(provider.to_owned());
        }
        for list in [&mut user.grants, &mut user.denials] {
            if n.percent(2) {
                let name = n.one_of(&["course.update", "user.export", "report.read"]).to_owned();
                let days = n.below(60) as i64 - 30;
                let expires_at = n.percent(50).then(|| self.now.plus(days * DAY));
                list.push(TimedPermission { name, expires_at });
            }
        }
        user.mfa_enabled = n.percent(12);
        user.must_reset_password = n.percent(2);
        user.has_legal_hold = n.below(1000) == 0;
        user.is_verified = n.percent(3);
        user.id_verified = n.percent(10);
        user.student_verified = n.percent(20);
        user.support_banned = n.below(500) == 0;
        user.portal_tier = Some(
            ["free", "free", "free", "paid", "educational", "enterprise"][n.below(6) as usize]
                .to_owned(),
        );
    }

    fn add_times(&self, user: &mut UserRecord, n: &mut Numbers) {
        let now = self.now.millis();
        let created = user.created_at.millis();
        user.storage_used = created.unsigned_abs() % 7 * 1_000;
        let age = (now - created).max(1) as u64;
        user.updated_at = Timestamp::from_millis(now - n.skewed(age) as i64);
        if n.percent(82) {
            let login = now - n.skewed(age) as i64;
            user.last_login_at = Some(Timestamp::from_millis(login));
            let active = login + n.below((now - login).max(1) as u64) as i64;
            // Activity is recorded every five minutes.
            user.last_active_at =
                Some(Timestamp::from_millis((active - active % (5 * MINUTE)).max(created)));
        }
        if n.percent(1) {
            user.failed_login_attempts = 5 + n.below(10);
            let minutes = n.below(120) as i64 - 60;
            user.locked_until = Some(self.now.plus(minutes * MINUTE));
        } else if n.percent(8) {
            user.failed_login_attempts = n.below(5);
        }
        match user.status.as_str() {
            "suspended" => {
                user.suspension_kind = Some(n.one_of(&["suspension", "ban"]).to_owned());
                user.status_before = Some("active".to_owned());
                user.suspended_until =
                    n.percent(60).then(|| self.now.plus(n.below(30) as i64 * DAY));
            }
            "deleted" => {
                let deleted = self.now.plus(-(n.below(20 * 24) as i64) * HOUR);
                user.deleted_at = Some(deleted.max(user.created_at));
                user.purge_after = Some(deleted.plus(14 * DAY));
                user.deletion_state =
                    Some(n.one_of(&["scheduled", "scheduled", "held"]).to_owned());
            }
            _ => {}
        }
    }
}

fn status(n: &mut Numbers) -> &'static str {
    match n.below(100) {
        0..78 => "active",
        78..88 => "inactive",
        88..94 => "pending_verification",
        94..97 => "suspended",
        _ => "deleted",
    }
}

fn add_contacts(
    user: &mut UserRecord,
    place: &Place,
    number: u64,
    fixed: &mut Numbers,
    n: &mut Numbers,
) {
    let given = fixed.one_of(place.given);
    let family = family_name(place, fixed);
    let latin_given = compose(&LATIN, fixed);
    let latin_family =
        if place.script == Script::Latin { handle(&family) } else { compose(&LATIN, fixed) };
    let latin_given = if place.script == Script::Latin { handle(given) } else { latin_given };
    if !n.percent(1) {
        user.name = Some(match place.joined {
            true => format!("{family}{given}"),
            false => format!("{given} {family}"),
        });
    }
    let domain = match fixed.below(10) {
        0..4 => "gmail.com".to_owned(),
        4 => "outlook.com".to_owned(),
        5 => "example.org".to_owned(),
        6 => format!("mail.{}", place.country.to_ascii_lowercase()),
        _ => format!("{}.example", compose(&LATIN, &mut Numbers::new(fixed.below(500)))),
    };
    let tag = if fixed.percent(2) { "+lms" } else { "" };
    user.email = Some(format!("{latin_given}.{latin_family}{}{tag}@{domain}", number % 100_000));
    user.email_verified = n.percent(80);
    if fixed.percent(70) {
        user.username = Some(format!("{latin_given}_{latin_family}{}", fixed.below(10_000)));
    }
    if fixed.percent(60) {
        let subscriber = 100_000_000 + fixed.below(900_000_000);
        user.phone = Some(format!("+{}{subscriber}", place.calling_code));
        user.phone_verified = n.percent(50);
    }
    let mut code = fixed.next();
    let mut unique = String::from("LRN-");
    for _ in 0..8 {
        unique.push(char::from(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[(code & 31) as usize]));
        code >>= 5;
    }
    user.unique_id = Some(unique);
    if fixed.percent(5) {
        user.external_id = Some(format!("sis:{:08}", fixed.below(100_000_000)));
    }
}

/// A family name: one of the frequent ones, or one of many rare ones.
fn family_name(place: &Place, n: &mut Numbers) -> String {
    match place.script {
        Script::Other => n.one_of(place.family).to_owned(),
        _ if n.percent(35) => n.one_of(place.family).to_owned(),
        Script::Latin => capital(&compose(&LATIN, n)),
        Script::Cyrillic => capital(&compose(&CYRILLIC, n)),
    }
}

fn compose(parts: &[&[&str]; 3], n: &mut Numbers) -> String {
    parts.iter().map(|parts| n.one_of(parts)).collect()
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}

/// A name as it is written in addresses.
fn handle(name: &str) -> String {
    let form = crate::text::normal_form(name);
    form.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn add_profile(user: &mut UserRecord, place: &Place, n: &mut Numbers) {
    if n.percent(90) {
        user.country = Some(place.country.to_owned());
        user.continent = Some(place.continent.to_owned());
    }
    if n.percent(60) {
        user.city = Some(n.one_of(place.cities).to_owned());
    }
    if n.percent(20) {
        user.state = Some(format!("{} Region", n.one_of(place.cities)));
    }
    user.timezone = n.percent(95).then(|| place.timezone.to_owned());
    user.locale = n.percent(95).then(|| place.locale.to_owned());
    if n.percent(55) {
        user.gender = Some(n.one_of(&["female", "male", "other", "undisclosed"]).to_owned());
    }
    if n.percent(40) {
        let (grade, title, area) = (n.one_of(GRADES), n.one_of(TITLES), n.one_of(AREAS));
        user.designation = Some(format!("{grade}{title}{area}"));
    }
    for _ in 0..n.skewed(4) {
        user.expertise.push(n.one_of(EXPERTISE).to_owned());
    }
    if n.percent(65) {
        let (year, month, day) = (1950 + n.below(62), 1 + n.below(12), 1 + n.below(28));
        // Now and then the last day of February, which only some years have.
        let leap = (n.below(200) == 0).then(|| Date::new(1996 + 4 * n.below(3) as i16, 2, 29));
        let date = leap.unwrap_or_else(|| Date::new(year as i16, month as i8, day as i8));
        user.date_of_birth = date.ok();
    }
    user.has_avatar = n.percent(30);
    user.has_bio = n.percent(25);
    user.has_address = n.percent(35);
    user.profile_score = Some(20 + 5 * n.below(17));
    user.profile_complete = n.percent(45);
}

fn add_learning(user: &mut UserRecord, n: &mut Numbers) {
    if !user.is_learner || n.percent(25) {
        return;
    }
    for _ in 0..1 + n.skewed(5) {
        let program = n.skewed(400);
        let program_type =
            ["course", "learning_path", "cohort", "event", "bundle"][(program % 5) as usize];
        let status =
            n.one_of(&["active", "active", "completed", "cancelled", "expired", "suspended"]);
        let progress = if status == "completed" { 10_000 } else { 100 * n.below(100) as u16 };
        let enrollment = Enrollment {
            program_id: format!("prg_{program:04}"),
            program_type: program_type.to_owned(),
            status: status.to_owned(),
            progress,
        };
        if user.enrollments.iter().all(|other| other.program_id != enrollment.program_id) {
            user.enrollments.push(enrollment);
        }
    }
    user.total_time_spent = Some(60 * n.skewed(20_000));
    user.last_learning_activity_at = user.last_active_at;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_a_function_of_seed_number_and_version() {
        let now = Timestamp::from_millis(1_795_900_000_000);
        let population = Population { seed: 7, users: 1000, now };
        let user = population.user(12, 3);
        assert_eq!(user, population.user(12, 3));
        assert_eq!(user.id, population.user(12, 4).id);
        assert_eq!(user.email, population.user(12, 4).email);
        assert_ne!(user, population.user(12, 4));
        assert_ne!(user.id, Population { seed: 8, ..population }.id(12));
        assert!(population.id(12) < population.id(13));
        assert!((0..1000).all(|number| population.user(number, 1).created_at <= now));
    }
}
