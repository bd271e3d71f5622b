//! Sheets of A4 and what stands on them, in twentieths of a point from the upper left corner.
use super::letter::Type;

/// A4.
pub(super) const WIDTH: i32 = 11_906;
/// A4.
pub(super) const HEIGHT: i32 = 16_838;
/// 20 mm.
pub(super) const MARGIN: i32 = 1_134;
/// Where the text ends, on the right.
pub(super) const RIGHT: i32 = WIDTH - MARGIN;
/// Where the text ends, below; the foot stands under it.
pub(super) const BOTTOM: i32 = HEIGHT - MARGIN - 500;

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Text,
    Faint,
    Line,
    Test,
    Refunded,
}

/// Something on a page.
#[derive(Clone, Debug)]
pub(super) enum Stroke {
    /// A text on its baseline.
    Text { x: i32, y: i32, letter: Type, ink: Ink, text: String },
    /// A horizontal line, by its upper left corner.
    Rule { x: i32, y: i32, width: i32, ink: Ink },
}

/// Pages, and the place where writing goes on.
#[derive(Default)]
pub(super) struct Paper {
    pages: Vec<Vec<Stroke>>,
    page: Vec<Stroke>,
    /// The upper edge of what comes next.
    pub(super) y: i32,
}

impl Paper {
    pub(super) fn new() -> Self {
        Self { y: MARGIN, ..Self::default() }
    }

    /// Is there room for so much on this page?
    pub(super) fn has_room(&self, height: i32) -> bool {
        self.y + height <= BOTTOM
    }

    /// Goes on at the top of another page.
    pub(super) fn turn(&mut self) {
        self.pages.push(std::mem::take(&mut self.page));
        self.y = MARGIN;
    }

    /// One line of text, its upper edge at `y`.
    pub(super) fn text(&mut self, x: i32, y: i32, letter: Type, ink: Ink, text: &str) {
        let baseline = y + letter.size * 11 / 10;
        self.page.push(Stroke::Text { x, y: baseline, letter, ink, text: text.to_owned() });
    }

    /// The same, ending at `right` and no wider than `width`: smaller if need be.
    pub(super) fn text_to(&mut self, right: i32, y: i32, width: i32, letter: Type, ink: Ink, text: &str) {
        let fitting = letter.fitting(text, width);
        let baseline = y + letter.size * 11 / 10;
        let x = right - fitting.width(text);
        self.page.push(Stroke::Text { x, y: baseline, letter: fitting, ink, text: text.to_owned() });
    }

    /// A text in lines; says where it ends.
    pub(super) fn block(&mut self, x: i32, y: i32, width: i32, letter: Type, ink: Ink, text: &str) -> i32 {
        letter.lines(text, width).iter().fold(y, |y, line| {
            self.text(x, y, letter, ink, line);
            y + letter.leading()
        })
    }

    /// A line across the page, at the place where writing goes on.
    pub(super) fn rule(&mut self, ink: Ink) {
        self.page.push(Stroke::Rule { x: MARGIN, y: self.y, width: RIGHT - MARGIN, ink });
    }

    /// A line of another width.
    pub(super) fn rule_from(&mut self, x: i32, ink: Ink) {
        self.page.push(Stroke::Rule { x, y: self.y, width: RIGHT - x, ink });
    }

    /// The pages, each with its foot.
    pub(super) fn bound(mut self, foot: Type, title: &str) -> Vec<Vec<Stroke>> {
        let of = self.pages.len() + 1;
        let pages = std::mem::take(&mut self.pages);
        let last = std::mem::take(&mut self.page);
        let footed = |(at, page): (usize, Vec<Stroke>)| {
            let y = BOTTOM + 400;
            let mut paper = Self { page, ..Self::default() };
            paper.text(MARGIN, y, foot, Ink::Faint, title);
            let number = format!("Page {} of {of}", at + 1);
            paper.text_to(RIGHT, y, RIGHT - MARGIN, foot, Ink::Faint, &number);
            paper.page
        };
        pages.into_iter().chain([last]).enumerate().map(footed).collect()
    }
}
