//! The command line, as its users meet it.

mod archives;
mod program;
mod promote;
mod resume;
mod seed;
