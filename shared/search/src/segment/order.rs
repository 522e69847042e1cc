//! The order of the rows of a segment by a field.

use std::cmp::Ordering;

use super::{Segment, Text};
use crate::{Field, Kind, column::NULL};

/// The value of a row that decides its place in an order. No value comes last in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key<'a> {
    /// No value.
    None,
    /// A number or a time.
    Integer(i64),
    /// A text in its form.
    Text(&'a [u8]),
}

impl Key<'_> {
    /// Compares two keys of one field.
    pub fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let directed = |ordering: Ordering| if descending { ordering.reverse() } else { ordering };
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => directed(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => directed(a.cmp(b)),
            (Self::None, Self::None) => Ordering::Equal,
            (Self::None, _) => Ordering::Greater,
            (_, Self::None) => Ordering::Less,
            // Keys of one field are of one kind.
            (Self::Integer(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Integer(_)) => Ordering::Greater,
        }
    }
}

/// The rows of a segment in the order of a field; rows with equal keys are in the order of ids.
#[derive(Debug)]
pub(crate) struct Order {
    /// Rows with ascending keys.
    pub ascending: Vec<u32>,
    /// Rows with descending keys.
    pub descending: Vec<u32>,
    /// For each row the number of different keys below its own; [`u32::MAX`] without a key.
    pub places: Vec<u32>,
}

impl Segment {
    /// The key of a row.
    pub fn key(&self, field: Field, row: usize) -> Key<'_> {
        match field.kind() {
            Kind::Number | Kind::Instant | Kind::Date => match self.integer(field).get(row) {
                NULL => Key::None,
                value => Key::Integer(value),
            },
            Kind::Keyword => {
                let column = self.keyword(field);
                let form = column.dictionary.form(column.code(row));
                form.map_or(Key::None, |form| Key::Text(form.as_bytes()))
            }
            _ => {
                let column = Text::of(field).map(|text| self.text(text));
                column.and_then(|column| column.get(row)).map_or(Key::None, Key::Text)
            }
        }
    }

    /// The order of the rows by a field.
    pub fn order(&self, field: Field) -> &Order {
        self.orders[field as usize].get_or_init(|| self.sort(field))
    }

    fn sort(&self, field: Field) -> Order {
        let rows = self.rows() as u32;
        let (ascending, values) = match Text::of(field) {
            Some(text) => {
                let column = self.text(text);
                let mut rows: Vec<u32> = Vec::with_capacity(self.rows());
                rows.extend((0..column.len()).map(|rank| column.row(rank) as u32));
                let mut absent = column.present(self.rows());
                absent.invert();
                rows.extend(absent.iter().map(|row| row as u32));
                (rows, column.len())
            }
            None if field.kind() == Kind::Keyword => {
                let column = self.keyword(field);
                let places = column.dictionary.places();
                let mut order: Vec<(u32, u32)> = (0..rows)
                    .map(|row| (places[column.code(row as usize) as usize], row))
                    .collect();
                order.sort_unstable();
                let values = order.partition_point(|(place, _)| *place != u32::MAX);
                (order.into_iter().map(|(_, row)| row).collect(), values)
            }
            None => {
                let column = self.integer(field);
                let mut order: Vec<(i64, u32)> =
                    (0..rows).map(|row| (column.get(row as usize), row)).collect();
                // No value comes last: it is the smallest number.
                order.sort_unstable_by_key(|(value, row)| (value.wrapping_sub(1), *row));
                let values = order.partition_point(|(value, _)| *value != NULL);
                (order.into_iter().map(|(_, row)| row).collect(), values)
            }
        };
        self.number(field, ascending, values)
    }

    fn number(&self, field: Field, ascending: Vec<u32>, values: usize) -> Order {
        let mut places = vec![u32::MAX; self.rows()];
        let mut descending = Vec::with_capacity(self.rows());
        // Where each run of equal keys begins.
        let mut runs = Vec::new();
        let mut before = Key::None;
        for (at, row) in ascending[..values].iter().enumerate() {
            let key = self.key(field, *row as usize);
            // An erased text lies between texts that may be equal.
            let erased = self.is_erased(*row as usize);
            if (key != before && !erased) || runs.is_empty() {
                runs.push(at);
                before = key;
            }
            places[*row as usize] = runs.len() as u32 - 1;
        }
        let mut end = values;
        for start in runs.into_iter().rev() {
            descending.extend_from_slice(&ascending[start..end]);
            end = start;
        }
        descending.extend_from_slice(&ascending[values..]);
        Order { ascending, descending, places }
    }
}
