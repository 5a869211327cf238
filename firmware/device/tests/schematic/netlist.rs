//! The board's tables: parts and nets.

use std::collections::{BTreeMap, BTreeSet};

/// Parts by reference: part number, value, pins of the controller.
pub struct Part {
    pub name: String,
    pub value: String,
    pub gpios: BTreeSet<String>,
}

/// Fields of a line, of which some are in quotes.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => fields.last_mut().unwrap().push(c),
        }
    }
    fields
}

pub fn parts(csv: &str) -> BTreeMap<String, Part> {
    let mut parts = BTreeMap::new();
    for line in csv.lines().skip(1) {
        let [references, quantity, name, value, _, gpios] = &fields(line)[..] else { panic!("{line}") };
        let references: Vec<&str> = references.split(' ').collect();
        assert_eq!(quantity.parse(), Ok(references.len()), "{line}");
        for reference in references {
            let gpios = gpios.split(' ').filter(|gpio| !gpio.is_empty()).map(str::to_owned).collect();
            let part = Part { name: name.clone(), value: value.clone(), gpios };
            assert!(parts.insert(reference.to_owned(), part).is_none(), "{reference} stands twice");
        }
    }
    parts
}

/// Net, part and pin, in the file's order.
pub fn nets(csv: &str) -> Vec<[String; 3]> {
    csv.lines().skip(1).map(|line| fields(line).try_into().unwrap_or_else(|_| panic!("{line}"))).collect()
}
