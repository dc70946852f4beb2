//! The table as people read it: two grids, and the reasons of the pairs that cannot be.

use std::{collections::BTreeMap, fmt};

use super::{RunIs, StepIs, Table, Told, Visits, impossible};

/// The letters of columns and reasons.
const LETTERS: &[u8; 26] = b"abcdefghijklmnopqrstuvwxyz";

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reasons = Reasons::default();
        writeln!(formatter, "what a machine is told, by how the step is that it is about")?;
        let step = |told, is| cell(self.steps.get(&(told, is)), impossible::of_step(told, is));
        grid(formatter, StepIs::ALL, &step, &mut reasons)?;
        writeln!(formatter, "\nwhat a machine is told, by how its run is")?;
        let run = |told, is| cell(self.runs.get(&(told, is)), impossible::of_run(told, is));
        grid(formatter, RunIs::ALL, &run, &mut reasons)?;
        let (unvisited, firsts) = (self.unvisited(), self.firsts());
        writeln!(formatter, "\nnot seen: {}", unvisited.len())?;
        unvisited.iter().try_for_each(|pair| writeln!(formatter, "  {pair}"))?;
        writeln!(formatter, "worlds that were the first to show a pair: {firsts:?}")?;
        writeln!(formatter, "\na number says how often; a letter why it cannot be")?;
        reasons.0.iter().try_for_each(|(reason, letter)| writeln!(formatter, "  -{letter}  {reason}"))
    }
}

/// What stands in a cell.
enum Cell {
    Seen(u64),
    Unseen,
    Impossible(&'static str),
}

/// The reasons so far, each with its letter.
#[derive(Default)]
struct Reasons(Vec<(&'static str, char)>);

impl Reasons {
    fn letter(&mut self, reason: &'static str) -> char {
        if let Some((_, letter)) = self.0.iter().find(|(known, _)| *known == reason) {
            return *letter;
        }
        let letter = char::from(LETTERS[self.0.len()]);
        self.0.push((reason, letter));
        letter
    }
}

fn cell(visits: Option<&Visits>, reason: Option<&'static str>) -> Cell {
    match (visits, reason) {
        (Some(visits), _) => Cell::Seen(visits.count),
        (None, Some(reason)) => Cell::Impossible(reason),
        (None, None) => Cell::Unseen,
    }
}

fn grid<Is: Copy + fmt::Display>(
    formatter: &mut fmt::Formatter<'_>,
    columns: &[Is],
    cell: &dyn Fn(Told, Is) -> Cell,
    reasons: &mut Reasons,
) -> fmt::Result {
    let letters = LETTERS.iter().map(|letter| char::from(letter.to_ascii_uppercase()));
    let letters: BTreeMap<usize, char> = letters.enumerate().collect();
    for (number, is) in columns.iter().enumerate() {
        writeln!(formatter, "  {}  {is}", letters[&number])?;
    }
    write!(formatter, "{:36}", "")?;
    (0..columns.len()).try_for_each(|number| write!(formatter, "{:>5}", letters[&number]))?;
    for told in Told::ALL {
        write!(formatter, "\n{told:36}")?;
        for is in columns {
            let text = match cell(*told, *is) {
                Cell::Seen(count) => short(count),
                Cell::Unseen => "?".to_owned(),
                Cell::Impossible(reason) => format!("-{}", reasons.letter(reason)),
            };
            write!(formatter, "{text:>5}")?;
        }
    }
    writeln!(formatter)
}

fn short(count: u64) -> String {
    match count {
        0..=9999 => count.to_string(),
        10_000..=9_999_999 => format!("{}k", count / 1000),
        _ => format!("{}M", count / 1_000_000),
    }
}
