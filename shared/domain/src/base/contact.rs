//! Contact data and names: email addresses, phone numbers, usernames, countries.

mod country;
mod email;
mod phone;
mod text_type;
mod username;

pub use country::{Continent, Country};
pub use email::Email;
pub use phone::Phone;
pub use text_type::{InvalidContact, Stored, stored, stored_option};
pub use username::Username;

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[test]
    fn a_stored_contact_is_read_back_unchanged() {
        #[derive(Deserialize)]
        struct Item {
            #[serde(deserialize_with = "stored")]
            email: Email,
            #[serde(default, deserialize_with = "stored_option")]
            phone: Option<Phone>,
        }
        let item: Item = serde_json::from_str(
            "{\"email\": \"do\u{308}rte@example.org\", \"phone\": \"+4402079460123\"}",
        )
        .unwrap();
        assert_eq!(item.email.as_str(), "do\u{308}rte@example.org");
        assert_eq!(item.phone.unwrap().as_str(), "+4402079460123");
        let typed: Email = "dörte@example.org".parse().unwrap();
        assert_eq!(typed.earlier_form(), Some(item.email), "found by the typed address");
    }
}
