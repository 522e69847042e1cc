//! Tests over the whole platform stand in `tests/tests/platform`; this library is empty.
