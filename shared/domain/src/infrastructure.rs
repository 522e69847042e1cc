//! Servers of organisations, and the nodes that they run on: shared nodes, and nodes dedicated to
//! one organisation.

use serde::{Deserialize, Serialize};

use crate::{
    ApiError, Code, NodeId, OrganisationId, ServerId, Timestamp, organisation::Organisation,
    rank::permission_denied, user::PortalTier,
};

/// A node.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Id.
    pub id: NodeId,
    /// Name of the node.
    pub name: String,
    /// Fully qualified host name, lower case, unique.
    pub fqdn: String,
    /// Provider of the machine.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provider: Option<String>,
    /// Default IP address of servers on the node.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub default_ip: Option<String>,
    /// Organisation that the node is dedicated to; absent for a shared node.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organisation_id: Option<OrganisationId>,
    /// Number of servers, updated in the transactions that add and remove them.
    pub servers: u64,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Counts every assignment.
    pub version: u64,
}

/// A server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Server {
    /// Id.
    pub id: ServerId,
    /// Organisation id.
    pub organisation_id: OrganisationId,
    /// Name that its members gave the server.
    pub name: String,
    /// Node chosen for the server; absent if the platform chooses among the shared nodes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub node_id: Option<NodeId>,
    /// Time of creation.
    pub created_at: Timestamp,
}

impl Node {
    /// Whether a server of this organisation can be placed here by someone who is, or is not, one
    /// of its members.
    ///
    /// # Errors
    /// `NOT_FOUND` for the node of another organisation, which is hidden from others;
    /// `INVALID_ACTION` when the organisation's tier no longer has dedicated nodes;
    /// `PERMISSION_DENIED` for staff who do not belong to it.
    pub fn check_placing(
        &self,
        organisation: &Organisation,
        is_member: bool,
    ) -> Result<(), ApiError> {
        let Some(owner) = self.organisation_id else { return Ok(()) };
        if owner != organisation.id {
            return Err(ApiError::missing("node"));
        }
        if organisation.portal_tier != PortalTier::Enterprise {
            return Err(only_enterprise());
        }
        if is_member {
            return Ok(());
        }
        Err(ApiError {
            detail: "Only members of the organisation can place servers on its dedicated node. Ask an admin of the organisation."
                .to_owned(),
            ..permission_denied(&[])
        })
    }

    /// Dedicates the node to an organisation, or makes it shared.
    ///
    /// # Errors
    /// `INVALID_ACTION` when the organisation's tier has no dedicated nodes, when the node already
    /// has this assignment, or while it has servers.
    pub fn assign(&self, to: Option<&Organisation>) -> Result<Self, ApiError> {
        if to.is_some_and(|organisation| organisation.portal_tier != PortalTier::Enterprise) {
            return Err(only_enterprise());
        }
        let organisation_id = to.map(|organisation| organisation.id);
        if organisation_id == self.organisation_id {
            return Err(ApiError::invalid_action(
                "The node already has this assignment. No change is needed.",
                &[],
            ));
        }
        if self.servers > 0 {
            return Err(ApiError::invalid_action(
                "This node has servers. Remove them before you change the assignment.",
                &["remove-servers"],
            ));
        }
        Ok(Self { organisation_id, ..self.clone() })
    }
}

fn only_enterprise() -> ApiError {
    ApiError::invalid_action(
        "Only enterprise organisations can have dedicated nodes. Change the organisation's tier first.",
        &["change-tier"],
    )
}

/// Whether an organisation with this many dedicated nodes can leave the enterprise tier.
///
/// # Errors
/// `INVALID_ACTION` while it has any.
pub fn check_nodes_returned(nodes: u64) -> Result<(), ApiError> {
    if nodes == 0 {
        return Ok(());
    }
    Err(ApiError::invalid_action(
        format!(
            "Only enterprise organisations can have dedicated nodes, and this one has {nodes}. Make the nodes shared first."
        ),
        &["unassign-nodes"],
    ))
}

/// The error for a server above the tier's limit. An organisation that came from a larger tier
/// already exceeds the limit.
pub fn too_many_servers(tier: PortalTier) -> ApiError {
    let most = tier.most_servers().unwrap_or(u32::MAX);
    ApiError::new(
        Code::TierLimit,
        format!("The tier of this organisation allows {most} servers, and the limit is reached. Remove servers or change the tier."),
    )
    .with("limit", most)
}

#[cfg(test)]
mod tests {
    use ulid::Ulid;

    use super::*;
    use crate::UserId;

    fn organisation(n: u128, tier: PortalTier) -> Organisation {
        let now = Timestamp::from_millis(0);
        Organisation {
            portal_tier: tier,
            ..Organisation::found(
                OrganisationId::new(Ulid::from(n)),
                "Apex".into(),
                "apex".into(),
                UserId::new(Ulid::nil()),
                now,
            )
        }
    }

    fn node(of: Option<OrganisationId>, servers: u64) -> Node {
        Node {
            id: NodeId::new(Ulid::nil()),
            name: "n".into(),
            fqdn: "n.example.org".into(),
            provider: None,
            default_ip: None,
            organisation_id: of,
            servers,
            created_at: Timestamp::from_millis(0),
            version: 1,
        }
    }

    #[test]
    fn a_dedicated_node_accepts_servers_of_its_own_members_only() {
        let (apex, other) =
            (organisation(1, PortalTier::Enterprise), organisation(2, PortalTier::Enterprise));
        let theirs = node(Some(apex.id), 0);
        assert!(theirs.check_placing(&apex, true).is_ok());
        assert_eq!(
            theirs.check_placing(&apex, false).map_err(|r| r.code),
            Err(Code::PermissionDenied)
        );
        assert_eq!(theirs.check_placing(&other, true).map_err(|r| r.code), Err(Code::NotFound));
        assert_eq!(
            theirs.check_placing(&organisation(1, PortalTier::Paid), true).map_err(|r| r.code),
            Err(Code::InvalidAction)
        );
        assert!(node(None, 3).check_placing(&organisation(3, PortalTier::Free), false).is_ok());
    }

    #[test]
    fn only_an_empty_node_is_assigned_and_only_to_an_enterprise_organisation() {
        let apex = organisation(1, PortalTier::Enterprise);
        assert_eq!(node(None, 0).assign(Some(&apex)).map(|n| n.organisation_id), Ok(Some(apex.id)));
        assert_eq!(node(Some(apex.id), 0).assign(None).map(|n| n.organisation_id), Ok(None));
        assert!(node(Some(apex.id), 0).assign(Some(&apex)).is_err());
        assert!(node(None, 1).assign(Some(&apex)).is_err());
        for tier in [PortalTier::Free, PortalTier::Paid, PortalTier::Educational] {
            assert!(node(None, 0).assign(Some(&organisation(1, tier))).is_err());
        }
    }
}
