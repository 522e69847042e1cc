//! The column of enrolments: for each row a list of program, type, status and progress.

use super::{
    Bits, Dictionary, Origin,
    list::{read_lengths, write_lengths},
};
use crate::{
    Enrollment, EnrollmentTest, TextTest,
    codec::{DecodeError, Reader, Writer},
};

/// The enrolments of each row.
#[derive(Debug, Clone, Default)]
pub(crate) struct EnrollmentColumn {
    programs: Dictionary,
    types: Dictionary,
    statuses: Dictionary,
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

/// An enrolment by the codes of its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    program: u32,
    kind: u16,
    status: u16,
    progress: u16,
}

impl EnrollmentColumn {
    pub fn build(lists: &[&[Enrollment]]) -> Self {
        let all = || lists.iter().copied().flatten();
        let (programs, program) = Dictionary::collect(all().map(|e| e.program_id.as_str()));
        let (types, kind) = Dictionary::collect(all().map(|e| e.program_type.as_str()));
        let (statuses, status) = Dictionary::collect(all().map(|e| e.status.as_str()));
        let mut column = Self { programs, types, statuses, starts: vec![0], entries: Vec::new() };
        for list in lists {
            let from = column.entries.len();
            column.entries.extend(list.iter().map(|enrollment| Entry {
                program: program.get(enrollment.program_id.as_str()).copied().unwrap_or(0),
                kind: kind.get(enrollment.program_type.as_str()).copied().unwrap_or(0) as u16,
                status: status.get(enrollment.status.as_str()).copied().unwrap_or(0) as u16,
                progress: enrollment.progress,
            }));
            column.entries[from..].sort_unstable();
            column.starts.push(column.entries.len() as u32);
        }
        column.tidy()
    }

    fn tidy(self) -> Self {
        if self.entries.is_empty() { Self::default() } else { self }
    }

    pub fn merge(parts: &[&Self], order: &[Origin]) -> Self {
        let column = |of: fn(&Self) -> &Dictionary, code: fn(&Entry) -> usize| {
            let dictionaries: Vec<&Dictionary> = parts.iter().map(|part| of(part)).collect();
            let mut used: Vec<Vec<bool>> =
                dictionaries.iter().map(|dictionary| vec![false; dictionary.codes()]).collect();
            for (part, row) in order {
                for entry in parts[*part as usize].get(*row as usize) {
                    used[*part as usize][code(entry)] = true;
                }
            }
            Dictionary::merge(&dictionaries, &used)
        };
        let (programs, program) = column(|part| &part.programs, |entry| entry.program as usize);
        let (types, kind) = column(|part| &part.types, |entry| usize::from(entry.kind));
        let (statuses, status) = column(|part| &part.statuses, |entry| usize::from(entry.status));
        let mut merged = Self { programs, types, statuses, starts: vec![0], entries: Vec::new() };
        for (part, row) in order {
            let from = merged.entries.len();
            let part = *part as usize;
            merged.entries.extend(parts[part].get(*row as usize).iter().map(|entry| Entry {
                program: program[part][entry.program as usize],
                kind: kind[part][usize::from(entry.kind)] as u16,
                status: status[part][usize::from(entry.status)] as u16,
                progress: entry.progress,
            }));
            merged.entries[from..].sort_unstable();
            merged.starts.push(merged.entries.len() as u32);
        }
        merged.tidy()
    }

    fn get(&self, row: usize) -> &[Entry] {
        match self.starts.get(row..row + 2) {
            Some(range) => &self.entries[range[0] as usize..range[1] as usize],
            None => &[],
        }
    }

    /// The rows with any enrolment.
    pub fn present(&self, rows: usize) -> Bits {
        Bits::from_fn(rows, |row| !self.get(row).is_empty())
    }

    /// The rows of a set with an enrolment that passes a test.
    pub fn select(&self, within: &Bits, test: &EnrollmentTest) -> Bits {
        if self.entries.is_empty() {
            return Bits::none(within.len());
        }
        let marked = |dictionary: &Dictionary, values: &Option<Vec<String>>| match values {
            Some(values) => dictionary.matching(TextTest::Equal, values),
            None => vec![true; dictionary.codes()],
        };
        let programs = marked(&self.programs, &test.program_ids);
        let types = marked(&self.types, &test.program_types);
        let statuses = marked(&self.statuses, &test.statuses);
        let progress = test.min_progress.unwrap_or(0)..=test.max_progress.unwrap_or(u16::MAX);
        let passes = |entry: &Entry| {
            progress.contains(&entry.progress)
                && statuses[usize::from(entry.status)]
                && types[usize::from(entry.kind)]
                && programs[entry.program as usize]
        };
        within.refine(|row| self.get(row).iter().any(passes))
    }

    pub fn encode(&self, writer: &mut Writer) {
        for dictionary in [&self.programs, &self.types, &self.statuses] {
            dictionary.encode(writer);
        }
        write_lengths(writer, &self.starts);
        let planes: [fn(&Entry) -> u64; 4] = [
            |entry| entry.program.into(),
            |entry| entry.kind.into(),
            |entry| entry.status.into(),
            |entry| entry.progress.into(),
        ];
        for plane in planes {
            writer.planes(&self.entries.iter().map(plane).collect::<Vec<_>>());
        }
    }

    pub fn decode(reader: &mut Reader<'_>, rows: usize, limit: usize) -> Result<Self, DecodeError> {
        let programs = Dictionary::decode(reader)?;
        let types = Dictionary::decode(reader)?;
        let statuses = Dictionary::decode(reader)?;
        if types.codes().max(statuses.codes()) > 1 << 16 {
            return Err(DecodeError::Inconsistent("the types of enrolments"));
        }
        let (starts, count) = read_lengths(reader, rows, limit)?;
        let program = programs.read_codes(reader, count)?;
        let kind = types.read_codes(reader, count)?;
        let status = statuses.read_codes(reader, count)?;
        let progress = reader.planes(count)?;
        let mut entries = Vec::with_capacity(count);
        for at in 0..count {
            let (kind, status) = (kind[at] as u16, status[at] as u16);
            let progress = u16::try_from(progress[at]);
            let progress = progress.map_err(|_| DecodeError::Inconsistent("a progress"))?;
            entries.push(Entry { program: program[at], kind, status, progress });
        }
        Ok(Self { programs, types, statuses, starts, entries }.tidy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_enrolment_must_meet_all_conditions() {
        let enrollment = |program: &str, status: &str, progress| Enrollment {
            program_id: program.to_owned(),
            program_type: "course".to_owned(),
            status: status.to_owned(),
            progress,
        };
        let list = [enrollment("A", "completed", 10_000), enrollment("B", "active", 1_000)];
        let column = EnrollmentColumn::build(&[&[], &list]);
        let mut writer = Writer::default();
        column.encode(&mut writer);
        let read = EnrollmentColumn::decode(&mut Reader::new(&writer.bytes), 2, 1_000);
        let read = read.expect("whole");
        let merged = EnrollmentColumn::merge(&[&column], &[(0, 0), (0, 1)]);
        let some = |text: &str| Some(vec![text.to_owned()]);
        for column in [column, read, merged] {
            let count = |test| column.select(&Bits::all(2), &test).count();
            let program = EnrollmentTest { program_ids: some("B"), ..Default::default() };
            assert_eq!(count(EnrollmentTest { statuses: some("active"), ..program.clone() }), 1);
            assert_eq!(count(EnrollmentTest { statuses: some("completed"), ..program.clone() }), 0);
            assert_eq!(count(EnrollmentTest { min_progress: Some(5_000), ..program.clone() }), 0);
            assert_eq!(count(EnrollmentTest { max_progress: Some(5_000), ..program }), 1);
            assert_eq!(column.present(2).iter().collect::<Vec<_>>(), [1]);
        }
    }
}
