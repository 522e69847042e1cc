//! Segments from records, and one segment from several.

use std::{borrow::Cow, collections::BTreeMap, sync::OnceLock};

use super::{FLAGS, INTEGERS, KEYWORDS, LISTS, Segment, TEXTS, Text};
use crate::{
    Field, UserRecord,
    column::{
        Bits, EnrollmentColumn, IntegerColumn, KeywordColumn, ListColumn, Origin, TextColumn,
        TokenIndex,
    },
    text::{digits, identifier_form, present_form, umlaut_form},
};

impl Segment {
    /// The segment of records. Of several records with one id, the one with the highest version
    /// counts, and of those the last.
    pub fn from_records(records: &[UserRecord]) -> Self {
        let mut newest: BTreeMap<u128, &UserRecord> = BTreeMap::new();
        for record in records {
            let kept = newest.entry(record.id.ulid().0).or_insert(record);
            if record.version >= kept.version {
                *kept = record;
            }
        }
        let records: Vec<&UserRecord> = newest.into_values().collect();
        let texts = TEXTS.map(|text| {
            let forms = records.iter().map(|record| form(record, text)).collect::<Vec<_>>();
            let entries = forms.iter().enumerate().filter_map(|(row, form)| {
                let form = form.as_deref()?;
                Some((form.as_bytes(), row as u32))
            });
            TextColumn::build(entries.collect(), records.len())
        });
        let keyword = |field| {
            let texts: Vec<_> = records.iter().map(|record| record.text(field)).collect();
            KeywordColumn::build(&texts)
        };
        let list = |field| {
            let lists: Vec<_> = records.iter().map(|record| record.list(field)).collect();
            ListColumn::build(&lists)
        };
        let integer = |field| {
            IntegerColumn::new(records.iter().map(|record| record.integer(field)).collect())
        };
        let flags = |record: &&UserRecord| {
            let bit = |(position, field)| u32::from(record.flag(field)) << position;
            FLAGS.fields().enumerate().map(bit).sum()
        };
        let enrollments: Vec<_> = records.iter().map(|record| &record.enrollments[..]).collect();
        Self::assemble(Self {
            ids: records.iter().map(|record| record.id.ulid().0).collect(),
            versions: records.iter().map(|record| record.version).collect(),
            texts: texts.into(),
            keywords: KEYWORDS.fields().map(keyword).collect(),
            lists: LISTS.fields().map(list).collect(),
            flags: records.iter().map(flags).collect(),
            integers: INTEGERS.fields().map(integer).collect(),
            enrollments: EnrollmentColumn::build(&enrollments),
            tokens: TokenIndex::default(),
            orders: Vec::new(),
            erased: None,
        })
    }

    /// Adds what is made from the columns.
    pub(super) fn assemble(mut self) -> Self {
        self.tokens = TokenIndex::build(&[self.text(Text::Name), self.text(Text::Umlaut)]);
        self.orders = Field::ALL.iter().map(|_| OnceLock::new()).collect();
        self
    }

    /// One segment with the live rows of several. No id may be live in more than one.
    pub fn merge(parts: &[(&Self, &Bits)]) -> Self {
        let mut order: Vec<(u128, Origin)> = Vec::new();
        for (part, (segment, live)) in parts.iter().enumerate() {
            order.extend(live.iter().map(|row| (segment.ids[row], (part as u32, row as u32))));
        }
        // A stable sort, which is quick for runs that are in order.
        order.sort_by_key(|(id, _)| *id);
        let ids: Vec<u128> = order.iter().map(|(id, _)| *id).collect();
        let order: Vec<Origin> = order.into_iter().map(|(_, origin)| origin).collect();
        let mut places: Vec<Vec<u32>> =
            parts.iter().map(|(segment, _)| vec![u32::MAX; segment.rows()]).collect();
        for (place, (part, row)) in order.iter().enumerate() {
            places[*part as usize][*row as usize] = place as u32;
        }
        let segments: Vec<&Self> = parts.iter().map(|(segment, _)| *segment).collect();
        let of = |(part, row): &Origin| (segments[*part as usize], *row as usize);
        let text = |text| {
            let columns: Vec<_> = segments.iter().map(|segment| segment.text(text)).collect();
            TextColumn::merge(&columns, &places, ids.len())
        };
        let keyword = |field| {
            let columns: Vec<_> = segments.iter().map(|segment| segment.keyword(field)).collect();
            KeywordColumn::merge(&columns, &order)
        };
        let list = |field| {
            let columns: Vec<_> = segments.iter().map(|segment| segment.list(field)).collect();
            ListColumn::merge(&columns, &order)
        };
        let integer = |field| {
            let columns: Vec<_> = segments.iter().map(|segment| segment.integer(field)).collect();
            IntegerColumn::merge(&columns, &order)
        };
        let enrollments: Vec<_> = segments.iter().map(|segment| segment.enrollments()).collect();
        Self::assemble(Self {
            versions: order.iter().map(of).map(|(part, row)| part.versions[row]).collect(),
            texts: TEXTS.map(text).into(),
            keywords: KEYWORDS.fields().map(keyword).collect(),
            lists: LISTS.fields().map(list).collect(),
            flags: order.iter().map(of).map(|(part, row)| part.flags[row]).collect(),
            integers: INTEGERS.fields().map(integer).collect(),
            enrollments: EnrollmentColumn::merge(&enrollments, &order),
            ids,
            tokens: TokenIndex::default(),
            orders: Vec::new(),
            erased: None,
        })
    }
}

/// The text of a record in the form of a column.
fn form(record: &UserRecord, text: Text) -> Option<Cow<'_, str>> {
    let value = record.text(text.field());
    match text {
        Text::Name => present_form(value),
        Text::ExternalIdExact => value.map(Cow::Borrowed),
        Text::Umlaut => value.and_then(umlaut_form).map(Cow::Owned),
        Text::Phone => {
            let digits = digits(value?);
            (!digits.is_empty()).then_some(Cow::Owned(digits))
        }
        Text::UniqueId | Text::ExternalId | Text::Username | Text::Email => {
            Some(Cow::Owned(identifier_form(value?)))
        }
    }
}
