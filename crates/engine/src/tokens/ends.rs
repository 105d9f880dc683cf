//! What ends soon: certificates and appointments, warned of 60, 30 and 7 days before.

use hoso_contract::state::CertificateWarning;

/// The warning for something whose last day comes in `days`; none once it is over.
pub(super) fn within(days: i64) -> Option<CertificateWarning> {
    match days {
        ..0 => None,
        0..=7 => Some(CertificateWarning::Ends7),
        8..=30 => Some(CertificateWarning::Ends30),
        31..=60 => Some(CertificateWarning::Ends60),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CertificateWarning::{Ends7, Ends30, Ends60};

    #[test]
    fn the_warning_changes_on_the_sixtieth_the_thirtieth_and_the_seventh_day_before() {
        for (days, warning) in [
            (61, None),
            (60, Some(Ends60)),
            (31, Some(Ends60)),
            (30, Some(Ends30)),
            (8, Some(Ends30)),
            (7, Some(Ends7)),
            (0, Some(Ends7)),
            (-1, None),
        ] {
            assert_eq!(within(days), warning, "{days}");
        }
    }
}
