//! Sign-ins of a sample user: active sessions, and the attempts of the last ninety days, some of
//! them failed.

use provost_auth::refresh::RefreshToken;
use provost_domain::{
    SessionId, Timestamp, User,
    device::Device,
    session::{LiveSession, SESSION_IDLE, SignIn, SignInStatus},
    time::{DAY, MINUTE},
};
use ulid::Ulid;

use super::{
    chance::{Chance, to_signed},
    words,
};
use crate::Failed;

/// Adds sign-ins to the account: newest last, the last ones active.
pub fn live(user: &mut User, chance: &mut Chance, now: Timestamp) -> Result<Vec<SignIn>, Failed> {
    let agents: Vec<&str> = (0..=chance.below(2)).map(|_| chance.pick(words::AGENTS)).collect();
    let home = address(chance);
    let mut times: Vec<Timestamp> = (0..chance.below(9))
        .map(|_| {
            now.plus(-to_signed(chance.between(5 * MINUTE.unsigned_abs(), 85 * DAY.unsigned_abs())))
        })
        .filter(|at| *at > user.created_at)
        .collect();
    times.sort_unstable();
    let mut sign_ins = Vec::new();
    for at in times {
        let id = SessionId::new(Ulid::from_parts(at.millis().unsigned_abs(), chance.bits()));
        let agent = chance.pick(&agents);
        let failed = chance.one_in(7);
        let ip = if chance.one_in(5) { address(chance) } else { home.clone() };
        let device = Device::from_user_agent(agent);
        sign_ins.push(SignIn {
            id,
            created_at: at,
            status: if failed { SignInStatus::Failed } else { SignInStatus::Success },
            reason: failed.then(|| "wrong_password".to_owned()),
            ip: ip.clone(),
            country: None,
            user_agent: agent.to_owned(),
            device: device.clone(),
            auth_method: "password".to_owned(),
            mfa: false,
            impersonated_by: None,
        });
        if failed {
            continue;
        }
        user.last_login_at = Some(at);
        user.last_login_ip = Some(ip);
        let family = format!("{}/{}/{}", device.kind, device.os, device.browser);
        if !user.known_devices.contains(&family) {
            user.known_devices.push(family);
        }
        // About half of the sessions were signed out.
        if now.since(at) < SESSION_IDLE && chance.one_in(2) {
            let session = RefreshToken::first(user.user_id, id)?.start(at, false);
            user.sessions.insert(id, LiveSession { last_active_at: at, ..session });
        }
    }
    Ok(sign_ins)
}

/// An address from the ranges reserved for documentation (RFC 5737), so it belongs to nobody.
fn address(chance: &mut Chance) -> String {
    format!("{}.{}", chance.pick(&["192.0.2", "198.51.100", "203.0.113"]), chance.between(1, 254))
}
