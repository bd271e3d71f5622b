//! Letters: the two weights of the receipt's typeface, how wide a text is in them, and where it breaks.
//!
//! Lengths are in twentieths of a point, whole numbers: no layout of ours is a matter of rounding.
use std::sync::LazyLock;

use rustybuzz::{Direction, Face, UnicodeBuffer};

/// What is longer is no name of anything; the rest of it is left out.
const MOST_LINES: usize = 8;
/// The same, before it is measured.
const MOST_LETTERS: usize = 400;

/// How strong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

impl Weight {
    /// The font file.
    pub(super) fn file(self) -> &'static [u8] {
        match self {
            Self::Regular => include_bytes!("../font/NotoSans-Regular.ttf"),
            Self::SemiBold => include_bytes!("../font/NotoSans-SemiBold.ttf"),
        }
    }

    fn face(self) -> Option<&'static Face<'static>> {
        static REGULAR: LazyLock<Option<Face<'static>>> =
            LazyLock::new(|| Face::from_slice(Weight::Regular.file(), 0));
        static SEMIBOLD: LazyLock<Option<Face<'static>>> =
            LazyLock::new(|| Face::from_slice(Weight::SemiBold.file(), 0));
        match self {
            Self::Regular => REGULAR.as_ref(),
            Self::SemiBold => SEMIBOLD.as_ref(),
        }
    }
}

/// A weight in a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Type {
    pub(super) weight: Weight,
    pub(super) size: i32,
}

impl Type {
    /// From one baseline to the next.
    pub(super) fn leading(self) -> i32 {
        self.size * 7 / 5
    }

    /// How wide `text` is on one line.
    pub(super) fn width(self, text: &str) -> i32 {
        runs(text).into_iter().map(|run| self.run_width(run)).sum()
    }

    /// How wide one of its [`runs`] is.
    pub(super) fn run_width(self, run: &str) -> i32 {
        let Some(face) = self.weight.face() else { return 0 };
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(run);
        buffer.guess_segment_properties();
        buffer.set_direction(Direction::LeftToRight);
        let shaped = rustybuzz::shape(face, &[], buffer);
        let advance: i64 = shaped.glyph_positions().iter().map(|glyph| i64::from(glyph.x_advance)).sum();
        i32::try_from(advance * i64::from(self.size) / i64::from(face.units_per_em())).unwrap_or(i32::MAX)
    }

    /// The largest type of this weight, at most this size, in which `text` is no wider than `width`.
    pub(super) fn fitting(self, text: &str, width: i32) -> Self {
        let is = self.width(text).max(1);
        if is <= width { self } else { Self { size: (self.size * width / is).max(1), ..self } }
    }

    /// `text` in lines of at most `width`, broken between words, and within a word that is wider than a line.
    pub(super) fn lines(self, text: &str, width: i32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        let text = seen(text);
        for word in text.split_whitespace() {
            let mut word = word;
            while !word.is_empty() && lines.len() <= MOST_LINES {
                let space = if line.is_empty() { "" } else { " " };
                if self.width(&format!("{line}{space}{word}")) <= width {
                    line = format!("{line}{space}{word}");
                    break;
                }
                if line.is_empty() {
                    let (head, rest) = word.split_at(self.fits(word, width));
                    line.push_str(head);
                    word = rest;
                }
                lines.push(std::mem::take(&mut line));
            }
        }
        lines.push(line);
        if lines.len() > MOST_LINES {
            lines.truncate(MOST_LINES);
            lines.iter_mut().skip(MOST_LINES - 1).for_each(|last| last.push('…'));
        }
        lines
    }

    /// How many bytes of `word` fit on a line; at least its first letter.
    fn fits(self, word: &str, width: i32) -> usize {
        let ends: Vec<usize> = word.char_indices().map(|(at, letter)| at + letter.len_utf8()).collect();
        let fitting =
            ends.partition_point(|end| word.get(..*end).is_some_and(|head| self.width(head) <= width));
        ends.get(fitting.saturating_sub(1)).copied().unwrap_or(word.len())
    }
}

/// What is to be seen of `text`: no control, and none of the marks that only steer others. Joiners stay where they join.
fn seen(text: &str) -> String {
    let mut joins = false;
    let shown = |letter: char| {
        let joined = joins && matches!(letter, '\u{200c}' | '\u{200d}');
        joins = matches!(letter, '\u{900}'..='\u{97f}') || joined;
        match letter {
            '\u{200c}' | '\u{200d}' => joined.then_some(letter),
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => None,
            '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}' => None,
            _ if letter.is_control() => Some(' '),
            _ => Some(letter),
        }
    };
    let more = text.chars().nth(MOST_LETTERS).map(|_| '…');
    text.chars().take(MOST_LETTERS).chain(more).filter_map(shown).collect()
}

/// The parts of `text` that are each of one script, as far as it matters here: Devanagari is joined by rules of its own.
pub(super) fn runs(text: &str) -> Vec<&str> {
    let is_joined = |letter: char| matches!(letter, '\u{900}'..='\u{97f}' | '\u{200c}' | '\u{200d}');
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let joined = is_joined(first);
        let end = rest.find(|letter| is_joined(letter) != joined).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        runs.push(run);
        rest = after;
    }
    runs
}
