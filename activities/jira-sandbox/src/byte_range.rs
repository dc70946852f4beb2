//! The `Range` of a download: which bytes of an attachment are asked for. Pure.

/// What a `Range` header means for content of some size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteRange {
    /// Everything: there is no header, or one in a unit other than bytes, or of several ranges, which HTTP lets a server
    /// leave aside.
    Whole,
    /// From the first byte to the last, both counted from 0.
    Part {
        /// The first byte.
        first: u64,
        /// The last byte.
        last: u64,
    },
    /// The header cannot be read: 400. \[SPEC\]
    Malformed,
    /// The content has no such bytes: 416. \[SPEC\]
    Unsatisfiable,
}

impl ByteRange {
    /// Reads a header against content of `size` bytes.
    pub(crate) fn of(header: Option<&str>, size: u64) -> Self {
        let Some(ranges) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else { return Self::Whole };
        if ranges.contains(',') {
            return Self::Whole;
        }
        let number = |text: &str| if text.is_empty() { Ok(None) } else { text.parse::<u64>().map(Some) };
        let Some((first, last)) = ranges.trim().split_once('-') else { return Self::Malformed };
        match (number(first), number(last)) {
            (Ok(Some(first)), Ok(last)) if last.is_none_or(|last| first <= last) => {
                let last = last.unwrap_or(u64::MAX).min(size.saturating_sub(1));
                if first < size { Self::Part { first, last } } else { Self::Unsatisfiable }
            }
            (Ok(None), Ok(Some(length))) if length > 0 && size > 0 => {
                Self::Part { first: size.saturating_sub(length), last: size - 1 }
            }
            (Ok(None), Ok(Some(_))) => Self::Unsatisfiable,
            _ => Self::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_ten_bytes_and_of_none() {
        let part = |first, last| ByteRange::Part { first, last };
        for (header, size, expected) in [
            (None, 10, ByteRange::Whole),
            (Some("bytes=0-3"), 10, part(0, 3)),
            (Some("bytes=3-"), 10, part(3, 9)),
            (Some("bytes=3-99"), 10, part(3, 9)),
            (Some("bytes=9-9"), 10, part(9, 9)),
            (Some("bytes=-4"), 10, part(6, 9)),
            (Some("bytes=-40"), 10, part(0, 9)),
            (Some("bytes=10-"), 10, ByteRange::Unsatisfiable),
            (Some("bytes=-0"), 10, ByteRange::Unsatisfiable),
            (Some("bytes=0-"), 0, ByteRange::Unsatisfiable),
            (Some("bytes=-5"), 0, ByteRange::Unsatisfiable),
            (Some("bytes=5-3"), 10, ByteRange::Malformed),
            (Some("bytes=-"), 10, ByteRange::Malformed),
            (Some("bytes=a-b"), 10, ByteRange::Malformed),
            (Some("bytes=7"), 10, ByteRange::Malformed),
            (Some("bytes=0-1,3-4"), 10, ByteRange::Whole),
            (Some("lines=0-1"), 10, ByteRange::Whole),
        ] {
            assert_eq!(ByteRange::of(header, size), expected, "{header:?} of {size}");
        }
    }
}
