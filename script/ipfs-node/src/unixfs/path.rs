//! Names in a path. What is refused here is refused in what is added and in what is asked for.

use percent_encoding::percent_decode_str;

use crate::{Error, limits};

/// The names of a path below a root, from the top: each is one that a folder can hold. No name is empty, `.` or `..`,
/// or has a slash or a NUL in it, so a path cannot lead out of its root, whoever writes it to a disk later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names(Vec<String>);

impl Names {
    /// The path of a URL, percent-encoded, without the slash before it. Each name is decoded by itself: an encoded slash
    /// is part of a name, and refused.
    pub(crate) fn of_url(path: &str) -> Result<Self, Error> {
        let invalid = |reason: &str| Error::invalid("path", path, reason);
        let decoded = |part: &str| {
            let text = percent_decode_str(part).decode_utf8().map_err(|_| invalid("not UTF-8"))?;
            checked(&text).map_err(invalid)
        };
        let names: Vec<_> = path.split('/').take(limits::MAX_PATH_NAMES + 1).collect();
        if names.len() > limits::MAX_PATH_NAMES {
            return Err(invalid(&format!("more than {} names in it", limits::MAX_PATH_NAMES)));
        }
        names.into_iter().map(decoded).collect::<Result<_, _>>().map(Self)
    }

    /// The file name of a multipart part, as Kubo reads it: decoded as a query is, slashes doubled or at an end do not
    /// count, nor does `.`. Kubo resolves `..` too; here it is refused. No names at all is a file without one.
    pub(crate) fn of_part(name: &str) -> Result<Self, Error> {
        let invalid = |reason: &str| Error::invalid("file name", name, reason);
        let spaced = name.replace('+', " ");
        let decoded = percent_decode_str(&spaced).decode_utf8().map_err(|_| invalid("not UTF-8"))?;
        let parts = decoded.split('/').filter(|part| !["", "."].contains(part));
        let names: Vec<_> = parts.map(|part| checked(part).map_err(invalid)).collect::<Result<_, _>>()?;
        if names.len() > limits::MAX_PATH_NAMES {
            return Err(invalid(&format!("more than {} names in it", limits::MAX_PATH_NAMES)));
        }
        Ok(Self(names))
    }

    /// A path of one name.
    pub(crate) fn one(name: String) -> Self {
        Self(vec![name])
    }

    pub(crate) fn as_slice(&self) -> &[String] {
        &self.0
    }
}

impl std::fmt::Display for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

fn checked(name: &str) -> Result<String, &'static str> {
    match name {
        "" => Err("an empty name in it"),
        "." | ".." => Err("\".\" and \"..\" are no names"),
        _ if name.contains(['/', '\0']) => Err("a slash or NUL in a name"),
        _ if name.len() > limits::MAX_NAME_BYTES => Err("a name of more than 255 bytes"),
        _ => Ok(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: &str) -> Option<Vec<String>> {
        Names::of_url(path).ok().map(|names| names.0)
    }

    fn part(name: &str) -> Option<Vec<String>> {
        Names::of_part(name).ok().map(|names| names.0)
    }

    #[test]
    fn urls_are_decoded_name_by_name() {
        assert_eq!(url("a/b%20c/%E0%A4%95.js").unwrap(), ["a", "b c", "क.js"]);
        assert_eq!(url("a+b").unwrap(), ["a+b"]);
        assert_eq!(url("...").unwrap(), ["..."]);
        for bad in
            ["", "a//b", "/a", "a/", ".", "..", "a/../b", "a/%2e%2e/b", "%2E", "a%2Fb", "%2e%2e%2f", "a%00", "%ff"]
        {
            assert_eq!(url(bad), None, "{bad}");
        }
        assert_eq!(url(&["n"; limits::MAX_PATH_NAMES].join("/")).unwrap().len(), limits::MAX_PATH_NAMES);
        assert_eq!(url(&["n"; limits::MAX_PATH_NAMES + 1].join("/")), None);
        assert!(url(&"n".repeat(limits::MAX_NAME_BYTES)).is_some());
        assert_eq!(url(&"n".repeat(limits::MAX_NAME_BYTES + 1)), None);
    }

    #[test]
    fn parts_are_read_as_kubo_reads_them() {
        assert_eq!(part("dir%2Fa+b%2Bc.txt").unwrap(), ["dir", "a b+c.txt"]);
        assert_eq!(part("/dir//./a/").unwrap(), ["dir", "a"]);
        assert_eq!(part("").unwrap(), Vec::<String>::new());
        for bad in ["..", "a/../../b", "..%2fetc", "%2e%2e/x", "a%00b", "%ff"] {
            assert_eq!(part(bad), None, "{bad}");
        }
    }
}
