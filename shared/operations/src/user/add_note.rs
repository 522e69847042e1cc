use provost_domain::{NoteId, Pseudonym, User, audit::Resource};

use crate::{Change, Op, OperationError};

/// An added note.
#[derive(Debug, Clone, Copy)]
pub struct AddedNote {
    /// Note id.
    pub id: NoteId,
    /// Pseudonym of the author.
    pub author: Pseudonym,
}

/// Adds a note of a staff member about a user.
///
/// # Errors
/// The note cannot be encrypted.
pub fn add_note(
    op: &Op<'_>,
    about: &User,
    author: Pseudonym,
    text: &str,
) -> Result<Change<AddedNote>, OperationError> {
    let id = op.app.id(NoteId::new);
    let mut tx = op.transaction();
    // A note must not be added to an account that is being erased.
    tx.check_user(about)?;
    tx.add_note(about, id, author, text, op.now)?;
    tx.audit(op.entry(
        "user.note_added",
        Resource::Owned { kind: "note", id: id.to_string(), owner: about.subject() },
    ))?;
    Ok(Change::new(tx, AddedNote { id, author }))
}
