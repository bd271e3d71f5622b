//! The picture: applied events a second of everybody at eight instances, and the CPU that each of them takes.
use std::fmt::Write;

use crate::aims::short;
use crate::figures::Sample;
use crate::ground::Profile::Cpu;
use crate::report::Report;
use crate::traffic::Traffic::Applied;

const ROW: f64 = 26.0;
const LABELS: f64 = 230.0;
const BARS: f64 = 330.0;
const GAP: f64 = 110.0;

/// An SVG that stands by itself, readable on white and on black.
pub(crate) fn draw(report: &Report) -> String {
    let cells = report.figures.0.keys();
    let shown = cells.filter(|cell| (cell.profile, cell.traffic, cell.instances) == (Cpu, Applied, 8));
    let median = |cell, of: fn(&Sample) -> f64| report.figures.median(cell, of).unwrap_or_default();
    let mut rows: Vec<(&str, f64, f64, f64)> = shown
        .map(|cell| {
            let (rate, function) =
                (median(cell, |sample| sample.per_second), median(cell, |sample| sample.function_us));
            (cell.subject.as_str(), rate, function, median(cell, |sample| sample.postgres_us))
        })
        .collect();
    rows.sort_by(|one, other| other.1.total_cmp(&one.1));
    let most = |of: fn(&(&str, f64, f64, f64)) -> f64| rows.iter().map(of).fold(1.0, f64::max);
    let (fastest, dearest) = (most(|row| row.1), most(|row| row.2 + row.3));
    let (width, height) = (LABELS + 2.0 * BARS + 2.0 * GAP, 60.0 + ROW * rows.len() as f64);
    let second = LABELS + BARS + GAP;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <style>text {{ fill: #333 }} @media (prefers-color-scheme: dark) {{ text {{ fill: #ddd }} }}</style>\n\
         <text x=\"{LABELS}\" y=\"20\" font-weight=\"bold\">paid orders a second, 8 instances</text>\n\
         <text x=\"{second}\" y=\"20\" font-weight=\"bold\">CPU of one: function, Postgres (µs)</text>\n"
    );
    for (number, (name, rate, function, postgres)) in rows.iter().enumerate() {
        let top = 36.0 + ROW * number as f64;
        let base = top + 13.0;
        let (fast, ours, theirs) =
            (BARS * rate / fastest, BARS * function / dearest, BARS * postgres / dearest);
        let colour = if name.starts_with("payonce") { "#2f6fde" } else { "#8a94a6" };
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{base}\" text-anchor=\"end\">{name}</text>\
             <rect x=\"{LABELS}\" y=\"{top}\" width=\"{fast:.1}\" height=\"17\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{base}\">{}</text>\
             <rect x=\"{second}\" y=\"{top}\" width=\"{ours:.1}\" height=\"17\" fill=\"#e08a2c\"/>\
             <rect x=\"{:.1}\" y=\"{top}\" width=\"{theirs:.1}\" height=\"17\" fill=\"#4b8f6a\"/>\
             <text x=\"{:.1}\" y=\"{base}\">{} + {}</text>",
            LABELS - 10.0,
            LABELS + fast + 6.0,
            short(*rate),
            second + ours,
            second + ours + theirs + 6.0,
            short(*function),
            short(*postgres),
        );
    }
    svg + "</svg>\n"
}
