//! Guarantees about accounts that hold under attack: guesses are counted first, an account belongs
//! to the owner of its mailbox, and a repeated request has one effect.

mod promises {
    pub mod guesses;
    pub mod ownership;
    pub mod repeats;
    #[path = "../api/support.rs"]
    #[allow(dead_code, reason = "shared with other stories")]
    pub mod support;
}
