//! Stories about the parsers of the directory: what callers send, and which users it means.

mod export;
mod expressions;
mod filters;
mod import;
mod lists;
mod matcher;
mod properties;
mod selections;
mod staff_list;
mod times;
mod world;
