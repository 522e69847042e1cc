//! Operations on nodes, servers, and DNS zones with their records.

mod assign_node;
mod create_node;
mod create_record;
mod create_server;
mod create_zone;
mod delete_record;
mod delete_server;
mod delete_zone;
mod records;
mod release_node;
mod update_record;
mod verify_zone;

pub use assign_node::assign_node;
pub use create_node::{NewNode, create_node};
pub use create_record::create_record;
pub use create_server::create_server;
pub use create_zone::create_zone;
pub use delete_record::delete_record;
pub use delete_server::delete_server;
pub use delete_zone::delete_zone;
pub use records::RecordContent;
pub use release_node::release_node;
pub use update_record::update_record;
pub use verify_zone::verify_zone;
