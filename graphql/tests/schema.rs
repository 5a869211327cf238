//! `schema.graphql` is what the program prints.

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == graphql::sdl(),
        "schema.graphql has drifted: cargo run -p graphql -- --print-schema > graphql/schema.graphql"
    );
}

#[test]
fn every_type_and_field_says_what_it_means() {
    let sdl = graphql::sdl();
    let mut described = false;
    let mut bare = Vec::new();
    let mut in_text = false;
    for line in sdl.lines().map(str::trim) {
        let quotes = line.matches("\"\"\"").count();
        if quotes > 0 || in_text {
            in_text ^= quotes == 1;
            described = true;
            continue;
        }
        // A line that ends a list of arguments belongs to the field before it.
        let names_something = line.contains(':')
            && !line.starts_with(')')
            && !line.starts_with("query:")
            && !line.starts_with("mutation:")
            && !line.starts_with("subscription:")
            || ["type ", "enum ", "input ", "scalar "].iter().any(|word| line.starts_with(word));
        if names_something && !described {
            bare.push(line.to_owned());
        }
        described = false;
    }
    assert!(bare.is_empty(), "without a description: {bare:#?}");
}
