//! Names of states, roles and drawers, as docs/GLOSSARY.md fixes them. Refuses to merge the two
//! columns: what this PC did and what the treasury said have their own words.

use hoso_domain::dossier::Drawer;
use hoso_domain::life::{LocalState, ParkReason, TreasuryState};
use hoso_domain::party::Role;

use crate::Lang;

/// Local column. `next` is the role that signs next, where the form's order is at hand; without it
/// step 1 is the chief accountant and step 2 the account owner, as on payments.
pub fn local_state(state: &LocalState, next: Option<Role>, lang: Lang) -> String {
    let (vi, en) = match state {
        LocalState::Draft => ("Đang lập", "Draft"),
        LocalState::Awaiting { step } => {
            let payment = if *step <= 1 {
                Role::ChiefAccountant
            } else {
                Role::AccountOwner
            };
            match next.unwrap_or(payment) {
                Role::ChiefAccountant => (
                    "Chờ Kế toán trưởng ký",
                    "Waiting for the chief accountant’s signature",
                ),
                Role::AccountOwner => (
                    "Chờ Chủ tài khoản ký",
                    "Waiting for the account owner’s signature",
                ),
            }
        }
        LocalState::Queued => ("Chờ gửi", "Waiting to be sent"),
        LocalState::Held => ("Giữ lại", "Held back"),
        LocalState::Sending => ("Đang gửi", "Sending"),
        LocalState::Unknown => (
            "Chưa rõ kết quả gửi – đang hỏi lại",
            "Outcome of sending unknown – asking again",
        ),
        LocalState::Sent => ("Đã gửi", "Sent"),
        LocalState::Parked {
            reason: ParkReason::GivingUp,
        } => (
            "Đang rút lại – chờ cổng trả lời",
            "Being given up – waiting for the portal’s answer",
        ),
        LocalState::Parked {
            reason: ParkReason::GivenUp,
        } => ("Đã thôi gửi", "Given up"),
        LocalState::Parked { .. } => ("Cần xử lý", "Needs attention"),
        LocalState::Carried => ("Chuyển tay", "Carried by hand"),
        LocalState::Superseded => ("Đã thay thế", "Replaced"),
    };
    lang.pick(vi, en).to_owned()
}

/// Why a revision needs attention.
pub fn park_reason(reason: ParkReason, lang: Lang) -> &'static str {
    let (vi, en) = match reason {
        ParkReason::Findings => (
            "Kiểm tra lại lúc gửi thấy lỗi. Rút về sửa rồi trình ký lại.",
            "The check before sending found errors. Take the dossier back and mend it.",
        ),
        ParkReason::RefusedByPortal => (
            "Cổng tiếp nhận không nhận hồ sơ này. Xem lý do rồi rút về sửa.",
            "The portal did not take this dossier. Read the reason, then mend it.",
        ),
        ParkReason::Conflict => (
            "Trên cổng đã có một bản khác của hồ sơ này. Đừng nộp giấy, hồ sơ có thể bị chi hai lần. \
             Liên hệ Kho bạc trước khi gửi lại.",
            "The portal holds another version of this dossier. Do not hand it in on paper, it could be \
             paid twice. Ask the treasury before sending.",
        ),
        ParkReason::Overtaken => (
            "Kho bạc đã xử lý trước khi bản này tới. Xem kết quả mới nhất rồi quyết định.",
            "The treasury acted before this version arrived. Read the latest result first.",
        ),
        ParkReason::LocalFile => (
            "Một tệp đã lưu bị mất hoặc hỏng trên máy này. Đính kèm lại rồi trình ký lại.",
            "A stored file is missing or damaged on this PC. Attach it again and sign again.",
        ),
        ParkReason::GivingUp => (
            "Lần gửi trước chưa rõ kết quả, bản này có thể còn đang trên đường tới cổng. Đang hỏi cổng; \
             khi cổng xác nhận không nhận bản này nữa thì mới sửa hoặc nộp cách khác được. Nếu cổng \
             đã nhận rồi, hồ sơ chuyển sang Đã gửi. Mất mạng thì máy tự hỏi khi có mạng lại.",
            "An earlier try went unanswered, so this version may still be on its way. The portal is \
             being asked; it can be mended or handed in otherwise once the portal confirms that it \
             will not accept it. If it was accepted, it becomes Sent. Without a link the question waits.",
        ),
        ParkReason::GivenUp => (
            "Cổng đã xác nhận chưa nhận và sẽ không nhận bản này. Nay có thể rút về sửa, hoặc ghi là \
             đã nộp cách khác.",
            "The portal confirmed that it has not accepted this version and never will. It can be \
             mended now, or recorded as handed in otherwise.",
        ),
    };
    lang.pick(vi, en)
}

/// Treasury column; blank while nothing was heard. An unknown status is the portal's own text.
pub fn treasury_state(state: &TreasuryState, lang: Lang) -> String {
    let (vi, en) = match state {
        TreasuryState::None => ("", ""),
        TreasuryState::Received => ("Đã tiếp nhận", "Received"),
        TreasuryState::Checking => ("Đang kiểm soát", "Being checked"),
        TreasuryState::SupplementAsked => ("Yêu cầu bổ sung", "Supplement asked for"),
        TreasuryState::Completed => ("Đã hoàn thành giao nhận", "Completed"),
        TreasuryState::Refused => ("Từ chối", "Refused"),
        TreasuryState::MoneyReturned => ("Ngân hàng trả lại tiền", "Money returned by the bank"),
        TreasuryState::WithdrawalAsked => ("Đang xin rút", "Withdrawal asked for"),
        TreasuryState::Withdrawn => ("Đã rút hồ sơ", "Withdrawn"),
        TreasuryState::Other { text } => (text.as_str(), text.as_str()),
    };
    lang.pick(vi, en).to_owned()
}

pub fn role(role: Role, lang: Lang) -> &'static str {
    match role {
        Role::ChiefAccountant => lang.pick("Kế toán trưởng", "Chief accountant"),
        Role::AccountOwner => lang.pick("Chủ tài khoản", "Account owner"),
    }
}

pub fn drawer(drawer: Drawer, lang: Lang) -> &'static str {
    match drawer {
        Drawer::Treasury => lang.pick("Gửi Kho bạc", "For the treasury"),
        Drawer::Unit => lang.pick("Lưu tại đơn vị", "Kept at the unit"),
    }
}
