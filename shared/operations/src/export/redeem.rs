use provost_domain::{
    ApiError, Code,
    share_link::{ShareLink, Visit},
};
use provost_store::{StoreError, share_links::Attempt};

use crate::Op;

/// A visitor of a share link who requests the archive.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// IP address.
    pub ip: String,
    /// User agent.
    pub user_agent: String,
}

/// Result of redeeming a share link.
#[derive(Debug)]
pub enum Redemption {
    /// The download is counted.
    Counted(Box<ShareLink>),
    /// The link is refused.
    Refused(ApiError),
    /// The password is missing or wrong, and the link may still be open.
    WrongPassword(ApiError, Box<ShareLink>),
}

/// Redeems a share link without a password. This is a single conditional write: it counts the
/// download and records the visit, and no more than the maximum succeed, however many arrive at
/// once.
///
/// # Errors
/// The store failed.
pub async fn redeem_share_link(
    op: &Op<'_>,
    digest: &str,
    visitor: Visitor,
) -> Result<Redemption, StoreError> {
    let visit = visit(op, visitor, "redeemed");
    Ok(match op.app.store().redeem_share_link(digest, None, &visit, op.now).await? {
        Attempt::Counted(link) => Redemption::Counted(Box::new(link)),
        Attempt::Missing => Redemption::Refused(ApiError::missing("link")),
        Attempt::Refused(link) => match link.check_open(op.now) {
            Err(refused) => Redemption::Refused(refused),
            Ok(()) => Redemption::WrongPassword(ShareLink::password_required(), Box::new(link)),
        },
    })
}

/// Redeems a share link with a password; `is_password` compares it with a hash. The attempt is
/// counted before the comparison. A link without a password ignores it.
///
/// # Errors
/// The store failed.
pub async fn redeem_share_link_with_password(
    op: &Op<'_>,
    digest: &str,
    visitor: Visitor,
    is_password: impl FnOnce(Option<&str>) -> bool + Send,
) -> Result<Redemption, StoreError> {
    let store = op.app.store();
    let link = match store.try_share_link_in_turn(digest, op.now).await? {
        Attempt::Counted(link) => link,
        Attempt::Missing => return Ok(Redemption::Refused(ApiError::missing("link"))),
        Attempt::Refused(link) if link.password_hash.is_none() => {
            return redeem_share_link(op, digest, visitor).await;
        }
        Attempt::Refused(link) => {
            let refused = link.check_open(op.now).err().unwrap_or_else(ShareLink::locked);
            return Ok(Redemption::Refused(refused));
        }
    };
    let hash = link.password_hash.as_deref();
    if !is_password(hash) {
        store.reject_share_link_password(digest, &visit(op, visitor, "wrong_password")).await?;
        return Ok(Redemption::WrongPassword(wrong_password(link.tries_left), Box::new(link)));
    }
    let visit = visit(op, visitor, "redeemed");
    Ok(match store.redeem_share_link(digest, hash, &visit, op.now).await? {
        Attempt::Counted(link) => Redemption::Counted(Box::new(link)),
        Attempt::Missing => Redemption::Refused(ApiError::missing("link")),
        Attempt::Refused(link) => {
            let refused = link.check_open(op.now).err();
            Redemption::Refused(refused.unwrap_or_else(|| ApiError::missing("link")))
        }
    })
}

fn visit(op: &Op<'_>, visitor: Visitor, outcome: &str) -> Visit {
    let Visitor { ip, user_agent } = visitor;
    Visit { at: op.now, ip, user_agent, outcome: outcome.to_owned() }
}

fn wrong_password(left: u32) -> ApiError {
    let left_in_words = match left {
        0 => "No attempts are left, and the link is closed.".to_owned(),
        1 => "One attempt is left before the link is closed.".to_owned(),
        many => format!("{many} attempts are left before the link is closed."),
    };
    let text = format!("The password is wrong. {left_in_words}");
    ApiError::new(Code::PermissionDenied, text).with("attemptsLeft", left)
}
