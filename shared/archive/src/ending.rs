//! The last members of an archive and its directory, written in small steps while the parts are
//! taken.

use crate::archive::Archive;
use crate::ending_state::{Ending, Stage};
use crate::member::{Compression, MANIFEST, Member, PAGE, totals};
use crate::page::Page;
use crate::{About, FORMAT_VERSION, Manifest, ManifestMember, Result, Subject, words};

/// Number of rows to write before checking whether a part is full.
const ROWS: usize = 128;

impl Archive {
    /// Writes the next rows of the end.
    pub(crate) fn continue_ending(&mut self) -> Result<()> {
        let Some(Ending { about, stage }) = self.ending.take() else { return Ok(()) };
        let next = match stage {
            Stage::BeforePage => {
                self.begin_any(PAGE, Compression::Deflate, None)?;
                let page = Page::new(&about, self.created_at, &self.members, &self.gaps);
                Stage::Page(page)
            }
            Stage::Page(mut page) => match page.piece(&self.members, ROWS) {
                Some(html) => {
                    self.write(html.as_bytes())?;
                    Stage::Page(page)
                }
                None => {
                    self.end_member()?;
                    self.begin_any(MANIFEST, Compression::Deflate, None)?;
                    self.write(
                        manifest_head(&about, self.created_at, &self.members, &self.gaps)?
                            .as_bytes(),
                    )?;
                    Stage::Manifest { next: 0 }
                }
            },
            Stage::Manifest { next } if next < self.members.len() => {
                let until = self.members.len().min(next + ROWS);
                let rows = manifest_rows(&self.members[next..until], next == 0)?;
                self.write(rows.as_bytes())?;
                Stage::Manifest { next: until }
            }
            Stage::Manifest { .. } => {
                self.write(b"\n]}\n")?;
                self.end_member()?;
                Stage::Directory {
                    next: 0,
                    start: self.zip.as_ref().map_or(0, |zip| zip.position()),
                }
            }
            Stage::Directory { next, start } if next < self.members.len() => {
                let until = self.members.len().min(next + ROWS);
                if let Some(zip) = &mut self.zip {
                    for member in &self.members[next..until] {
                        zip.directory_entry(member.name(), &member.entry)?;
                    }
                }
                Stage::Directory { next: until, start }
            }
            Stage::Directory { start, .. } => {
                if let Some(zip) = self.zip.take() {
                    zip.finish(self.members.len() as u64, start)?.finish()?;
                }
                self.parts.close();
                return Ok(());
            }
        };
        self.ending = Some(Ending { about, stage: next });
        Ok(())
    }
}

/// The manifest up to its list of members.
fn manifest_head(
    about: &About,
    created_at: i64,
    members: &[Member],
    gaps: &[crate::Gap],
) -> Result<String> {
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        subject: Subject { id: about.subject.clone(), label: about.label.clone() },
        created_at: words::rfc3339(created_at),
        volume: about.volume,
        totals: totals(members),
        gaps: gaps.to_vec(),
        members: Vec::new(),
    };
    let mut json = serde_json::to_string(&manifest).map_err(std::io::Error::from)?;
    // `members` is the last field and empty: its brackets are closed after the rows are written.
    json.truncate(json.len() - "]}".len());
    Ok(json)
}

fn manifest_rows(members: &[Member], first: bool) -> Result<String> {
    let mut rows = String::with_capacity(members.len() * 192);
    for (at, member) in members.iter().enumerate() {
        let row = ManifestMember {
            name: member.name().to_owned(),
            records: member.records(),
            bytes: member.bytes(),
            sha256: member.sha256(),
        };
        rows.push_str(if first && at == 0 { "\n" } else { ",\n" });
        rows.push_str(&serde_json::to_string(&row).map_err(std::io::Error::from)?);
    }
    Ok(rows)
}
