//! The tests of the whole platform are in `tests/tests/platform`; this library is empty.
