//! What a walk says of logs that are made by hand.

use std::{fs, io::Write as _};

use tempfile::TempDir;

use super::{
    crafted::{BATCH, BLOB, LENGTH, SECOND, after, broken, cap, data, filling, message, segment},
    segment::HEADER,
    *,
};

/// A store whose log was made by hand.
struct Store(TempDir);

impl Store {
    fn of(segments: &[Vec<u8>]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("blobs")).unwrap();
        File::create(directory.path().join("db")).unwrap().write_all(&segments.concat()).unwrap();
        Self(directory)
    }

    fn walk(&self, snapshot: Option<Snapshot>) -> Result<LogWalk, String> {
        let log = File::open(self.0.path().join("db")).unwrap();
        walk(self.0.path(), &log, snapshot).map_err(|failure| match failure {
            Failure::Io(error) => panic!("{error}"),
            Failure::Damaged(words) => words,
        })
    }
}

fn walk_of(segments: &[Vec<u8>]) -> LogWalk {
    Store::of(segments).walk(None).unwrap()
}

/// A log that goes on in the segment at `place`.
fn ends(stable: i64, place: u64) -> LogWalk {
    LogWalk { stable: Some(stable), segment: Some(place), capped: false, holes: Vec::new() }
}

#[test]
fn a_log_ends_behind_its_last_whole_message() {
    let first = [data(0, 100), data(0, 5000), cap(0)];
    let second = [data(1, 20), data(1, 700)];
    let both = |second: &[Vec<u8>]| [segment(0, 0, &first), segment(LENGTH, LENGTH, second)];
    let empty = LogWalk { stable: None, segment: None, capped: false, holes: Vec::new() };
    assert_eq!((walk_of(&[]), empty.end(), empty.whole()), (empty.clone(), 0, 0));
    let walk = walk_of(&both(&second));
    assert_eq!(walk, ends(LENGTH + after(&second), SECOND));
    assert_eq!((walk.end(), walk.whole()), (LENGTH + after(&second), LENGTH + after(&second)));
    // What is not right at the end was never finished: whether it should be there the note knows.
    let torn = [second[0].clone(), broken(second[1].clone())];
    assert_eq!(walk_of(&both(&torn)), ends(LENGTH + after(&second[..1]), SECOND));
    let of_another = [second[0].clone(), data(4, 700)];
    assert_eq!(walk_of(&both(&of_another)), ends(LENGTH + after(&second[..1]), SECOND));
}

#[test]
fn a_closed_segment_counts_as_written_to_its_last_byte() {
    let messages = [data(0, 100), cap(0)];
    let walk = walk_of(&[segment(0, 0, &messages)]);
    assert_eq!(walk, LogWalk { capped: true, ..ends(after(&messages[..1]), 0) });
    assert_eq!((walk.end(), walk.whole()), (after(&messages[..1]), LENGTH));
    // No message fits into the last bytes.
    for room in [0, 31, 32] {
        let full = [data(0, 100), filling(0, data(0, 100).len(), room)];
        let walk = walk_of(&[segment(0, 0, &full)]);
        assert_eq!(walk, LogWalk { stable: Some(LENGTH), segment: None, ..ends(0, 0) }, "{room} bytes are left");
        assert_eq!((walk.end(), walk.whole()), (LENGTH, LENGTH));
    }
    let nearly = [data(0, 100), filling(0, data(0, 100).len(), 33)];
    assert_eq!(walk_of(&[segment(0, 0, &nearly)]), ends(LENGTH - 33, 0));
}

#[test]
fn damage_before_the_end_is_a_hole() {
    let first = [data(0, 100), broken(data(0, 5000)), data(0, 40), cap(0)];
    let second = [data(1, 20)];
    let walk = walk_of(&[segment(0, 0, &first), segment(LENGTH, LENGTH, &second)]);
    assert_eq!(walk, LogWalk { holes: vec![after(&first[..1]) as u64], ..ends(LENGTH + after(&second), SECOND) });
}

/// A crash may leave a segment that was freed and half used anew: messages from behind the end lie where its old ones stop.
#[test]
fn what_a_crash_leaves_of_a_segment_that_is_used_anew_is_no_hole() {
    let used_anew = [data(0, 100), data(2, 300)];
    let second = [data(1, 20)];
    let walk = walk_of(&[segment(0, 0, &used_anew), segment(LENGTH, LENGTH, &second)]);
    assert_eq!(walk, ends(LENGTH + after(&second), SECOND));
    // Without a header too.
    let mut headless = segment(0, 0, &[data(2, 300)]);
    headless[..HEADER].fill(0);
    let log = [headless, segment(LENGTH, LENGTH, &second)];
    assert_eq!(walk_of(&log), ends(LENGTH + after(&second), SECOND));
}

#[test]
fn a_lost_header_is_a_hole_where_messages_are_lost_with_it() {
    let second = [data(1, 20)];
    let mut headless = segment(0, 0, &[data(0, 300), data(0, 20)]);
    headless[5] ^= 1;
    let last = segment(LENGTH, LENGTH, &second);
    let end = ends(LENGTH + after(&second), SECOND);
    assert_eq!(walk_of(&[headless.clone(), last.clone()]), LogWalk { holes: vec![0], ..end.clone() });
    // A copy of them is elsewhere.
    let copied = [headless, last.clone(), segment(0, 0, &[data(0, 300), cap(0)])];
    assert_eq!(walk_of(&copied), end);
    // Nothing was ever written there.
    assert_eq!(walk_of(&[vec![0; SEGMENT], last]), end);
}

#[test]
fn a_missing_segment_ends_the_log() {
    let first = [data(0, 100), cap(0)];
    let walk = walk_of(&[segment(0, 0, &first), segment(2 * LENGTH, 0, &[data(2, 20)])]);
    assert_eq!(walk, LogWalk { capped: true, ..ends(after(&first[..1]), 0) });
}

#[test]
fn two_segments_with_one_position_are_damage() {
    let log = [segment(0, 0, &[data(0, 20)]), segment(0, 0, &[data(0, 30)])];
    let error = Store::of(&log).walk(None).unwrap_err();
    assert_eq!(error, "two parts of `db` claim the same place in its log");
}

#[test]
fn a_batch_counts_only_as_a_whole() {
    let before = [data(0, 100)];
    for (last, counts) in [(0, true), (1, false)] {
        let batch = message(BATCH, 0, &0_i64.to_le_bytes());
        let end = after(&before) + (batch.len() + data(0, 20).len()) as i64;
        let batch = message(BATCH, 0, &(end - 1 + last).to_le_bytes());
        let messages = [before[0].clone(), batch, data(0, 20)];
        let end = if counts { end } else { after(&before) };
        assert_eq!(walk_of(&[segment(0, 0, &messages)]), ends(end, 0), "up to {last}");
    }
}

#[test]
fn a_blob_that_is_damaged_ends_the_log_and_one_that_is_missing_does_not() {
    let messages = [data(0, 100), message(BLOB, 0, &9_i64.to_le_bytes()), data(0, 20)];
    let (whole, cut) = (ends(after(&messages), 0), ends(after(&messages[..1]), 0));
    let content = b"content";
    let right = [&crc32fast::hash(content).to_le_bytes()[..], content].concat();
    let wrong = [&right[..], b"more"].concat();
    let store = Store::of(&[segment(0, 0, &messages)]);
    assert_eq!(store.walk(None).unwrap(), whole, "missing");
    for (bytes, walk) in [(&right[..], &whole), (&wrong, &cut), (&right[..4], &cut), (&[0; 4], &cut), (&[], &cut)] {
        fs::write(store.0.path().join("blobs/9"), bytes).unwrap();
        assert_eq!(store.walk(None).unwrap(), *walk, "{bytes:?}");
    }
}

#[test]
fn a_walk_begins_with_the_segment_in_which_the_snapshot_ends() {
    let (first, second) = ([broken(data(0, 300))], [data(1, 20), data(1, 30)]);
    let store = Store::of(&[segment(0, 0, &first), segment(LENGTH, LENGTH, &second)]);
    let end = LENGTH + after(&second);
    let at = |end| Some(Snapshot { end, segment: Some(SECOND) });
    assert_eq!(store.walk(at(LENGTH + after(&second[..1]))).unwrap(), ends(end, SECOND));
    assert_eq!(store.walk(at(end)).unwrap(), ends(end, SECOND));
    assert_eq!(store.walk(at(end + 1)).unwrap_err(), "its log ends before its snapshot");
    // Nothing came after it, and its segment was not begun.
    let next = Some(Snapshot { end: 2 * LENGTH, segment: None });
    assert_eq!(store.walk(next).unwrap(), LogWalk { stable: Some(2 * LENGTH), segment: None, ..ends(0, 0) });
}

#[test]
fn a_file_that_is_cut_within_a_segment_that_is_not_walked_has_a_hole() {
    let old = [data(0, 300), data(0, 4000), cap(0)];
    let new = [data(1, 20)];
    let log = [segment(LENGTH, LENGTH, &new), segment(0, 0, &old)];
    let snapshot = Some(Snapshot { end: LENGTH + after(&new), segment: Some(0) });
    let end = ends(LENGTH + after(&new), 0);
    let cut_to = |length: u64| {
        let store = Store::of(&log);
        File::options().write(true).open(store.0.path().join("db")).unwrap().set_len(SECOND + length).unwrap();
        store.walk(snapshot).unwrap()
    };
    let whole = after(&old) as u64;
    for length in [0, whole, SECOND] {
        assert_eq!(cut_to(length), end, "{length} bytes");
    }
    let hole = |place: u64| LogWalk { holes: vec![SECOND + place], ..end.clone() };
    for length in [1, HEADER as u64 - 1] {
        assert_eq!(cut_to(length), hole(0), "{length} bytes");
    }
    for length in [whole - 400, HEADER as u64 + data(0, 300).len() as u64 + 200] {
        assert_eq!(cut_to(length), hole(after(&old[..1]) as u64), "{length} bytes");
    }
}
