//! Where each word of the sheet stands.
use super::letter::{Type, Weight::Regular, Weight::SemiBold};
use super::paper::{Ink, MARGIN, Paper, RIGHT, Stroke};
use crate::config::Seller;
use crate::receipt::sheet::{Mark, Sheet, SheetLine, Total, Weight};

const NAME: Type = Type { weight: SemiBold, size: 280 };
const BODY: Type = Type { weight: Regular, size: 200 };
const SMALL: Type = Type { weight: Regular, size: 176 };
const LABEL: Type = Type { weight: Regular, size: 164 };
const MARK: Type = Type { weight: SemiBold, size: 180 };
const SUM: Type = Type { weight: SemiBold, size: 240 };

/// Between columns.
const GUTTER: i32 = 300;
/// The columns of numbers: where each ends, and how wide it is.
const QTY: (i32, i32) = (MARGIN + 5_500, 900);
const UNIT_PRICE: (i32, i32) = (MARGIN + 7_550, 1_850);
const AMOUNT: (i32, i32) = (RIGHT, 1_850);
const ITEM_WIDTH: i32 = QTY.0 - QTY.1 - GUTTER - MARGIN;
/// Where the totals begin.
const TOTALS: i32 = MARGIN + 5_000;

/// The pages.
pub(super) fn lay_out(seller: &Seller, sheet: &Sheet) -> Vec<Vec<Stroke>> {
    let mut paper = Paper::new();
    head(&mut paper, seller, sheet);
    facts(&mut paper, &sheet.facts);
    table_head(&mut paper);
    for line in &sheet.lines {
        item(&mut paper, line);
    }
    totals(&mut paper, &sheet.totals);
    paper.bound(LABEL, &format!("{}, {}", sheet.title, seller.name))
}

/// The seller on the left, what it is on the right.
fn head(paper: &mut Paper, seller: &Seller, sheet: &Sheet) {
    let half = (RIGHT - MARGIN - GUTTER) / 2;
    let mut left = paper.block(MARGIN, paper.y, half, NAME, Ink::Text, &seller.name) + 60;
    let tax_id = seller.tax_id.as_ref().map(|id| format!("Tax ID {id}"));
    for line in seller.address.iter().chain(&tax_id).chain(&seller.email) {
        left = paper.block(MARGIN, left, half, SMALL, Ink::Faint, line);
    }
    let mut right = paper.y;
    paper.text_to(RIGHT, right, half, NAME, Ink::Text, &sheet.title);
    right += NAME.leading() + 60;
    for mark in &sheet.marks {
        let ink = if *mark == Mark::Test { Ink::Test } else { Ink::Refunded };
        paper.text_to(RIGHT, right, half, MARK, ink, mark.text());
        right += MARK.leading();
    }
    paper.y = left.max(right) + 300;
    paper.rule(Ink::Line);
    paper.y += 300;
}

/// In two columns, row by row.
fn facts(paper: &mut Paper, facts: &[(&'static str, String)]) {
    let width = (RIGHT - MARGIN - GUTTER) / 2;
    for row in facts.chunks(2) {
        let mut end = paper.y;
        for (column, (name, value)) in (0..).zip(row) {
            let x = MARGIN + column * (width + GUTTER);
            paper.text(x, paper.y, LABEL, Ink::Faint, name);
            end = end.max(paper.block(x, paper.y + LABEL.leading(), width, BODY, Ink::Text, value));
        }
        paper.y = end + 160;
    }
    paper.y += 300;
}

fn table_head(paper: &mut Paper) {
    paper.text(MARGIN, paper.y, LABEL, Ink::Faint, "Item");
    for ((right, width), name) in [(QTY, "Quantity"), (UNIT_PRICE, "Unit price"), (AMOUNT, "Amount")] {
        paper.text_to(right, paper.y, width, LABEL, Ink::Faint, name);
    }
    paper.y += LABEL.leading() + 60;
    paper.rule(Ink::Text);
    paper.y += 120;
}

/// A line of the order, never parted by the end of a page.
fn item(paper: &mut Paper, line: &SheetLine) {
    let title = i32::try_from(BODY.lines(&line.title, ITEM_WIDTH).len()).unwrap_or(1);
    let variant = match line.variant.as_str() {
        "" => 0,
        variant => i32::try_from(SMALL.lines(variant, ITEM_WIDTH).len()).unwrap_or(1),
    };
    let height = title * BODY.leading() + variant * SMALL.leading() + 240;
    if !paper.has_room(height) {
        paper.turn();
        table_head(paper);
    }
    for ((right, width), text) in [(QTY, &line.qty), (UNIT_PRICE, &line.unit_price), (AMOUNT, &line.total)] {
        paper.text_to(right, paper.y, width, BODY, Ink::Text, text);
    }
    let below = paper.block(MARGIN, paper.y, ITEM_WIDTH, BODY, Ink::Text, &line.title);
    if variant > 0 {
        paper.block(MARGIN, below, ITEM_WIDTH, SMALL, Ink::Faint, &line.variant);
    }
    paper.y += height - 120;
    paper.rule(Ink::Line);
    paper.y += 120;
}

fn totals(paper: &mut Paper, totals: &[Total]) {
    paper.y += 120;
    // What is added up, and its sum, stay together; refunds may go on overleaf.
    let sum = totals.iter().position(|total| total.weight == Weight::Sum).unwrap_or_default();
    let together = i32::try_from(sum + 2).unwrap_or_default() * SUM.leading();
    if !paper.has_room(together) {
        paper.turn();
    }
    for total in totals {
        let (letter, ink) = match total.weight {
            Weight::Plain => (BODY, Ink::Faint),
            Weight::Sum => (SUM, Ink::Text),
            Weight::Aside => (SMALL, Ink::Faint),
        };
        let label_width = RIGHT - TOTALS - AMOUNT.1 - GUTTER;
        let lines = i32::try_from(letter.lines(&total.label, label_width).len()).unwrap_or(1);
        if !paper.has_room(lines * letter.leading() + 200) {
            paper.turn();
        }
        if total.weight == Weight::Sum {
            paper.y += 60;
            paper.rule_from(TOTALS, Ink::Line);
            paper.y += 100;
        }
        let amount_ink = if total.weight == Weight::Aside { Ink::Faint } else { Ink::Text };
        paper.text_to(RIGHT, paper.y, AMOUNT.1 + GUTTER, letter, amount_ink, &total.amount);
        paper.y = paper.block(TOTALS, paper.y, label_width, letter, ink, &total.label) + 40;
    }
}
