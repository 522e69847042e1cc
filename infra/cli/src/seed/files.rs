//! Files of a sample user: small texts, tables and images.

use bytes::Bytes;
use provost_domain::{
    FileId, Timestamp, User,
    content::{Content, ContentKind, ContentStatus, ObjectPlace},
    file::object_key,
};
use ulid::Ulid;

use super::{chance::Chance, words};

/// A file with its bytes.
#[derive(Debug, Clone)]
pub struct SeededFile {
    /// The registry entry.
    pub entry: Content,
    /// The content.
    pub bytes: Bytes,
}

/// Adds files to the account and counts them.
pub fn keep(user: &mut User, chance: &mut Chance, bucket: &str, now: Timestamp) -> Vec<SeededFile> {
    let many = if chance.one_in(2) { chance.between(1, 4) } else { 0 };
    let life = now.since(user.created_at).max(1).unsigned_abs();
    let files: Vec<SeededFile> = (0..many)
        .map(|_| {
            let created_at = user.created_at.plus(i64::try_from(chance.below(life)).unwrap_or(0));
            let id =
                FileId::new(Ulid::from_parts(created_at.millis().unsigned_abs(), chance.bits()));
            let (name, content_type, bytes) = content(chance, created_at);
            let place = ObjectPlace {
                bucket: bucket.to_owned(),
                key: object_key(user.user_id, id),
                store: None,
            };
            let entry = Content {
                id: id.into(),
                kind: ContentKind::File,
                owner_id: user.user_id,
                name,
                content_type: Some(content_type.to_owned()),
                size: bytes.len() as u64,
                sha256: None,
                target: None,
                object: Some(place),
                status: ContentStatus::Available,
                created_at,
                flag: None,
                removal: None,
                version: 1,
            };
            SeededFile { entry, bytes }
        })
        .collect();
    user.total_files = files.len() as u64;
    user.storage_used = files.iter().map(|file| file.entry.size).sum();
    files
}

fn content(chance: &mut Chance, at: Timestamp) -> (String, &'static str, Bytes) {
    let topic = chance.pick(words::TOPICS);
    match chance.below(3) {
        0 => {
            let lines: String = (0..chance.between(4, 40))
                .map(|_| format!("{}\n", chance.pick(words::SENTENCES)))
                .collect();
            (
                format!("{topic} notes.md"),
                "text/markdown",
                Bytes::from(format!("# {topic}\n\n{lines}")),
            )
        }
        1 => {
            let rows: String = (1..=chance.between(5, 60))
                .map(|row| format!("{row},{},{}\n", chance.between(1, 900), chance.between(1, 50)))
                .collect();
            (
                format!("{topic} {}.csv", at.month()),
                "text/csv",
                Bytes::from(format!("row,amount,count\n{rows}")),
            )
        }
        _ => {
            let bars: String = (0..8)
                .map(|bar| {
                    let height = chance.between(5, 90);
                    format!(
                        "<rect x=\"{}\" y=\"{}\" width=\"16\" height=\"{height}\"/>",
                        bar * 20,
                        100 - height
                    )
                })
                .collect();
            (
                format!("{topic}.svg"),
                "image/svg+xml",
                Bytes::from(format!(
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 160 100\">{bars}</svg>"
                )),
            )
        }
    }
}
