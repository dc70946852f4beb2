//! Numbers in as few bytes as they need: seven bits in each, the lowest first; the eighth says that more follow.

/// Appends a number.
pub(super) fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes a number from the front; `None` if there is none.
pub(super) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let byte = *bytes.split_off_first()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Takes so many bytes from the front, as a number before them says.
pub(super) fn take_counted<'bytes>(bytes: &mut &'bytes [u8]) -> Option<&'bytes [u8]> {
    let count = usize::try_from(take(bytes)?).ok()?;
    bytes.split_off(..count)
}

/// Appends bytes, with their count before them.
pub(super) fn put_counted(bytes: &mut Vec<u8>, counted: &[u8]) {
    put(bytes, counted.len() as u64);
    bytes.extend_from_slice(counted);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_comes_back_and_no_part_of_it_does() {
        for number in [0, 1, 127, 128, 300, 1 << 35, u64::MAX] {
            let mut bytes = Vec::new();
            put(&mut bytes, number);
            let mut whole = &bytes[..];
            assert_eq!((take(&mut whole), whole), (Some(number), &[][..]));
            assert_eq!(take(&mut &bytes[..bytes.len() - 1]), None);
        }
        assert_eq!(take(&mut &[0xff; 11][..]), None);
        assert_eq!(take_counted(&mut &[5, 1, 2][..]), None);
    }
}
