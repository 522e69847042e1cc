//! Text input: names, notes, reasons. Unicode's own properties decide which characters are allowed,
//! so that every language can be written and nothing can be hidden.

mod characters;
mod forms;
mod formula;
mod input;

pub(crate) use characters::{is_dash, is_format, is_hidden, is_mark, joins_letters};
pub use forms::{caseless, earlier_fold, fold, folds, nfd, nfkc};
pub use formula::{guarded, unguarded};
pub use input::{line, note, reason, search};
