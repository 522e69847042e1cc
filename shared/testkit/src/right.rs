//! Rights that calls require, and the shapes of keys.

/// A right that a call requires, as in IAM.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// `dynamodb:PutItem`, `s3:GetObject` …; a transaction has one for each of its parts.
    pub action: String,
    /// The resource: `accounts`, `accounts/users-by-email` (an index), `s3:files`,
    /// `s3:files/users/1/avatar/2.png`, `sqs:mail`, `ssm:session`.
    pub on: String,
    /// The partition key; for a query, every value in its condition; for a bucket's list, the
    /// prefix.
    pub leading: Vec<String>,
}

/// The table's short name, without the prefix of the local stack.
pub(crate) fn short(table: &str) -> &str {
    table.rsplit('-').next().unwrap_or(table)
}

/// A key without ids, times and addresses: `USER#usr_01…` becomes `USER#*`.
pub(crate) fn shape(text: &str) -> String {
    let capitals = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase());
    let lower = |part: &str| {
        part.len() > 1
            && part.len() < 20
            && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
    };
    text.split('#')
        .map(|part| if capitals(part) || lower(part) { part.to_owned() } else { "*".to_owned() })
        .collect::<Vec<_>>()
        .join("#")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_contains_no_id() {
        assert_eq!(shape("USER#usr_01ARZ3NDEKTSV4RRFFQ69G5FAV"), "USER#*");
        assert_eq!(shape("PRINCIPAL"), "PRINCIPAL");
        assert_eq!(shape("2026-11-20T16:00:00.000Z#aud_01ARZ3NDEKTSV4RRFFQ69G5FAV"), "*#*");
        assert_eq!(shape("COUNT#users"), "COUNT#users");
    }
}
