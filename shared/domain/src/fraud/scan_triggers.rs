//! When an account is scanned automatically: only when something that a rule uses has changed, so
//! an ordinary sign-in has no extra cost.

use crate::{User, profile::Profile, session::SignIn};

/// Number of consecutive wrong passwords before the right one that triggers a scan. The rule itself
/// has its own threshold.
pub const STREAK: u32 = 3;

/// Whether a successful sign-in triggers a scan: it comes from another IP address than the previous
/// one, from a new device, or after several wrong passwords. `before` is the account before the
/// sign-in.
pub fn at_sign_in(before: &User, attempt: &SignIn) -> bool {
    before.failures.count >= STREAK
        || before.last_login_ip.as_deref().unwrap_or_default() != attempt.ip
        // The very first device does not count as a new one.
        || !before.known_devices.is_empty() && !before.known_devices.contains(&attempt.device.family())
}

/// Whether a change triggers a scan: a new email address, phone number, postal address or billing
/// data.
pub fn at_change(
    (before, profile_before): (&User, &Profile),
    (after, profile): (&User, &Profile),
) -> bool {
    fn reached<'a>(person: &'a User, profile: &'a Profile) -> impl PartialEq + 'a {
        (
            (
                &person.email,
                &person.phone,
                &profile.address,
                &profile.address2,
                &profile.billing_company,
            ),
            (
                &profile.billing_city,
                &profile.billing_state,
                &profile.billing_zip,
                &profile.billing_country,
            ),
        )
    }
    reached(before, profile_before) != reached(after, profile)
}
