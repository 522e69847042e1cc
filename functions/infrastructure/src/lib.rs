//! The routes of the function `infrastructure`: servers of organisations, nodes, and DNS.

pub mod dns;
mod nodes;
mod records;
mod servers;
mod zone;
mod zones;

use http::Method;
use provost_domain::{Code, Permission};
use provost_http::{Access, Effect, InOrganisation, Routes};

const READS: InOrganisation = InOrganisation::member_or(Permission::OrgRead);
const RUNS: InOrganisation = InOrganisation::admin_or(Permission::OrgUpdate);

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("infrastructure")
        .get(
            "/api/organisations/{id}/servers",
            READS,
            servers::list::list_servers,
            "List an organisation's servers, oldest first.",
        )
        .route(
            Method::POST,
            "/api/organisations/{id}/servers",
            RUNS,
            Effect::Write,
            servers::create::create_server,
            "Create a server, within the limit of the organisation's tier.",
        )
        .errors(&[Code::InvalidAction, Code::TierLimit])
        .route(
            Method::DELETE,
            "/api/organisations/{id}/servers/{serverId}",
            RUNS,
            Effect::Write,
            servers::remove::delete_server,
            "Delete a server.",
        )
        .get(
            "/api/organisations/{id}/nodes",
            READS,
            nodes::list_of_organisation::list_organisation_nodes,
            "List the nodes that are assigned to an organisation.",
        )
        .get(
            "/api/nodes",
            Access::staff(Permission::NodeRead),
            nodes::list::list_nodes,
            "List all nodes, oldest first.",
        )
        .route(
            Method::POST,
            "/api/nodes",
            Access::staff(Permission::NodeWrite),
            Effect::Write,
            nodes::create::create_node,
            "Create a node. It is shared until it is assigned.",
        )
        .errors(&[Code::AlreadyExists])
        .route(
            Method::POST,
            "/api/nodes/{id}/assign-org",
            Access::staff(Permission::NodeWrite),
            Effect::Write,
            nodes::assign::assign_node,
            "Assign a node to an enterprise organisation, or share it again.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion, Code::CannotModifySelf, Code::Outranked])
        .get(
            "/api/organisations/{id}/dns/zones",
            READS,
            zones::list::list_dns_zones,
            "List an organisation's DNS zones, oldest first.",
        )
        .route(
            Method::POST,
            "/api/organisations/{id}/dns/zones",
            RUNS,
            Effect::Write,
            zones::create::create_dns_zone,
            "Add a DNS zone.",
        )
        .errors(&[Code::AlreadyExists, Code::InvalidAction])
        .get(
            "/api/organisations/{id}/dns/zones/{zoneId}",
            READS,
            zones::show::get_dns_zone,
            "Get a DNS zone.",
        )
        .route(
            Method::DELETE,
            "/api/organisations/{id}/dns/zones/{zoneId}",
            RUNS,
            Effect::Write,
            zones::remove::delete_dns_zone,
            "Delete a DNS zone with its records.",
        )
        .errors(&[Code::StaleVersion])
        .route(
            Method::POST,
            "/api/organisations/{id}/dns/zones/{zoneId}/verify",
            RUNS,
            Effect::Write,
            zones::verify::verify_dns_zone,
            "Verify control of a DNS zone's domain. A verified zone is published.",
        )
        .errors(&[Code::AlreadyExists, Code::InvalidAction, Code::RateLimited])
        .get(
            "/api/organisations/{id}/dns/zones/{zoneId}/zone-file",
            READS,
            zones::file::export_dns_zone,
            "Download a DNS zone as a zone file.",
        )
        .get(
            "/api/organisations/{id}/dns/zones/{zoneId}/records",
            READS,
            records::list::list_dns_records,
            "List the records of a DNS zone, oldest first.",
        )
        .route(
            Method::POST,
            "/api/organisations/{id}/dns/zones/{zoneId}/records",
            RUNS,
            Effect::Write,
            records::create::create_dns_record,
            "Add a record to a DNS zone.",
        )
        .errors(&[Code::InvalidAction, Code::AlreadyExists])
        .route(
            Method::PUT,
            "/api/organisations/{id}/dns/zones/{zoneId}/records/{recordId}",
            RUNS,
            Effect::Write,
            records::update::update_dns_record,
            "Replace a DNS record.",
        )
        .errors(&[Code::AlreadyExists, Code::InvalidAction, Code::StaleVersion])
        .route(
            Method::DELETE,
            "/api/organisations/{id}/dns/zones/{zoneId}/records/{recordId}",
            RUNS,
            Effect::Write,
            records::remove::delete_dns_record,
            "Delete a DNS record.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion])
}
