//! How many typing mistakes lie between two words.

/// How many mistakes a word of that many characters may have: none below four, one below eight, two
/// from there.
pub const fn allowed_edits(characters: usize) -> usize {
    match characters {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// The number of mistakes between two words, if it is at most `limit`, which is 2 or less. A
/// mistake is a wrong, missing or additional character, or two neighbours exchanged (the optimal
/// string alignment distance).
pub fn edits<C: PartialEq + Copy>(one: &[C], other: &[C], limit: usize) -> Option<usize> {
    if one.len().abs_diff(other.len()) > limit {
        return None;
    }
    // What both begin and end with needs no comparison.
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[same..], &other[same..]);
    let same = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[..one.len() - same], &other[..other.len() - same]);
    if one.is_empty() || other.is_empty() {
        let edits = one.len().max(other.len());
        return (edits <= limit).then_some(edits);
    }
    // Rows of the matrix, of which only the cells within `limit` of the diagonal matter.
    let far = limit + 1;
    let width = other.len() + 1;
    let mut before = vec![far; width];
    let mut above: Vec<usize> = (0..width).map(|column| column.min(far)).collect();
    let mut row = vec![far; width];
    for (i, a) in one.iter().enumerate() {
        let from = (i + 1).saturating_sub(limit).max(1);
        let to = (i + 1 + limit).min(other.len());
        row.fill(far);
        row[0] = (i + 1).min(far);
        for j in from..=to {
            let b = &other[j - 1];
            let mut cost =
                (above[j - 1] + usize::from(a != b)).min(above[j] + 1).min(row[j - 1] + 1);
            if i > 0 && j > 1 && *a == other[j - 2] && one[i - 1] == *b {
                cost = cost.min(before[j - 2] + 1);
            }
            row[j] = cost.min(far);
        }
        (before, above, row) = (above, row, before);
    }
    Some(above[width - 1]).filter(|edits| *edits <= limit)
}

/// Whether a text begins with something that has at most one mistake compared with a word.
pub fn begins_with_one_edit(text: &[u8], word: &[u8]) -> bool {
    let same = text.iter().zip(word).take_while(|(a, b)| a == b).count();
    let (text, word) = (&text[same..], &word[same..]);
    let Some((_, after)) = word.split_first() else { return true };
    // Missing in the text, wrong in the text, additional in the text, exchanged.
    text.starts_with(after)
        || text.get(1..).is_some_and(|rest| {
            rest.starts_with(after)
                || rest.starts_with(word)
                || (word.len() > 1
                    && text.len() > 1
                    && text[0] == word[1]
                    && text[1] == word[0]
                    && text[2..].starts_with(&word[2..]))
        })
}

/// Whether a text ends with something that has at most one mistake compared with a word.
pub fn ends_with_one_edit(text: &[u8], word: &[u8]) -> bool {
    let from = text.len().saturating_sub(word.len() + 1);
    let backwards = |bytes: &[u8]| bytes.iter().rev().copied().collect::<Vec<u8>>();
    begins_with_one_edit(&backwards(&text[from..]), &backwards(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The distance by its definition.
    fn plain(one: &[u8], other: &[u8]) -> usize {
        match (one.split_last(), other.split_last()) {
            (None, _) => other.len(),
            (_, None) => one.len(),
            (Some((a, one_rest)), Some((b, other_rest))) => {
                let mut best = plain(one_rest, other_rest) + usize::from(a != b);
                best = best.min(plain(one_rest, other) + 1).min(plain(one, other_rest) + 1);
                if let (Some((c, one_rest)), Some((d, other_rest))) =
                    (one_rest.split_last(), other_rest.split_last())
                    && a == d
                    && b == c
                {
                    best = best.min(plain(one_rest, other_rest) + 1);
                }
                best
            }
        }
    }

    fn words(letters: &[u8], longest: usize) -> Vec<Vec<u8>> {
        let mut words = vec![Vec::new()];
        let mut from = 0;
        for _ in 0..longest {
            let to = words.len();
            for at in from..to {
                for letter in letters {
                    let mut word = words[at].clone();
                    word.push(*letter);
                    words.push(word);
                }
            }
            from = to;
        }
        words
    }

    #[test]
    fn the_distance_is_that_of_its_definition() {
        let words = words(b"abc", 4);
        for one in &words {
            for other in words.iter().step_by(3) {
                let distance = plain(one, other);
                for limit in 0..3 {
                    let expected = (distance <= limit).then_some(distance);
                    assert_eq!(edits(one, other, limit), expected, "{one:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn a_mistake_inside_a_text_is_found() {
        let words = words(b"ab", 5);
        for text in &words {
            for word in words.iter().filter(|word| word.len() == 3) {
                let begins = (0..=text.len()).any(|end| plain(&text[..end], word) <= 1);
                assert_eq!(begins_with_one_edit(text, word), begins, "{text:?} {word:?}");
                let ends = (0..=text.len()).any(|start| plain(&text[start..], word) <= 1);
                assert_eq!(ends_with_one_edit(text, word), ends, "{text:?} {word:?}");
            }
        }
    }
}
