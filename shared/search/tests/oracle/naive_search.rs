//! What a search means, as a plain loop over all records.

use provost_domain::UserId;
use provost_search::{
    Search, SearchMode, Stage,
    text::{allowed_edits, digits, identifier_form, is_word, normal_form, squeezed, umlaut_form},
};

use super::naive::User;

pub struct Searched<'a> {
    /// The users and how well they match.
    pub hits: Vec<(&'a User, i64)>,
    pub literal: usize,
    pub stage: Stage,
}

/// The users among `selected` that match a search, which goes to a stage, or as far as it must.
pub fn search<'a>(
    users: &[User],
    selected: &[&'a User],
    search: &Search,
    stage: Option<Stage>,
) -> Searched<'a> {
    let readings: Vec<Vec<Word>> = readings(users, search)
        .into_iter()
        .map(|words| words.into_iter().map(Word::ready).collect())
        .collect();
    let best = |user: &User, stage: Stage, nothing: bool| -> Option<i64> {
        let sum = |words: &Vec<Word>| -> Option<i64> {
            words.iter().map(|word| score(user, word, search, stage, nothing)).sum()
        };
        readings.iter().filter_map(sum).max()
    };
    let mut hits: Vec<(&User, i64)> = Vec::new();
    for user in selected {
        if let Some(score) = best(user, Stage::Literal, false) {
            hits.push((user, 1_000_000 + score));
        }
    }
    let literal = hits.len();
    let known: std::collections::HashSet<UserId> =
        hits.iter().map(|(user, _)| user.record.id).collect();
    let mut reached = Stage::Literal;
    for next in [Stage::Typo, Stage::TypoInside] {
        let wanted = match stage {
            Some(stage) => stage >= next,
            None => search.mode == SearchMode::Fuzzy && hits.len() < 5,
        };
        if !wanted {
            break;
        }
        reached = next;
        hits.truncate(literal);
        for user in selected.iter().filter(|user| !known.contains(&user.record.id)) {
            if let Some(score) = best(user, next, literal == 0) {
                hits.push((user, score));
            }
        }
    }
    Searched { hits, literal, stage: reached }
}

#[derive(Debug, Clone, Default)]
struct Word {
    text: String,
    phrase: bool,
    phone: Option<String>,
    only_phone: bool,
    only_email: bool,
    form: String,
    identifier: String,
    umlaut: Option<String>,
}

impl Word {
    /// The word with its forms.
    fn ready(mut self) -> Self {
        self.form = normal_form(&self.text);
        self.identifier = identifier_form(&self.text);
        self.umlaut = umlaut_form(&self.text);
        self
    }
}

fn plain(text: &str) -> Word {
    let phone = is_phone(text).then(|| text.to_owned());
    Word { text: text.to_owned(), phone, ..Word::default() }
}

fn is_phone(text: &str) -> bool {
    text.chars().all(|c| "+-./()".contains(c) || c.is_ascii_digit() || c.is_whitespace())
        && text.chars().filter(char::is_ascii_digit).count() >= 3
}

fn readings(users: &[User], search: &Search) -> Vec<Vec<Word>> {
    let text = search.text.trim();
    // The tests of the cases cover what mail programs copy.
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let quoted = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
        if let Some((phrase, after)) = quoted.filter(|(phrase, _)| !phrase.trim().is_empty()) {
            words.push(Word { text: phrase.trim().to_owned(), phrase: true, ..Word::default() });
            rest = after.trim_start();
            continue;
        }
        let word = rest.split_whitespace().next().unwrap_or_default();
        words.push(plain(word));
        rest = rest[word.len()..].trim_start();
    }
    let mut readings = vec![words.clone()];
    if words.iter().any(|word| word.phrase) {
        return readings;
    }
    if let [first, second] = &words[..]
        && !first.text.contains('@')
        && second.text.contains('@')
        && search.emails
    {
        let address = identifier_form(&format!("{}+{}", first.text, second.text));
        let mut emails = users.iter().filter_map(|user| user.email.as_ref());
        if emails.any(|email| *email == address) {
            return vec![vec![Word { text: address, only_email: true, ..Word::default() }]];
        }
    }
    if words.len() > 1 && is_phone(text) {
        let phone = Some(text.to_owned());
        readings.push(vec![Word { phone, only_phone: true, ..Word::default() }]);
    }
    let forms: Vec<String> = words.iter().map(|word| normal_form(&word.text)).collect();
    let pieces: Vec<&str> =
        forms.iter().flat_map(|form| form.split('-')).filter(|piece| !piece.is_empty()).collect();
    if forms.iter().any(|form| form.contains('-'))
        && pieces.len() > forms.len()
        && pieces.iter().all(|piece| piece.chars().all(char::is_alphabetic))
    {
        readings.push(pieces.into_iter().map(plain).collect());
    }
    readings
}

fn score(
    user: &User,
    word: &Word,
    search: &Search,
    stage: Stage,
    nothing_literal: bool,
) -> Option<i64> {
    let mut best: Option<i64> = None;
    let mut add = |score: i64| best = best.max(Some(score));
    let mode = search.mode;
    let record = &user.record;
    if word.only_email {
        return (user.email.as_ref() == Some(&word.text)).then_some(1000);
    }
    if search.phones
        && let (Some(typed), Some(phone)) = (&word.phone, &user.phone)
    {
        for digits in phones(typed) {
            match () {
                () if *phone == digits => add(1000),
                () if phone.starts_with(&digits) && mode >= SearchMode::Prefix => add(60),
                () if phone.contains(&digits) && mode >= SearchMode::Substring => add(10),
                () => {}
            }
        }
    }
    if word.only_phone {
        return best;
    }
    let form = &word.form;
    let letters = squeezed(form);
    let length = form.chars().count();
    let inside = word.phrase || letters.is_none() || length >= 3 || form.chars().any(is_asian);
    if word.text.parse::<UserId>().is_ok_and(|id| id == record.id) {
        add(1000);
    }
    let has_digit = form.chars().any(char::is_numeric);
    let typo = stage >= Stage::Typo && !word.phrase && !has_digit;
    let inside_typo = stage == Stage::TypoInside
        && !word.phrase
        && !has_digit
        && letters.is_some()
        && form.is_ascii()
        && length >= 7;
    let email = user.email.as_ref().filter(|_| search.emails);
    let identifiers = [
        (user.unique_id.as_ref(), false),
        (user.external_id.as_ref(), false),
        (user.username.as_ref(), true),
        (email, true),
    ];
    for (identifier, has_words) in identifiers {
        let Some(identifier) = identifier else { continue };
        for typed in [&word.identifier, form] {
            let found = match word.phrase {
                true => bounded(identifier, typed),
                false => identifier.contains(typed.as_str()),
            };
            match () {
                () if identifier == typed => add(1000),
                () if !word.phrase
                    && mode >= SearchMode::Prefix
                    && identifier.starts_with(typed.as_str()) =>
                {
                    add(26);
                }
                () if inside && mode >= SearchMode::Substring && found => add(10),
                () if inside_typo
                    && has_words
                    && typed.is_ascii()
                    && has_part(identifier.as_bytes(), typed.as_bytes()) =>
                {
                    add(3);
                }
                () => {}
            }
        }
    }
    for form in [Some(form), word.umlaut.as_ref()].into_iter().flatten() {
        let name_word = if word.phrase { None } else { squeezed(form) };
        match name_word {
            Some(name_word) => {
                for token in &user.tokens {
                    let limit = match letters.as_ref() {
                        Some(letters) => allowed_edits(letters.chars().count()),
                        None => 0,
                    };
                    let limit = limit.min(allowed_edits(name_word.chars().count()));
                    match () {
                        () if *token == name_word => add(33),
                        () if mode >= SearchMode::Prefix && token.starts_with(&name_word) => {
                            add(25)
                        }
                        () if mode >= SearchMode::Substring
                            && inside
                            && token.contains(&name_word) =>
                        {
                            add(10);
                        }
                        () if typo && limit > 0 && distance(&name_word, token) <= limit => add(6),
                        () if inside_typo
                            && name_word.is_ascii()
                            && has_part(token.as_bytes(), name_word.as_bytes()) =>
                        {
                            add(3);
                        }
                        () => {}
                    }
                }
            }
            None => {
                for name in user.name.iter().chain(&user.umlaut) {
                    match () {
                        () if name == form || word.phrase && bounded(name, form) => add(33),
                        () if !word.phrase
                            && mode >= SearchMode::Substring
                            && contains_symbols(name, form) =>
                        {
                            add(10);
                        }
                        () => {}
                    }
                }
            }
        }
    }
    let typed = &word.identifier;
    if stage >= Stage::Typo
        && nothing_literal
        && !word.phrase
        && let (Some(email), Some((local, domain))) = (email, typed.rsplit_once('@'))
        && !local.chars().any(char::is_numeric)
    {
        let limit = allowed_edits(local.chars().count());
        if let Some((own, host)) = email.rsplit_once('@')
            && limit > 0
            && host.starts_with(domain)
            && distance(local, own) <= limit
        {
            add(6);
        }
    }
    best
}

/// Whether a text contains another one, flags as a whole.
fn contains_symbols(text: &str, part: &str) -> bool {
    let symbols = |text: &str| {
        let mut symbols: Vec<String> = Vec::new();
        let is_half = |c: char| ('🇦'..='🇿').contains(&c);
        for c in text.chars() {
            match symbols.last_mut() {
                Some(last)
                    if is_half(c) && last.chars().count() == 1 && last.chars().all(is_half) =>
                {
                    last.push(c);
                }
                _ => symbols.push(c.to_string()),
            }
        }
        symbols
    };
    let (text, part) = (symbols(text), symbols(part));
    text.windows(part.len()).any(|symbols| symbols == part)
}

fn is_asian(c: char) -> bool {
    let thai_lao = matches!(c, '\u{e00}'..='\u{eff}');
    let burmese_hangul = matches!(c, '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}');
    let khmer = matches!(c, '\u{1780}'..='\u{17ff}');
    let kana = matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}');
    let han = matches!(c, '\u{3400}'..='\u{9fff}');
    thai_lao || burmese_hangul || khmer || kana || han || matches!(c, '\u{ac00}'..='\u{d7af}')
}

fn phones(text: &str) -> Vec<String> {
    let number = digits(&text.replace("(0)", ""));
    let mut forms = vec![number.clone()];
    if !text.trim().starts_with('+') && number.len() >= 6 {
        let national = number.strip_prefix("00").or_else(|| number.strip_prefix('0'));
        forms.extend(national.map(str::to_owned));
    }
    forms.retain(|form| form.len() >= 3);
    forms
}

fn bounded(text: &str, part: &str) -> bool {
    text.char_indices().map(|(at, _)| at).any(|at| {
        text[at..].starts_with(part)
            && !text[..at].chars().next_back().is_some_and(is_word)
            && !text[at + part.len()..].chars().next().is_some_and(is_word)
            && contains_symbols(text, part)
    })
}

/// The number of mistakes between two texts, each of them a wrong, missing or additional character,
/// or two neighbours exchanged.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let rows = matrix(&one, &other, false);
    rows[one.len()][other.len()]
}

/// Whether a part of a text has at most one mistake compared with a word.
fn has_part(text: &[u8], word: &[u8]) -> bool {
    matrix(word, text, true)[word.len()].iter().any(|edits| *edits <= 1)
}

fn matrix<C: PartialEq>(one: &[C], other: &[C], begins_anywhere: bool) -> Vec<Vec<usize>> {
    let mut rows = vec![vec![0; other.len() + 1]; one.len() + 1];
    for i in 0..=one.len() {
        for j in 0..=other.len() {
            rows[i][j] = match (i, j) {
                (0, j) => {
                    if begins_anywhere {
                        0
                    } else {
                        j
                    }
                }
                (i, 0) => i,
                (i, j) => {
                    let wrong = usize::from(one[i - 1] != other[j - 1]);
                    let mut best = (rows[i - 1][j - 1] + wrong)
                        .min(rows[i - 1][j] + 1)
                        .min(rows[i][j - 1] + 1);
                    if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                        best = best.min(rows[i - 2][j - 2] + 1);
                    }
                    best
                }
            };
        }
    }
    rows
}
