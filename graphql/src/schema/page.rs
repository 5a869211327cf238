//! Cursors and lengths of lists.

use store::views::read::Position;

use crate::ApiError;

/// Items of a list where a query does not say.
pub const DEFAULT_FIRST: i32 = 50;
/// Most items of a list.
pub const MAX_FIRST: i32 = 500;

/// The length that was asked for.
pub fn length(first: i32) -> Result<usize, ApiError> {
    usize::try_from(first)
        .ok()
        .filter(|length| (1..=MAX_FIRST as usize).contains(length))
        .ok_or_else(|| ApiError::argument(format!("first is 1 to {MAX_FIRST}")))
}

/// Cuts off the item that was read to know whether there are more.
pub fn cut<T>(mut items: Vec<T>, length: usize) -> (Vec<T>, bool) {
    let has_more = items.len() > length;
    items.truncate(length);
    (items, has_more)
}

/// A position as a cursor: opaque to clients.
pub fn to_cursor(unix_s: u64, id: &str) -> String {
    data_encoding::BASE64URL_NOPAD.encode(format!("{unix_s} {id}").as_bytes())
}

/// A cursor that [`to_cursor`] made.
pub fn from_cursor(cursor: &str) -> Result<Position, ApiError> {
    let parse = || {
        let text = String::from_utf8(data_encoding::BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?).ok()?;
        let (unix_s, id) = text.split_once(' ')?;
        let unix_s = unix_s.parse().ok().filter(|unix_s| *unix_s <= protocol::MAX_INTEGER)?;
        Some(Position { unix_s, id: id.to_owned() })
    };
    parse().ok_or_else(|| ApiError::argument("after is an endCursor of the same list"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_and_others_are_refused() {
        let position = from_cursor(&to_cursor(17, "ambala/3")).unwrap();
        assert_eq!(position, Position { unix_s: 17, id: "ambala/3".into() });
        for cursor in ["", "x", "ambala/3", &to_cursor(u64::MAX, "a")] {
            assert!(from_cursor(cursor).is_err(), "{cursor}");
        }
    }

    #[test]
    fn lengths_are_bounded() {
        assert_eq!(length(500).unwrap(), 500);
        for first in [0, -1, 501, i32::MAX] {
            assert!(length(first).is_err(), "{first}");
        }
    }

    #[test]
    fn the_item_too_many_is_cut_off() {
        assert_eq!(cut(vec![1, 2, 3], 2), (vec![1, 2], true));
        assert_eq!(cut(vec![1, 2], 2), (vec![1, 2], false));
    }
}
