//! A receipt as a PDF: laid out in whole numbers, then written. No clock and no chance: one receipt is one file, byte by
//! byte, so a buyer who fetches it twice has the same document.
mod lay_out;
mod letter;
mod paper;

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};

use super::Receipt;
use super::sheet::Sheet;
use crate::failure::Failure;
use lay_out::lay_out;
use letter::{Weight, runs};
use paper::{HEIGHT, Ink, Stroke, WIDTH};

/// A twentieth of a point, in points.
const UNIT: f32 = 0.05;
/// A4 in points.
const A4: (f32, f32) = (595.3, 841.9);
/// Half a point.
const RULE: i32 = 10;

/// The file.
pub fn pdf(receipt: &Receipt) -> Result<Vec<u8>, Failure> {
    let sheet = Sheet::of(receipt);
    let pages = lay_out(&receipt.seller, &sheet);
    write(&sheet.title, receipt, &pages).ok_or_else(|| Failure::House {
        code: "pdf_unwritable",
        detail: format!("{}: the PDF could not be written", receipt.number),
    })
}

fn write(title: &str, receipt: &Receipt, pages: &[Vec<Stroke>]) -> Option<Vec<u8>> {
    let fonts = Fonts::read()?;
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new()
            .title(title.to_owned())
            .authors(vec![receipt.seller.name.clone()])
            .creator("payonce".into())
            .language("en".into())
            .document_id(format!("payonce receipt {}", receipt.number)),
    );
    for strokes in pages {
        let mut page = document.start_page_with(PageSettings::from_wh(A4.0, A4.1)?);
        let mut surface = page.surface();
        surface.push_transform(&Transform::from_scale(UNIT, UNIT));
        for stroke in strokes {
            fonts.draw(&mut surface, stroke)?;
        }
        surface.pop();
        surface.finish();
        page.finish();
    }
    document.finish().ok()
}

struct Fonts {
    regular: Font,
    semibold: Font,
}

impl Fonts {
    fn read() -> Option<Self> {
        let font = |weight: Weight| Font::new(weight.file().into(), 0);
        Some(Self { regular: font(Weight::Regular)?, semibold: font(Weight::SemiBold)? })
    }

    fn draw(&self, surface: &mut Surface<'_>, stroke: &Stroke) -> Option<()> {
        match stroke {
            Stroke::Text { x, y, letter, ink, text } => {
                surface.set_fill(Some(fill(*ink)));
                let font = match letter.weight {
                    Weight::Regular => &self.regular,
                    Weight::SemiBold => &self.semibold,
                };
                let mut x = *x;
                for run in runs(text) {
                    let at = Point::from_xy(length(x), length(*y));
                    let size = length(letter.size);
                    surface.draw_text(at, font.clone(), size, run, false, TextDirection::LeftToRight);
                    x += letter.run_width(run);
                }
            }
            Stroke::Rule { x, y, width, ink } => {
                surface.set_fill(Some(fill(*ink)));
                let rule = Rect::from_xywh(length(*x), length(*y), length(*width), length(RULE))?;
                let mut path = PathBuilder::new();
                path.push_rect(rule);
                surface.draw_path(&path.finish()?);
            }
        }
        Some(())
    }
}

/// Whole units; no page is longer than an `i16` reaches.
fn length(units: i32) -> f32 {
    debug_assert!((0..=WIDTH.max(HEIGHT)).contains(&units), "off the page: {units}");
    f32::from(i16::try_from(units).unwrap_or(i16::MAX))
}

fn fill(ink: Ink) -> Fill {
    let (red, green, blue) = match ink {
        Ink::Text => (29, 28, 26),
        Ink::Faint => (102, 99, 93),
        Ink::Line => (205, 201, 194),
        Ink::Test => (138, 75, 0),
        Ink::Refunded => (122, 36, 64),
    };
    Fill { paint: rgb::Color::new(red, green, blue).into(), ..Fill::default() }
}
