//! Parts list, netlist, drawing and the code's pins are one board. The drawing is made here:
//! `WRITE_SCHEMATIC=1 cargo test -p device --test schematic` writes it anew.

mod drawing;
mod netlist;

use std::collections::{BTreeMap, BTreeSet};

use drawing::{Block, Sheet};

const PARTS: &str = include_str!("../../../../docs/firmware-parts.csv");
const NETS: &str = include_str!("../../../../docs/firmware-nets.csv");
const PINS: &str = include_str!("../../../esp32c3/src/pins.rs");
const DRAWING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/firmware-schematic.svg");

/// Pins of the controller that its program does not use: they say how it starts.
const STRAPS: [(&str, &str); 3] = [("boot", "GPIO9"), ("strap_2", "GPIO2"), ("strap_8", "GPIO8")];

const COLUMNS: [&[Block]; 5] = [
    &[
        Block {
            title: "Mains, 230 V: 8 mm from everything else",
            is_mains: true,
            boxes: &[("J2", &[], &["L", "N"])],
            two_pins: &["F1", "RV1", "R1", "R2"],
        },
        Block {
            title: "Supply: across the barrier",
            is_mains: true,
            boxes: &[("PS1", &["AC_L", "AC_N"], &["+VO", "-VO"])],
            two_pins: &[],
        },
        Block {
            title: "Mains sense: across the barrier",
            is_mains: true,
            boxes: &[("U4", &["1", "2"], &["5", "4"])],
            two_pins: &["R3"],
        },
    ],
    &[
        Block {
            title: "Three phases only: L2 and L3",
            is_mains: true,
            boxes: &[("J4", &[], &["L2", "L3"])],
            two_pins: &["F2", "RV2", "R7", "R8", "F3", "RV3", "R9", "R10"],
        },
        Block {
            title: "Three phases only: supply, across the barrier",
            is_mains: true,
            boxes: &[("PS3", &["AC_L", "AC_N"], &["+VO", "-VO"]), ("PS4", &["AC_L", "AC_N"], &["+VO", "-VO"])],
            two_pins: &[],
        },
        Block {
            title: "Three phases only: sense, across the barrier",
            is_mains: true,
            boxes: &[("U5", &["1", "2"], &["5", "4"]), ("U6", &["1", "2"], &["5", "4"])],
            two_pins: &["R11", "R12"],
        },
    ],
    &[Block {
        title: "Hold-up and 3.3 V",
        is_mains: false,
        boxes: &[("PS2", &["VIN", "EN", "MODE", "GND"], &["VOUT", "FB", "L1", "L2"])],
        two_pins: &["D1", "D2", "D3", "R6", "D5", "C1", "C2", "R19", "R20", "L1", "C4", "C5", "R17", "R18"],
    }],
    &[
        Block {
            title: "Controller",
            is_mains: false,
            boxes: &[
                (
                    "U1",
                    &["3V3", "EN", "GPIO4", "GPIO3", "GPIO10", "GPIO0", "GPIO1", "GPIO2", "GPIO8", "GPIO9"],
                    &["GPIO5", "GPIO6", "GPIO7", "GPIO20", "GPIO21", "GND"],
                ),
                ("J3", &["3V3", "GND", "EN"], &["RX", "TX", "BOOT"]),
            ],
            two_pins: &["R13", "C3", "R14", "R15", "C7"],
        },
        Block {
            title: "Modem",
            is_mains: false,
            boxes: &[
                (
                    "U3",
                    &["VBAT", "VDD_EXT", "PWRKEY", "TXD", "RXD", "GND"],
                    &["RF_ANT", "SIM_VDD", "SIM_CLK", "SIM_DATA", "SIM_RST"],
                ),
                ("J1", &["VCC", "CLK", "IO"], &["RST", "GND"]),
                ("ANT1", &["RF"], &[]),
            ],
            two_pins: &["C8"],
        },
    ],
    &[
        Block {
            title: "Secure element: a bus of its own, 100 kHz",
            is_mains: false,
            boxes: &[("U2", &["VCC", "GND"], &["SDA", "SCL"])],
            two_pins: &["R4", "R5", "C6"],
        },
        Block {
            title: "Modem's levels and power key",
            is_mains: false,
            boxes: &[("U7", &["VCCA", "OE", "A1", "A2Y", "GND"], &["VCCB", "B1Y", "B2"]), ("Q1", &["B"], &["C", "E"])],
            two_pins: &["R16", "C9", "C10"],
        },
    ],
];

fn code() -> BTreeMap<&'static str, &'static str> {
    PINS.lines().filter_map(|line| line.trim().trim_end_matches(',').split_once(": $chip.")).collect()
}

#[test]
fn every_part_is_in_the_netlist_and_every_pin_in_one_net() {
    let (parts, nets) = (netlist::parts(PARTS), netlist::nets(NETS));
    let connected: BTreeSet<&String> = nets.iter().map(|[_, part, _]| part).collect();
    assert_eq!(connected, parts.keys().collect::<BTreeSet<_>>());
    let pins: BTreeSet<(&String, &String)> = nets.iter().map(|[_, part, pin]| (part, pin)).collect();
    assert_eq!(pins.len(), nets.len(), "a pin in two nets, or twice in one");
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    nets.iter().for_each(|[net, ..]| *sizes.entry(net).or_default() += 1);
    assert!(sizes.values().all(|size| *size >= 2), "a net with one end: {sizes:?}");
}

#[test]
fn the_controllers_nets_are_the_codes_pins_and_the_parts_list_says_what_hangs_on_each() {
    let (parts, nets) = (netlist::parts(PARTS), netlist::nets(NETS));
    let on_controller: BTreeMap<&str, &str> = nets
        .iter()
        .filter(|[_, part, pin]| part == "U1" && pin.starts_with("GPIO"))
        .map(|[net, _, pin]| (net.as_str(), pin.as_str()))
        .collect();
    let expected: BTreeMap<&str, &str> = code().into_iter().chain(STRAPS).collect();
    assert_eq!(on_controller, expected);
    for (reference, part) in &parts {
        let of_part = nets.iter().filter(|[_, on, _]| on == reference);
        let gpios = of_part.filter_map(|[net, ..]| code().get(net.as_str()).map(|gpio| (*gpio).to_owned()));
        // Parts of one row share its pins.
        let gpios: BTreeSet<String> = gpios.collect();
        assert!(gpios.is_subset(&part.gpios), "{reference}: {gpios:?}");
        let row: BTreeSet<String> = parts
            .iter()
            .filter(|(_, other)| other.gpios == part.gpios && other.value == part.value)
            .flat_map(|(other, _)| nets.iter().filter(move |[_, on, _]| on == other))
            .filter_map(|[net, ..]| code().get(net.as_str()).map(|gpio| (*gpio).to_owned()))
            .collect();
        assert_eq!(row, part.gpios, "{reference}");
    }
}

/// No wire leads from the mains to what can be touched: only the two parts with an isolation of their own have both.
#[test]
fn the_barrier_is_crossed_by_isolated_parts_only() {
    let nets = netlist::nets(NETS);
    let live = ["line_in", "line", "line_2_in", "line_2", "line_3_in", "line_3", "neutral"];
    let is_live = |net: &str| live.contains(&net) || net.starts_with("sense_");
    let mut sides: BTreeMap<&str, BTreeSet<bool>> = BTreeMap::new();
    nets.iter().for_each(|[net, part, _]| _ = sides.entry(part).or_default().insert(is_live(net)));
    let crossing: Vec<&str> = sides.iter().filter(|(_, sides)| sides.len() == 2).map(|(part, _)| *part).collect();
    assert_eq!(crossing, ["PS1", "PS3", "PS4", "U4", "U5", "U6"]);
}

#[test]
fn the_drawing_is_the_tables() {
    let (parts, nets) = (netlist::parts(PARTS), netlist::nets(NETS));
    let boxes = COLUMNS.iter().copied().flatten().flat_map(|block| block.boxes);
    let drawn: BTreeSet<(&str, &str)> =
        boxes.flat_map(|(part, left, right)| left.iter().chain(*right).map(move |pin| (*part, *pin))).collect();
    let small: BTreeSet<&str> = COLUMNS.iter().copied().flatten().flat_map(|block| block.two_pins).copied().collect();
    for [_, part, pin] in &nets {
        assert!(small.contains(part.as_str()) || drawn.contains(&(part, pin)), "{part} {pin} is not drawn");
    }
    let svg = Sheet::draw(&parts, &nets, &COLUMNS);
    for (reference, part) in &parts {
        assert_eq!(svg.matches(&format!(">{reference}</tspan>")).count(), 1, "{reference} is drawn once");
        assert!(small.contains(reference.as_str()) || svg.contains(&part.name), "{reference}");
    }
    if std::env::var_os("WRITE_SCHEMATIC").is_some() {
        std::fs::write(DRAWING, &svg).unwrap();
    }
    let there = std::fs::read_to_string(DRAWING).unwrap_or_default();
    assert!(there == svg, "docs/firmware-schematic.svg is not this board's: WRITE_SCHEMATIC=1 writes it anew");
}
