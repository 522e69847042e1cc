//! `/staff/organisations/{id}/zones`: the DNS zones of an organisation and their records.

use http::Method;

use super::HEADER;
use crate::{
    model::{Action, Detail, Field, Input, Kind, Link, List, Section},
    web::{
        answer::{Answer, PageResult},
        visit::Visit,
    },
};

const ZONE: &str = "/api/organisations/{id}/dns/zones/{zoneId}";
const RECORDS: &str = "/api/organisations/{id}/dns/zones/{zoneId}/records";
const RECORD: &str = "/api/organisations/{id}/dns/zones/{zoneId}/records/{recordId}";
const TYPES: Kind = Kind::Choice(&[
    ("A", "A: IPv4 address"),
    ("AAAA", "AAAA: IPv6 address"),
    ("CNAME", "CNAME: alias of another name"),
    ("MX", "MX: mail server"),
    ("TXT", "TXT: text"),
    ("SRV", "SRV: host and port of a service"),
    ("CAA", "CAA: who may issue certificates"),
    ("NS", "NS: name server"),
]);
const RECORD_INPUTS: &[Input] = &[
    Input::new("name", "Name", Kind::Text)
        .hint("Relative to the zone; @ is the zone itself, * all names without records.")
        .required(),
    Input::new("type", "Type", TYPES).required(),
    Input::new("content", "Content", Kind::Area)
        .hint("Such as 192.0.2.7 for A, mail.example.org for CNAME, 10 mail.example.org for MX, 0 issue \"ca.example.org\" for CAA.")
        .required(),
    Input::new("ttl", "Time to live, in seconds", Kind::Number)
        .hint("60 to 86,400. All records of a name and type share one."),
];

/// Zones and records.
pub const LISTS: &[List] = &[
    List {
        path: "/staff/organisations/{id}/zones",
        title: "DNS",
        api: "/api/organisations/{id}/dns/zones",
        permission: "org.read",
        header: Some(&HEADER),
        columns: &[
            Field::code("Zone", "name").link("/staff/organisations/{@id}/zones/{id}"),
            Field::badge("State", "status"),
            Field::number("Records", "recordCount"),
            Field::flag("Published", "published"),
            Field::time("Created", "createdAt"),
        ],
        row_actions: &[Link::new(
            "Records",
            "/staff/organisations/{@id}/zones/{id}/records",
            "org.read",
        )],
        actions: &[Link::new("Add a zone", "/staff/organisations/{id}/zones/new", "org.update")],
        empty: "This organisation has no zones.",
        ..List::BLANK
    },
    List {
        path: "/staff/organisations/{id}/zones/{zoneId}/records",
        title: "Records",
        api: RECORDS,
        permission: "org.read",
        header: Some(&HEADER),
        columns: &[
            Field::code("Name", "name"),
            Field::code("Type", "type"),
            Field::code("Content", "content"),
            Field::number("Time to live", "ttl"),
            Field::time("Changed", "updatedAt"),
        ],
        row_actions: &[
            Link::new(
                "Change",
                "/staff/organisations/{@id}/zones/{zoneId}/records/{id}/change?name={name}&type={type}&content={content}&ttl={ttl}",
                "org.update",
            ),
            Link::new(
                "Delete",
                "/staff/organisations/{@id}/zones/{zoneId}/records/{id}/delete",
                "org.update",
            )
            .dangerous(),
        ],
        actions: &[
            Link::new(
                "Add a record",
                "/staff/organisations/{id}/zones/{@zoneId}/records/new",
                "org.update",
            ),
            Link::new("About the zone", "/staff/organisations/{id}/zones/{@zoneId}", "org.read"),
        ],
        empty: "This zone has no records.",
        ..List::BLANK
    },
];

/// A zone.
pub const DETAILS: &[Detail] = &[Detail {
    path: "/staff/organisations/{id}/zones/{zoneId}",
    title: "Zone",
    api: ZONE,
    permission: "org.read",
    header: Some(&HEADER),
    sections: &[
        Section {
            title: "Zone",
            fields: &[
                Field::code("Zone", "name"),
                Field::badge("State", "status"),
                Field::flag("Published", "published"),
                Field::number("Records", "recordCount"),
                Field::time("Created", "createdAt"),
                Field::time("Verified", "verifiedAt"),
            ],
        },
        Section {
            title: "Proof of control: add this record where the domain is served now",
            fields: &[
                Field::code("Name", "challenge.name"),
                Field::code("Type", "challenge.type"),
                Field::code("Content", "challenge.value"),
            ],
        },
    ],
    actions: &[
        Link::new("Records", "/staff/organisations/{@id}/zones/{@zoneId}/records", "org.read"),
        Link::new("Verify", "/staff/organisations/{@id}/zones/{@zoneId}/verify", "org.update")
            .when("status", &["pending"]),
        Link::new("Zone file", "/staff/organisations/{@id}/zones/{@zoneId}/file", "org.read"),
        Link::new("Delete", "/staff/organisations/{@id}/zones/{@zoneId}/delete", "org.update")
            .dangerous(),
    ],
    ..Detail::BLANK
}];

const ONE: Action = Action {
    permission: "org.update",
    header: Some(&HEADER),
    then: "/staff/organisations/{id}/zones/{zoneId}/records",
    ..Action::BLANK
};

/// What staff can do with zones and records.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/organisations/{id}/zones/new",
        title: "Add a zone",
        about: "The zone is published when the organisation has proved that it controls the domain.",
        button: "Add",
        api: "/api/organisations/{id}/dns/zones",
        inputs: &[Input::new("name", "Domain", Kind::Text).hint("Such as example.org.").required()],
        then: "/staff/organisations/{id}/zones",
        done: "The zone is added.",
        ..ONE
    },
    Action {
        path: "/staff/organisations/{id}/zones/{zoneId}/verify",
        title: "Verify this zone",
        about: "The TXT record of the zone is looked up.",
        button: "Verify",
        api: "/api/organisations/{id}/dns/zones/{zoneId}/verify",
        then: "/staff/organisations/{id}/zones/{zoneId}",
        done: "The zone is verified.",
        ..ONE
    },
    Action {
        path: "/staff/organisations/{id}/zones/{zoneId}/delete",
        title: "Delete this zone",
        about: "Its records are deleted with it. This cannot be undone.",
        button: "Delete the zone",
        method: "DELETE",
        api: ZONE,
        then: "/staff/organisations/{id}/zones",
        done: "The zone is deleted.",
        dangerous: true,
        ..ONE
    },
    Action {
        path: "/staff/organisations/{id}/zones/{zoneId}/records/new",
        title: "Add a record",
        about: "What is wrong with a record is said beside its field, before anything is published.",
        button: "Add",
        api: RECORDS,
        inputs: RECORD_INPUTS,
        done: "The record is added.",
        ..ONE
    },
    Action {
        path: "/staff/organisations/{id}/zones/{zoneId}/records/{recordId}/change",
        title: "Change this record",
        button: "Save",
        method: "PUT",
        api: RECORD,
        inputs: RECORD_INPUTS,
        done: "The record is changed.",
        ..ONE
    },
    Action {
        path: "/staff/organisations/{id}/zones/{zoneId}/records/{recordId}/delete",
        title: "Delete this record",
        about: "The name stops resolving when caches expire.",
        button: "Delete the record",
        method: "DELETE",
        api: RECORD,
        done: "The record is deleted.",
        dangerous: true,
        ..ONE
    },
];

/// The zone as a file (RFC 1035, 5).
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn zone_file(visit: &Visit) -> PageResult {
    let route = visit.fill("/api/organisations/{id}/dns/zones/{zoneId}/zone-file");
    let received = visit.api.send(Method::GET, &route, None, &[]).await?;
    Ok(Answer::File {
        content_type: "text/dns",
        name: "zone.txt".to_owned(),
        bytes: received.bytes,
    })
}
