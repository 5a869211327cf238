//! What is near a point.

use std::sync::Arc;

use super::{Atlas, Sheet};

/// How far away a site may be.
pub const MAX_DISTANCE_M: f64 = 50_000.0;
/// The sphere of GeoJSON servers, in metres.
const RADIUS_M: f64 = 6_378_100.0;
/// Metres of a degree of latitude; less than it is, so that no box leaves out what a circle holds.
const DEGREE_M: f64 = 110_000.0;

/// A site near a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// Its device.
    pub device_id: String,
    /// How far it is.
    pub distance_m: f64,
}

impl Atlas {
    /// The sites nearest to a point, nearest first, at most `first` and within [`MAX_DISTANCE_M`].
    #[must_use]
    pub fn near(&self, latitude_deg: f64, longitude_deg: f64, first: usize) -> Vec<Near> {
        let mut nearest: Vec<(f64, Arc<Sheet>, usize)> = Vec::new();
        let mut limit_m = MAX_DISTANCE_M;
        for sheet in self.sheets().into_iter().filter(|sheet| reaches(sheet, latitude_deg, longitude_deg)) {
            for (i, place) in sheet.places.iter().enumerate() {
                let (latitude, longitude) = (f64::from(place.latitude_e6) / 1e6, f64::from(place.longitude_e6) / 1e6);
                if (latitude - latitude_deg).abs() * DEGREE_M > limit_m {
                    continue;
                }
                let distance_m = distance_m((latitude_deg, longitude_deg), (latitude, longitude));
                if distance_m > limit_m {
                    continue;
                }
                let at = nearest.partition_point(|(m, ..)| *m <= distance_m);
                nearest.insert(at, (distance_m, sheet.clone(), i));
                nearest.truncate(first);
                if nearest.len() == first {
                    limit_m = nearest.last().map_or(limit_m, |(m, ..)| *m);
                }
            }
        }
        let near = |(distance_m, sheet, i): (f64, Arc<Sheet>, usize)| Near {
            device_id: sheet.device_id(&sheet.places[i]).to_owned(),
            distance_m,
        };
        nearest.into_iter().map(near).collect()
    }
}

/// Whether a sheet may hold a site near enough.
fn reaches(sheet: &Sheet, latitude_deg: f64, longitude_deg: f64) -> bool {
    let height = MAX_DISTANCE_M / DEGREE_M;
    let width = height / (latitude_deg.abs() + height).min(89.0).to_radians().cos();
    let within = |low_e6: i32, high_e6: i32, at: f64, margin: f64| {
        f64::from(low_e6) / 1e6 - margin <= at && at <= f64::from(high_e6) / 1e6 + margin
    };
    within(sheet.bounds.south_e6, sheet.bounds.north_e6, latitude_deg, height)
        && within(sheet.bounds.west_e6, sheet.bounds.east_e6, longitude_deg, width)
}

/// On a sphere, by the haversine formula. Latitudes and longitudes in degrees.
fn distance_m(a: (f64, f64), b: (f64, f64)) -> f64 {
    let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
    let h = half(b.0 - a.0) + a.0.to_radians().cos() * b.0.to_radians().cos() * half(b.1 - a.1);
    2.0 * RADIUS_M * h.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_a_sphere() {
        // A degree of a great circle.
        let degree = RADIUS_M.to_radians();
        assert!((distance_m((0.0, 0.0), (0.0, 1.0)) - degree).abs() < 1.0);
        assert!((distance_m((28.0, 77.0), (29.0, 77.0)) - degree).abs() < 1.0);
        assert!((distance_m((60.0, 10.0), (60.0, 11.0)) - degree / 2.0).abs() < 10.0);
        assert_eq!(distance_m((28.0, 77.0), (28.0, 77.0)), 0.0);
    }
}
