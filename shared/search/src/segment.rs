//! A segment: the columns of a number of users, in the order of their ids.

mod build;
mod layout;
mod order;
mod stored;

use std::sync::OnceLock;

use provost_domain::UserId;
use ulid::Ulid;

use crate::{
    Field, Kind,
    column::{
        Bits, Dictionary, EnrollmentColumn, IntegerColumn, KeywordColumn, ListColumn, TextColumn,
        TokenIndex,
    },
};
pub(crate) use layout::{FLAGS, INTEGERS, KEYWORDS, LISTS, TEXTS, Text};
pub(crate) use order::{Key, Order};
pub(crate) use stored::MAX_UNPACKED;

/// The columns of a number of users. It never changes, except that the values of an erased user are
/// overwritten.
#[derive(Debug)]
pub(crate) struct Segment {
    /// The ids, in ascending order.
    ids: Vec<u128>,
    /// The version of each user.
    versions: Vec<u64>,
    texts: Vec<TextColumn>,
    tokens: TokenIndex,
    keywords: Vec<KeywordColumn>,
    lists: Vec<ListColumn>,
    /// A bit for each flag, in the order of the catalogue.
    flags: Vec<u32>,
    integers: Vec<IntegerColumn>,
    enrollments: EnrollmentColumn,
    /// The rows sorted by each sortable field, made when first asked for.
    orders: Vec<OnceLock<Order>>,
    /// The rows whose values were overwritten.
    erased: Option<Bits>,
}

impl Segment {
    /// The number of rows.
    pub const fn rows(&self) -> usize {
        self.ids.len()
    }

    /// The id of a row.
    pub fn id(&self, row: usize) -> UserId {
        UserId::new(Ulid(self.ids[row]))
    }

    /// The row of an id.
    pub fn row(&self, id: UserId) -> Option<usize> {
        self.ids.binary_search(&id.ulid().0).ok()
    }

    /// The version of the user in a row.
    pub fn version(&self, row: usize) -> u64 {
        self.versions[row]
    }

    pub fn text(&self, text: Text) -> &TextColumn {
        &self.texts[text as usize]
    }

    pub const fn tokens(&self) -> &TokenIndex {
        &self.tokens
    }

    pub const fn enrollments(&self) -> &EnrollmentColumn {
        &self.enrollments
    }

    /// The column of a field that holds one of few texts.
    pub fn keyword(&self, field: Field) -> &KeywordColumn {
        &self.keywords[KEYWORDS.position(field)]
    }

    /// The column of a field that holds a list of texts.
    pub fn list(&self, field: Field) -> &ListColumn {
        &self.lists[LISTS.position(field)]
    }

    /// The column of a field that holds a number, a time or a date.
    pub fn integer(&self, field: Field) -> &IntegerColumn {
        &self.integers[INTEGERS.position(field)]
    }

    /// The rows of a set whose flag is set.
    pub fn flag_within(&self, field: Field, within: &Bits) -> Bits {
        let bit = 1 << FLAGS.position(field);
        let flags = &self.flags[..within.len()];
        within.refine(|row| flags[row] & bit != 0)
    }

    /// The rows whose flag is set.
    pub fn flag(&self, field: Field) -> Bits {
        let bit = 1 << FLAGS.position(field);
        Bits::from_fn(self.rows(), |row| self.flags[row] & bit != 0)
    }

    /// The rows with a value in a field.
    pub fn present(&self, field: Field) -> Bits {
        let rows = self.rows();
        match field.kind() {
            Kind::Identifier | Kind::Exact | Kind::Phone | Kind::Text => match Text::of(field) {
                Some(text) => self.text(text).present(rows),
                None => Bits::all(rows),
            },
            Kind::Keyword => {
                let column = self.keyword(field);
                let mut marked = vec![true; column.dictionary.codes()];
                marked[0] = false;
                column.select(&Bits::all(rows), &marked)
            }
            Kind::Keywords | Kind::TimedKeywords => Bits::none(rows),
            Kind::Flag => self.flag(field),
            Kind::Number | Kind::Instant | Kind::Date => {
                self.integer(field).select(&Bits::all(rows), |_| true)
            }
            Kind::Enrollments => self.enrollments.present(rows),
        }
    }

    /// Whether a text of any column contains bytes.
    pub fn contains(&self, bytes: &[u8]) -> bool {
        let contains = |text: &[u8]| memchr::memmem::find(text, bytes).is_some();
        self.texts.iter().any(|column| {
            let mut found = false;
            column.containing(bytes, |_, _| found = true);
            found
        }) || self.dictionaries().any(|dictionary| {
            let forms = (1..dictionary.codes() as u32).filter_map(|code| dictionary.form(code));
            forms.map(str::as_bytes).any(contains)
        })
    }

    fn dictionaries(&self) -> impl Iterator<Item = &Dictionary> {
        let keywords = self.keywords.iter().map(|column| &column.dictionary);
        keywords.chain(self.lists.iter().map(|column| &column.dictionary))
    }

    /// Overwrites what the columns hold of a user, apart from codes in lists, numbers and times.
    pub fn erase(&mut self, row: usize) {
        self.texts.iter_mut().for_each(|column| column.erase(row));
        self.keywords.iter_mut().for_each(|column| column.erase(row));
        let birth = INTEGERS.position(Field::DateOfBirth);
        self.integers[birth].erase(row);
        let rows = self.rows();
        self.erased.get_or_insert_with(|| Bits::none(rows)).set(row);
    }

    /// Whether the values of a row were overwritten. Its place in an order is then no longer that
    /// of its key.
    pub fn is_erased(&self, row: usize) -> bool {
        self.erased.as_ref().is_some_and(|erased| erased.get(row))
    }
}
