//! Where points lie: in a window, in a box, around a middle.

/// A part of the map in degrees, not across the date line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Lower longitude.
    pub west: f64,
    /// Lower latitude.
    pub south: f64,
    /// Higher longitude.
    pub east: f64,
    /// Higher latitude.
    pub north: f64,
}

/// A box around points, in millionths of a degree, edges included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Lowest longitude.
    pub west_e6: i32,
    /// Lowest latitude.
    pub south_e6: i32,
    /// Highest longitude.
    pub east_e6: i32,
    /// Highest latitude.
    pub north_e6: i32,
}

impl Bounds {
    /// Around nothing.
    pub(super) const NONE: Self = Self { west_e6: i32::MAX, south_e6: i32::MAX, east_e6: i32::MIN, north_e6: i32::MIN };

    pub(super) fn of(window: Window) -> Self {
        let e6 = |degrees: f64| (degrees * 1e6).round() as i32;
        Self {
            west_e6: e6(window.west),
            south_e6: e6(window.south),
            east_e6: e6(window.east),
            north_e6: e6(window.north),
        }
    }

    pub(super) fn add(&mut self, latitude_e6: i32, longitude_e6: i32) {
        self.west_e6 = self.west_e6.min(longitude_e6);
        self.east_e6 = self.east_e6.max(longitude_e6);
        self.south_e6 = self.south_e6.min(latitude_e6);
        self.north_e6 = self.north_e6.max(latitude_e6);
    }

    pub(super) fn holds(&self, latitude_e6: i32, longitude_e6: i32) -> bool {
        (self.west_e6..=self.east_e6).contains(&longitude_e6) && (self.south_e6..=self.north_e6).contains(&latitude_e6)
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.west_e6 <= other.east_e6
            && other.west_e6 <= self.east_e6
            && self.south_e6 <= other.north_e6
            && other.south_e6 <= self.north_e6
    }
}

/// A mean of points.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Middle {
    latitude_e6: i64,
    longitude_e6: i64,
    count: i64,
}

impl Middle {
    pub(super) fn add(&mut self, latitude_e6: i32, longitude_e6: i32) {
        self.latitude_e6 += i64::from(latitude_e6);
        self.longitude_e6 += i64::from(longitude_e6);
        self.count += 1;
    }

    /// Latitude and longitude; zero of nothing.
    pub(super) fn get(&self) -> (i32, i32) {
        let mean = |sum: i64| (sum / self.count.max(1)) as i32;
        (mean(self.latitude_e6), mean(self.longitude_e6))
    }
}
