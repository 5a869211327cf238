//! The schematic, drawn from the tables: blocks of the board with their parts, each pin with its net's name. Pins with
//! the same name are connected.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::netlist::Part;

/// Between two pins of a box, and two parts of a block.
const PITCH: i32 = 24;
/// A block of the sheet: title, the boxes with their left and right pins, and the parts with two pins.
pub struct Block {
    pub title: &'static str,
    pub is_mains: bool,
    pub boxes: &'static [(&'static str, &'static [&'static str], &'static [&'static str])],
    pub two_pins: &'static [&'static str],
}

/// What a block's title takes, and a part with two pins.
const HEAD: i32 = 52;
const ROW: i32 = 42;
/// A column of blocks, and the gap between two.
const COLUMN: i32 = 384;
const GAP: i32 = 16;
const TOP: i32 = 46;

pub struct Sheet<'t> {
    pub parts: &'t BTreeMap<String, Part>,
    pub nets: &'t [[String; 3]],
    svg: String,
}

/// The height of a box by its pins.
fn box_height(left: &[&str], right: &[&str]) -> i32 {
    left.len().max(right.len()) as i32 * PITCH + 8
}

impl Block {
    fn height(&self) -> i32 {
        let boxes: i32 = self.boxes.iter().map(|(_, left, right)| box_height(left, right) + 34).sum();
        HEAD + boxes + self.two_pins.len() as i32 * ROW
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

impl<'t> Sheet<'t> {
    pub fn draw(parts: &'t BTreeMap<String, Part>, nets: &'t [[String; 3]], columns: &[&[Block]]) -> String {
        let width = GAP + columns.len() as i32 * (COLUMN + GAP);
        let height =
            TOP + columns.iter().map(|blocks| blocks.iter().map(|b| b.height() + GAP).sum()).max().unwrap_or(0);
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
             font-size=\"13\">\n<title>Schematic of the device</title>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n\
             <text x=\"20\" y=\"30\" font-size=\"19\" font-weight=\"bold\">Device: schematic</text>\n\
             <text x=\"210\" y=\"30\" fill=\"#555\">Pins with the same name are connected. Drawn from firmware-nets.csv \
             and firmware-parts.csv; a test compares. Not built yet.</text>\n"
        );
        let mut sheet = Self { parts, nets, svg };
        for (blocks, x) in columns.iter().zip((GAP..).step_by((COLUMN + GAP) as usize)) {
            let mut y = TOP;
            for block in *blocks {
                sheet.block(block, x, y);
                y += block.height() + GAP;
            }
        }
        sheet.svg.push_str("</svg>\n");
        sheet.svg
    }

    fn line(&mut self, line: &str) {
        // Writing into a String cannot fail.
        let _ = writeln!(self.svg, "{line}");
    }

    fn block(&mut self, block: &Block, x: i32, y: i32) {
        let (width, height) = (COLUMN, block.height());
        let (fill, edge, dash) = if block.is_mains {
            ("#fff1ee", "#b3261e", " stroke-dasharray=\"7 4\"")
        } else {
            ("#fafbfc", "#c3c9d0", "")
        };
        self.line(&format!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{fill}\" stroke=\"{edge}\"{dash}/>"
        ));
        let title = escape(block.title);
        self.line(&format!("<text x=\"{}\" y=\"{}\" font-weight=\"bold\">{title}</text>", x + 12, y + 21));
        let mut top = y + HEAD;
        for (reference, left, right) in block.boxes {
            self.part_box(reference, left, right, x + width / 2, top);
            top += box_height(left, right) + 34;
        }
        for reference in block.two_pins {
            self.two_pins(reference, x + width / 2, top);
            top += ROW;
        }
    }

    fn net_of(&self, part: &str, pin: &str) -> &'t str {
        let found = self.nets.iter().find(|[_, on, at]| on == part && at == pin);
        found.map_or_else(|| panic!("{part} {pin} is in no net"), |[net, ..]| net)
    }

    /// A part with many pins, its middle at `x`.
    fn part_box(&mut self, reference: &str, left: &[&str], right: &[&str], x: i32, y: i32) {
        let part = &self.parts[reference];
        let (name, value) = (part.name.clone(), part.value.clone());
        let (width, height) = (128, box_height(left, right));
        self.line(&format!(
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\"><tspan font-weight=\"bold\">{reference}</tspan> {}</text>",
            y - 5,
            escape(&name)
        ));
        self.line(&format!(
            "<rect x=\"{}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"#fff\" stroke=\"#222\" \
             stroke-width=\"1.6\"><title>{}</title></rect>",
            x - width / 2,
            escape(&value)
        ));
        for (pins, side) in [(left, -1), (right, 1)] {
            for (pin, row) in pins.iter().zip(0..) {
                let (edge, at) = (x + side * width / 2, y + 16 + row * PITCH);
                let anchor = if side < 0 { "start" } else { "end" };
                self.line(&format!(
                    "<text x=\"{}\" y=\"{}\" font-size=\"11\" text-anchor=\"{anchor}\">{pin}</text>",
                    edge - side * 5,
                    at + 4
                ));
                self.pin(reference, pin, (edge, at), side);
            }
        }
    }

    /// A pin's wire and its net's name.
    fn pin(&mut self, part: &str, pin: &str, (x, y): (i32, i32), side: i32) {
        let net = self.net_of(part, pin).to_owned();
        let (fill, ink) = match net.as_str() {
            "gnd" => ("#e4e7ea", "#333"),
            "3v3" | "5v" | "1v8" | "hold_up" => ("#fdeccb", "#6b4200"),
            "line_in" | "line" | "neutral" | "sense_a" | "sense_b" => ("#fbd7d2", "#8c1d18"),
            _ => ("#dcebf7", "#0b4a7a"),
        };
        let width = net.len() as i32 * 7 + 10;
        let end = x + side * 14;
        let box_x = if side < 0 { end - width } else { end };
        self.line(&format!(
            "<path d=\"M{x} {y}H{end}\" stroke=\"#222\"/><rect x=\"{box_x}\" y=\"{}\" width=\"{width}\" height=\"17\" \
             rx=\"3\" fill=\"{fill}\"/><text x=\"{}\" y=\"{}\" font-size=\"11.5\" text-anchor=\"middle\" fill=\"{ink}\">{net}</text>",
            y - 9,
            box_x + width / 2,
            y + 4
        ));
    }

    /// A resistor, capacitor, diode, fuse, inductor or varistor, lying.
    fn two_pins(&mut self, reference: &str, x: i32, y: i32) {
        let pins: Vec<String> =
            self.nets.iter().filter(|[_, part, _]| part == reference).map(|[.., pin]| pin.clone()).collect();
        let [a, b] = &pins[..] else { panic!("{reference} has {} pins", pins.len()) };
        // Plus, anode and pin 1 to the left.
        let (left, right) = if matches!(a.as_str(), "-" | "K" | "2") { (b, a) } else { (a, b) };
        let y = y + 10;
        let symbol = match reference.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "C" => format!("M{} {y}h14m0 -9v18m8 -18v18m0 -9h14", x - 18),
            "D" => format!("M{} {y}h10m0 -8v16l16 -8zm16 0v16m0 -8h10", x - 18),
            "F" => format!("M{} {y}h36M{} {}h24v12h-24z", x - 18, x - 12, y - 6),
            "L" => format!("M{} {y}a6 6 0 0 1 12 0a6 6 0 0 1 12 0a6 6 0 0 1 12 0", x - 18),
            "RV" => format!("M{} {}h28v12h-28zm-4 16l6 0l20 -20l6 0", x - 14, y - 6),
            "R" => format!("M{} {}h28v12h-28z", x - 14, y - 6),
            other => panic!("no symbol for {other}"),
        };
        self.line(&format!("<path d=\"{symbol}\" fill=\"none\" stroke=\"#222\" stroke-width=\"1.6\"/>"));
        let wire = if matches!(&reference[..1], "R") { 14 } else { 18 };
        let part = &self.parts[reference];
        let value = part.value.split(',').next().unwrap_or("");
        let text = format!("<tspan font-weight=\"bold\">{reference}</tspan> {}", escape(value));
        self.line(&format!("<text x=\"{x}\" y=\"{}\" font-size=\"11\" text-anchor=\"middle\">{text}</text>", y - 12));
        self.pin(reference, left, (x - wire, y), -1);
        self.pin(reference, right, (x + wire, y), 1);
    }
}
