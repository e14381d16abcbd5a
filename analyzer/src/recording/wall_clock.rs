//! Instants of a recording as times of day on the recorded host, and back.

const DAY_NS: i64 = 86_400_000_000_000;
const SECOND_NS: i64 = 1_000_000_000;

/// How the recording's clock relates to the wall clock of the recorded host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WallClock {
    /// Nanoseconds since the Unix epoch at the clock's zero.
    pub wall_minus_clock_ns: i64,
    /// Seconds east of UTC.
    pub utc_offset_s: i32,
}

impl WallClock {
    fn local(self, instant: i64) -> i64 {
        let offset = i64::from(self.utc_offset_s) * SECOND_NS;
        // A damaged row may state any instant.
        instant.saturating_add(self.wall_minus_clock_ns).saturating_add(offset)
    }

    /// `HH:MM:SS`.
    pub fn time_of_day(self, instant: i64) -> String {
        let seconds = self.local(instant).rem_euclid(DAY_NS) / SECOND_NS;
        format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    /// `YYYY-MM-DD`.
    pub fn date(self, instant: i64) -> String {
        // Days since 1 March of the year 0, so that a leap day is the last of its year.
        let days = self.local(instant).div_euclid(DAY_NS) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// The first instant at or after `start`'s midnight that has the time of day `HH:MM[:SS[.fraction]]`; the next
    /// day's where `start` is already past it by more than half a day, as in a recording over midnight.
    pub fn instant(self, time_of_day: &str, start: i64) -> Option<i64> {
        let mut parts = time_of_day.split(':');
        let hours: i64 = digits(parts.next()?)?;
        let minutes: i64 = digits(parts.next()?)?;
        let seconds = parts.next().unwrap_or("0");
        digits(seconds.split('.').next()?)?;
        let seconds: f64 = seconds.parse().ok()?;
        if parts.next().is_some() || hours > 23 || minutes > 59 || !(0.0..60.0).contains(&seconds) {
            return None;
        }
        let of_day = (hours * 60 + minutes) * 60 * SECOND_NS + (seconds * 1e9).round() as i64;
        let local = self.local(start);
        let instant = local - local.rem_euclid(DAY_NS) + of_day + (start - local);
        Some(if start - instant > DAY_NS / 2 { instant + DAY_NS } else { instant })
    }
}

fn digits(text: &str) -> Option<i64> {
    let valid = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21 02:44:32 UTC at instant 0, read an hour east.
    const CLOCK: WallClock =
        WallClock { wall_minus_clock_ns: 1_795_229_072 * SECOND_NS, utc_offset_s: 3600 };

    #[test]
    fn instants_have_dates_and_times() {
        assert_eq!(CLOCK.time_of_day(0), "03:44:32");
        assert_eq!(CLOCK.date(0), "2026-11-21");
        assert_eq!(CLOCK.time_of_day(-4 * 3600 * SECOND_NS), "23:44:32");
        assert_eq!(CLOCK.date(-4 * 3600 * SECOND_NS), "2026-11-20");
        assert_eq!(WallClock::default().date(68_169_600 * SECOND_NS), "1972-02-29");
    }

    #[test]
    fn times_of_day_are_instants() {
        assert_eq!(CLOCK.instant("03:44:33.5", 0), Some(1_500_000_000));
        assert_eq!(CLOCK.instant("03:45", 0), Some(28 * SECOND_NS));
        let before_midnight = 20 * 3600 * SECOND_NS;
        assert_eq!(
            CLOCK.instant("00:00:00", before_midnight),
            Some(20 * 3600 * SECOND_NS + (15 * 60 + 28) * SECOND_NS)
        );
        for bad in ["24:00", "1", "12:60", "12:00:60", "a:b", "12:00:00:00", "-1:00"] {
            assert_eq!(CLOCK.instant(bad, 0), None, "{bad}");
        }
    }
}
