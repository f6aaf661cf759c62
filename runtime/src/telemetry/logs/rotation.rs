//! When log files begin, and what they are called.

use time::OffsetDateTime;

/// How often [`log_file`](crate::Builder::log_file) begins a new file. Times are UTC's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rotation(Option<Period>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Period {
    /// In seconds.
    length: i64,
    /// When one of them began, in seconds since 1970.
    since: i64,
    date: &'static str,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Rotation {
    /// Each minute: `<program>.2026-11-24-02-20.log`.
    pub const MINUTELY: Self = Self::every(MINUTE, 0, "0000-00-00-00-00");
    /// Each hour: `<program>.2026-11-24-02.log`.
    pub const HOURLY: Self = Self::every(HOUR, 0, "0000-00-00-00");
    /// Each day at midnight: `<program>.2026-11-24.log`.
    pub const DAILY: Self = Self::every(DAY, 0, "0000-00-00");
    /// Each Sunday at midnight, whose date the file has: `<program>.2026-11-22.log`.
    pub const WEEKLY: Self = Self::every(7 * DAY, 3 * DAY, "0000-00-00");
    /// One file that goes on for ever: `<program>.log`.
    pub const NEVER: Self = Self(None);

    const fn every(length: i64, since: i64, date: &'static str) -> Self {
        Self(Some(Period { length, since, date }))
    }

    /// The file of this second since 1970, and the second when the next one begins.
    pub(super) fn file(self, program: &str, now: i64) -> (String, Option<i64>) {
        let Some(Period { length, since, date }) = self.0 else { return (format!("{program}.log"), None) };
        let begin = now - (now - since).rem_euclid(length);
        // No year is further away than that, unless the clock is wrong.
        let at = OffsetDateTime::from_unix_timestamp(begin).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (year, month, day) = at.to_calendar_date();
        let mut text =
            format!("{year:04}-{:02}-{day:02}-{:02}-{:02}", u8::from(month), at.hour(), at.minute());
        text.truncate(date.len());
        (format!("{program}.{text}.log"), Some(begin.saturating_add(length)))
    }

    /// Whether a file of that name is of this rotation and this program. Their order is that of their dates.
    pub(super) fn has_made(self, program: &str, name: &str) -> bool {
        let Some(Period { date, .. }) = self.0 else { return false };
        let own = name.strip_prefix(program).and_then(|rest| rest.strip_prefix('.')?.strip_suffix(".log"));
        own.is_some_and(|own| {
            let is_as = |(c, shape): (u8, u8)| if shape == b'0' { c.is_ascii_digit() } else { c == shape };
            own.len() == date.len() && own.bytes().zip(date.bytes()).all(is_as)
        })
    }
}
