//! Storage of files: buckets at other stores, and the files of users.

pub mod buckets;
pub mod files;
pub mod handovers;
pub mod left_objects;
