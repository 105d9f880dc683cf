//! Why the unit's figure and the treasury's differ, one line of it. Refuses to sum up: the lines do.

use hoso_domain::book::{Reason, Why};

use crate::{Lang, date};

/// `Chứng từ 00012 ngày 30/06/2026: Kho bạc chưa hạch toán (3.000.000)`.
pub fn difference<Id>(reason: &Reason<Id>, lang: Lang) -> String {
    let day = date(reason.day);
    let amount = reason.amount;
    let (what, number) = match (reason.number.as_str(), reason.why) {
        ("", Why::NotInBooks) => (
            lang.pick("Kho bạc ghi", "The treasury booked"),
            String::new(),
        ),
        ("", _) => (lang.pick("Bút toán", "Entry"), String::new()),
        (number, _) => (lang.pick("Chứng từ", "Voucher"), format!(" {number}")),
    };
    let why = match reason.why {
        Why::NotAtTreasury => lang.pick("Kho bạc chưa hạch toán", "not booked by the treasury yet"),
        Why::NotInBooks => lang.pick("sổ đơn vị chưa ghi", "not in the unit's books"),
        Why::OtherAmount => lang.pick("hai bên ghi số khác nhau", "booked with another amount"),
    };
    let on = lang.pick("ngày", "of");
    format!("{what}{number} {on} {day}: {why} ({amount})")
}
