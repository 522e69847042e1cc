//! Charts, drawn on the server. Each has a table of the same numbers.

use super::texts::{say, say_with};
use maud::{Markup, html};

const WIDTH: i64 = 720;
const HEIGHT: i64 = 160;

/// Bars of numbers, one for each label.
pub fn bars(title: &str, points: &[(String, i64)], text: impl Fn(i64) -> String) -> Markup {
    let top = points.iter().map(|(_, value)| *value).max().unwrap_or_default().max(1);
    let count = i64::try_from(points.len()).unwrap_or(1).max(1);
    let step = WIDTH / count;
    html! {
        figure .chart {
            figcaption { (say(title)) }
            @if !points.is_empty() {
                svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(say_with("{}, highest {}", &[say(title), &text(top)])) preserveAspectRatio="none" {
                    @for (index, (label, value)) in points.iter().enumerate() {
                        @let height = (HEIGHT - 8) * (*value).max(0) / top;
                        @let left = WIDTH * i64::try_from(index).unwrap_or_default() / count;
                        rect x=(left + 1) y=(HEIGHT - height) width=((step - 2).max(1)) height=(height) {
                            title { (label) ": " (text(*value)) }
                        }
                    }
                }
            }
            details {
                summary { (say("Show as a table")) }
                div .scroll { table {
                    thead { tr { th scope="col" { (say("Period")) } th scope="col" .number { (say("Number")) } } }
                    tbody { @for (label, value) in points { tr { td { (label) } td .number { (text(*value)) } } } }
                } }
            }
        }
    }
}
