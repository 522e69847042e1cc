//! The routes of the function `infrastructure`: servers of organisations, nodes, and DNS.

mod assign_node;
mod create_node;
mod create_record;
mod create_server;
mod create_zone;
pub mod dns;
mod list_nodes;
mod list_organisation_nodes;
mod list_records;
mod list_servers;
mod list_zones;
mod record;
mod remove_record;
mod remove_server;
mod remove_zone;
mod show_zone;
mod update_record;
mod verify_zone;
mod zone;
mod zone_file;

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
            list_servers::list_servers,
            "List an organisation's servers, oldest first.",
        )
        .route(
            Method::POST,
            "/api/organisations/{id}/servers",
            RUNS,
            Effect::Write,
            create_server::create_server,
            "Create a server, within the limit of the organisation's tier.",
        )
        .errors(&[Code::InvalidAction, Code::TierLimit])
        .route(
            Method::DELETE,
            "/api/organisations/{id}/servers/{serverId}",
            RUNS,
            Effect::Write,
            remove_server::delete_server,
            "Delete a server.",
        )
        .get(
            "/api/organisations/{id}/nodes",
            READS,
            list_organisation_nodes::list_organisation_nodes,
            "List the nodes that are assigned to an organisation.",
        )
        .get(
            "/api/nodes",
            Access::staff(Permission::NodeRead),
            list_nodes::list_nodes,
            "List all nodes, oldest first.",
        )
        .route(
            Method::POST,
            "/api/nodes",
            Access::staff(Permission::NodeWrite),
            Effect::Write,
            create_node::create_node,
            "Create a node. It is shared until it is assigned.",
        )
        .errors(&[Code::AlreadyExists])
        .route(
            Method::POST,
            "/api/nodes/{id}/assign-org",
            Access::staff(Permission::NodeWrite),
            Effect::Write,
            assign_node::assign_node,
            "Assign a node to an enterprise organisation, or share it again.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion, Code::CannotModifySelf, Code::Outranked])
        .get(
            "/api/organisations/{id}/dns/zones",
            READS,
            list_zones::list_dns_zones,
            "List an organisation's DNS zones, oldest first.",
        )
        .route(
            Method::POST,
            "/api/organisations/{id}/dns/zones",
            RUNS,
            Effect::Write,
            create_zone::create_dns_zone,
            "Add a DNS zone.",
        )
        .errors(&[Code::AlreadyExists, Code::InvalidAction])
        .get(
            "/api/organisations/{id}/dns/zones/{zoneId}",
            READS,
            show_zone::get_dns_zone,
            "Get a DNS zone.",
        )
        .route(
            Method::DELETE,
            "/api/organisations/{id}/dns/zones/{zoneId}",
            RUNS,
            Effect::Write,
            remove_zone::delete_dns_zone,
            "Delete a DNS zone with its records.",
        )
        .errors(&[Code::StaleVersion])
        .route(
            Method::POST,
            "/api/organisations/{id}/dns/zones/{zoneId}/verify",
            RUNS,
            Effect::Write,
            verify_zone::verify_dns_zone,
            "Verify control of a DNS zone's domain. A verified zone is published.",
        )
        .errors(&[Code::AlreadyExists, Code::InvalidAction, Code::RateLimited])
        .get(
            "/api/organisations/{id}/dns/zones/{zoneId}/zone-file",
            READS,
            zone_file::export_dns_zone,
            "Download a DNS zone as a zone file.",
        )
        .get(
            "/api/organisations/{id}/dns/zones/{zoneId}/records",
            READS,
            list_records::list_dns_records,
            "List the records of a DNS zone, oldest first.",
        )
        .route(
            Method::POST,
            "/api/organisations/{id}/dns/zones/{zoneId}/records",
            RUNS,
            Effect::Write,
            create_record::create_dns_record,
            "Add a record to a DNS zone.",
        )
        .errors(&[Code::InvalidAction, Code::AlreadyExists])
        .route(
            Method::PUT,
            "/api/organisations/{id}/dns/zones/{zoneId}/records/{recordId}",
            RUNS,
            Effect::Write,
            update_record::update_dns_record,
            "Replace a DNS record.",
        )
        .errors(&[Code::AlreadyExists, Code::InvalidAction, Code::StaleVersion])
        .route(
            Method::DELETE,
            "/api/organisations/{id}/dns/zones/{zoneId}/records/{recordId}",
            RUNS,
            Effect::Write,
            remove_record::delete_dns_record,
            "Delete a DNS record.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion])
}
