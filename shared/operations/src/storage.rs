//! Operations on storage buckets and what is assigned to them.

mod assign;
mod change_bucket;
mod contents;
mod create_bucket;
mod delete_bucket;
mod hand_over;

pub use assign::{assign_to_organisation, assign_to_user, uncount};
pub use change_bucket::{BucketChange, change_bucket};
pub use create_bucket::{NewBucket, create_bucket};
pub use delete_bucket::delete_bucket;
pub use hand_over::{HandedOver, open_handover, take_handover};

use provost_domain::{
    audit::{Changes, Resource, note_change},
    storage::Bucket,
};

fn resource(bucket: &Bucket) -> Resource {
    Resource::Other { kind: "bucket", id: bucket.id.to_string() }
}

/// Records changed fields. Of the credentials it says only that they changed.
fn note_bucket(changes: &mut Changes, before: Option<&Bucket>, after: Option<&Bucket>) {
    macro_rules! note {
        ($name:literal, $field:expr) => {
            note_change(changes, $name, &before.map($field), &after.map($field))
        };
    }
    note!("name", |bucket: &Bucket| bucket.name.clone());
    note!("bucket", |bucket: &Bucket| bucket.place.bucket.clone());
    note!("region", |bucket: &Bucket| bucket.place.region.clone());
    note!("endpoint", |bucket: &Bucket| bucket.place.endpoint.clone());
    note!("forcePathStyle", |bucket: &Bucket| bucket.place.force_path_style);
    let sealed = |bucket: Option<&Bucket>| bucket.and_then(|bucket| bucket.credentials.clone());
    if sealed(before) != sealed(after) {
        let had = |bucket: Option<&Bucket>| sealed(bucket).map(|_| "hidden");
        let change = provost_domain::audit::Change {
            before: had(before).into(),
            after: had(after).map(|_| "changed").into(),
        };
        changes.insert("credentials".to_owned(), change);
    }
}
