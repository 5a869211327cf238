//! The label on a device: who it is, where it belongs, and a code that leads to the page that says so.

use std::fmt::Write as _;

use protocol::roster::Device;
use qrcode::{Color, EcLevel, QrCode, types::QrError};

/// The label's size in millimetres.
pub const SIZE_MM: (u32, u32) = (80, 40);
/// Light modules around the code, as its standard asks for.
const QUIET: usize = 4;
/// The code's side in millimetres, with what is around it.
const CODE_MM: f64 = 36.0;
/// Characters a line holds beside the code.
const MAX_LINE: usize = 34;

/// The label as SVG in its size, black on white, with the code for an address.
///
/// # Errors
/// [`QrError`]: the address is too long for a code.
pub fn label(row: &Device, serial: &str, address: &str) -> Result<String, QrError> {
    let code = QrCode::with_error_correction_level(address, EcLevel::M)?;
    let (width_mm, height_mm) = SIZE_MM;
    let mut svg = String::new();
    // Writing into a String cannot fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width_mm}mm\" height=\"{height_mm}mm\" \
         viewBox=\"0 0 {width_mm} {height_mm}\">\n<title>{}</title>\n\
         <rect width=\"{width_mm}\" height=\"{height_mm}\" fill=\"#fff\"/>\n",
        escape(&row.device_id)
    );
    let _ = writeln!(svg, "<path d=\"{}\" fill=\"#000\" shape-rendering=\"crispEdges\"/>", modules(&code));
    let place = format!("{} · {}", row.kind.as_str(), row.site_id);
    let position = row.position_e6.map_or_else(String::new, |(latitude, longitude)| {
        format!("{:.6}, {:.6}", f64::from(latitude) / 1e6, f64::from(longitude) / 1e6)
    });
    let lines = [
        (3.4, "bold", row.device_id.as_str()),
        (2.6, "normal", place.as_str()),
        (2.6, "normal", row.locality.as_str()),
        (2.6, "normal", row.feeder_name.as_str()),
        (2.6, "normal", position.as_str()),
        (2.2, "normal", serial),
        (2.6, "bold", "230 V inside. Do not open."),
    ];
    for ((size, weight, text), y) in lines.into_iter().zip((6..).step_by(5)) {
        let text: String = text.chars().take(MAX_LINE).collect();
        let _ = writeln!(
            svg,
            "<text x=\"39\" y=\"{y}\" font-family=\"sans-serif\" font-size=\"{size}\" font-weight=\"{weight}\" \
             textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>",
            (text.chars().count() as f64 * size * 0.55).min(39.0),
            escape(&text)
        );
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// The dark modules as one path.
fn modules(code: &QrCode) -> String {
    let width = code.width();
    let side_mm = CODE_MM / (width + 2 * QUIET) as f64;
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = ((at % width + QUIET) as f64 * side_mm + 2.0, (at / width + QUIET) as f64 * side_mm + 2.0);
            let _ = write!(path, "M{x:.3} {y:.3}h{side_mm:.3}v{side_mm:.3}h-{side_mm:.3}z");
        }
    }
    path
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
