//! Sizes, spans, days and hours as people read them. Refuses the machine's time zone: the user's
//! is Asia/Ho_Chi_Minh (UTC+7, no summer time).

use chrono::{DateTime, Duration, NaiveDate, Utc};

use crate::Lang;

/// `214 KB`, `4,1 MB` (English `4.1 MB`); 1 KB is 1,024 bytes.
pub fn size(bytes: u64, lang: Lang) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut unit = 0u128;
    let mut scale = 1024u128;
    let bytes = u128::from(bytes);
    while bytes / scale >= 1024 && unit < 3 {
        scale = scale.saturating_mul(1024);
        unit = unit.saturating_add(1);
    }
    let name = usize::try_from(unit)
        .ok()
        .and_then(|u| UNITS.get(u))
        .copied()
        .unwrap_or("TB");
    // tenths, rounded half up
    let tenths = bytes.saturating_mul(10).saturating_add(scale / 2) / scale;
    if unit == 0 || tenths >= 100 {
        let whole = bytes.saturating_add(scale / 2) / scale;
        return format!("{whole} {name}");
    }
    let comma = lang.pick(',', '.');
    format!("{}{comma}{} {name}", tenths / 10, tenths % 10)
}

/// A rough span: `≈ 45 giây`, `≈ 2 phút 10 giây`, `≈ 3 giờ 5 phút`, `≈ 2 ngày`.
pub fn duration(seconds: u64, lang: Lang) -> String {
    if seconds == 0 {
        return lang.pick("dưới 1 giây", "under 1 s").to_owned();
    }
    let (minutes, s) = (seconds / 60, seconds % 60);
    let (hours, m) = (minutes / 60, minutes % 60);
    let word = |n: u64, vi: &str, en: &str| match lang {
        Lang::Vi => format!("{n} {vi}"),
        Lang::En => format!("{n} {en}"),
    };
    let parts = if hours >= 48 {
        vec![word(hours / 24, "ngày", "d")]
    } else if hours > 0 {
        vec![word(hours, "giờ", "h"), word(m, "phút", "min")]
    } else if minutes > 0 {
        vec![word(minutes, "phút", "min"), word(s, "giây", "s")]
    } else {
        vec![word(s, "giây", "s")]
    };
    let parts: Vec<_> = parts
        .into_iter()
        .enumerate()
        .filter(|(i, part)| *i == 0 || !part.starts_with("0 "))
        .map(|(_, part)| part)
        .collect();
    format!("≈ {}", parts.join(" "))
}

/// How far a clock is before another (negative: behind): `nhanh ≈ 7 phút`, `chậm ≈ 2 ngày`.
pub fn clock_off(minutes: i64, lang: Lang) -> String {
    let span = duration(minutes.unsigned_abs().saturating_mul(60), lang);
    let way = match minutes > 0 {
        true => lang.pick("nhanh", "fast by"),
        false => lang.pick("chậm", "slow by"),
    };
    format!("{way} {span}")
}

/// `22/11/2026`.
pub fn date(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

/// `22/11/2026 08:15` in Asia/Ho_Chi_Minh.
pub fn date_time(at: DateTime<Utc>) -> String {
    let local = at
        .naive_utc()
        .checked_add_signed(Duration::hours(7))
        .unwrap_or(at.naive_utc());
    local.format("%d/%m/%Y %H:%M").to_string()
}
