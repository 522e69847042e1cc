//! The words of a name, as the search finds them.

use icu_properties::{
    CodePointMapData,
    props::{GeneralCategory, GeneralCategoryGroup},
};

/// Whether a character is part of a word: a letter, a digit, or a mark that spells with them.
pub fn is_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    c.is_alphanumeric()
        || GeneralCategoryGroup::Mark.contains(CodePointMapData::<GeneralCategory>::new().get(c))
}

/// A text without the apostrophes and dashes inside words, if everything else is part of words:
/// `o'connor` is `oconnor`. `None` if other characters are left, or none at all.
pub fn squeezed(word: &str) -> Option<String> {
    let text: String = word.chars().filter(|c| !matches!(c, '\'' | '-')).collect();
    (!text.is_empty() && text.chars().all(is_word)).then_some(text)
}

/// Calls a function with each word of a name in its normal form: the runs of letters and digits,
/// what is left of `o'connor` and `anne-marie` without apostrophes and dashes, and a single letter
/// joined with the word after it, since `o connor` is a spelling of the same name.
pub fn each_token(form: &str, mut found: impl FnMut(&str)) {
    let mut single: Option<&str> = None;
    for part in form.split(' ') {
        let plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if plain {
            if !part.is_empty() {
                found(part);
            }
        } else {
            let mut words = 0;
            for word in part.split(|c| !is_word(c)).filter(|word| !word.is_empty()) {
                found(word);
                words += 1;
            }
            if words > 1 {
                let joined: String = part.chars().filter(|c| is_word(*c)).collect();
                found(&joined);
            }
        }
        if let Some(letter) = single
            && let Some(rest) = squeezed(part)
        {
            found(&format!("{letter}{rest}"));
        }
        let letter = plain && part.len() == 1 && part.as_bytes()[0].is_ascii_alphabetic();
        single = letter.then_some(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(form: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        each_token(form, |token| tokens.push(token.to_owned()));
        tokens
    }

    #[test]
    fn a_name_is_found_by_its_words_and_by_their_joined_spelling() {
        assert_eq!(tokens("albert jan de bruin"), ["albert", "jan", "de", "bruin"]);
        assert_eq!(tokens("o'connor"), ["o", "connor", "oconnor"]);
        assert_eq!(tokens("o connor"), ["o", "connor", "oconnor"]);
        assert_eq!(tokens("anne-marie"), ["anne", "marie", "annemarie"]);
        assert_eq!(tokens("das, rana (hr)"), ["das", "rana", "hr"]);
        assert_eq!(tokens("山田太郎"), ["山田太郎"]);
        assert_eq!(tokens("नमस्ते"), ["नमस्ते"]);
        assert_eq!(tokens(""), Vec::<String>::new());
        assert_eq!(tokens("🎧"), Vec::<String>::new());
    }
}
