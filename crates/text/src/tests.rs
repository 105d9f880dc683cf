#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

use hoso_contract::state::{CertificateWarning, Obstacle, TestName, TokenWarning};
use hoso_contract::{AppError, Code};
use hoso_domain::finding::{Finding, FindingCode, Place};
use hoso_domain::life::{LocalState, ParkReason, TreasuryState};
use hoso_domain::party::Role;

use super::*;

const BOTH: [Lang; 2] = [Lang::Vi, Lang::En];

fn params(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

#[test]
fn every_failure_says_what_happened_why_and_what_to_do() {
    for lang in BOTH {
        let mut titles = BTreeSet::new();
        for code in Code::ALL {
            let words = failure(&AppError::new(*code), lang);
            assert!(
                titles.insert(words.title.clone()),
                "{code:?}: {}",
                words.title
            );
            for part in [&words.title, &words.cause, &words.remedy] {
                assert!(
                    !part.trim().is_empty() && !part.contains("  "),
                    "{code:?}: {part}"
                );
            }
            for part in [&words.cause, &words.remedy] {
                assert!(part.ends_with('.'), "{code:?}: {part}");
            }
            assert!(
                !words.title.is_ascii() || lang == Lang::En,
                "{code:?}: {}",
                words.title
            );
        }
    }
}

#[test]
fn what_exactly_the_portal_refuses_is_told_in_the_language_of_the_window() {
    let error = AppError::new(Code::PortalRefused)
        .with("detail", "2 signatures, the form needs 1")
        .with("detail_vi", "hồ sơ có 2 chữ ký, mẫu cần 1");
    let vietnamese = failure(&error, Lang::Vi).cause;
    assert!(
        vietnamese.ends_with(": hồ sơ có 2 chữ ký, mẫu cần 1."),
        "{vietnamese}"
    );
    let english = failure(&error, Lang::En).cause;
    assert!(
        english.ends_with(": 2 signatures, the form needs 1."),
        "{english}"
    );
}

#[test]
fn a_failure_names_the_file_and_the_numbers_it_is_about() {
    let error = AppError::new(Code::FileTooLarge)
        .with("name", "quyet-dinh.pdf")
        .with("size", 12_582_912)
        .with("limit", 10_485_760);
    let words = failure(&error, Lang::Vi);
    assert_eq!(words.title, "Tệp “quyet-dinh.pdf” quá lớn");
    assert_eq!(
        words.cause,
        "Tệp nặng 12 MB, tối đa 10 MB. Hồ sơ vẫn được lưu."
    );
    let said = AppError::new(Code::PortalRefused).with("said", "Hồ sơ đã có bản khác");
    assert!(
        failure(&said, Lang::Vi)
            .cause
            .ends_with("“Hồ sơ đã có bản khác”.")
    );
    let mut internal = AppError::new(Code::Internal);
    internal.incident = "7F3A01C2".to_owned();
    assert!(failure(&internal, Lang::Vi).remedy.contains("7F3A01C2"));
}

#[test]
fn a_file_of_the_persons_that_cannot_be_written_is_named_and_the_programs_data_is_not_blamed() {
    for lang in BOTH {
        let own = failure(&AppError::new(Code::DiskRefused), lang);
        let path = "D:\\Hồ sơ\\sổ.xlsx";
        let told = failure(&AppError::new(Code::DiskRefused).with("path", path), lang);
        assert!(told.title.contains(path), "{}", told.title);
        assert_ne!(told.cause, own.cause);
        assert!(told.remedy.contains("Excel"), "{}", told.remedy);
        for part in [&told.cause, &told.remedy] {
            assert!(part.ends_with('.') && !part.contains("  "), "{part}");
        }
    }
}

#[test]
fn a_wrong_clock_says_which_way_and_how_far() {
    assert_eq!(clock_off(7, Lang::Vi), "nhanh ≈ 7 phút");
    assert_eq!(clock_off(-400 * 24 * 60, Lang::Vi), "chậm ≈ 400 ngày");
    assert_eq!(clock_off(-65, Lang::En), "slow by ≈ 1 h 5 min");
}

#[test]
fn a_connection_file_that_is_not_for_this_pc_says_why() {
    let words = |pairs: &[(&str, &str)], lang| {
        let mut error = AppError::new(Code::ConnectionForeign);
        error.params = params(pairs);
        failure(&error, lang)
    };
    let whys: &[&[(&str, &str)]] = &[
        &[],
        &[("why", "unit"), ("name", "UBND xã Mường Chà")],
        &[("why", "treasury"), ("name", "Kho bạc khu vực X")],
        &[("why", "training")],
        &[("why", "real")],
        &[("why", "codes")],
        &[("why", "older"), ("valid_to", "31/12/2026")],
        &[("valid_to", "31/12/2026")],
    ];
    for lang in BOTH {
        let mut causes = BTreeSet::new();
        for why in whys {
            let told = words(why, lang);
            assert!(causes.insert(told.cause.clone()), "{}", told.cause);
            assert_eq!(told.title, words(&[], lang).title);
            for value in why.iter().filter(|(name, _)| *name != "why") {
                assert!(told.cause.contains(value.1), "{}", told.cause);
            }
        }
    }
}

#[test]
fn a_signature_that_did_not_bring_a_pc_in_says_why() {
    for lang in BOTH {
        let mut causes = BTreeSet::new();
        for why in ["", "signer", "late", "other"] {
            let error = AppError::new(Code::EnrolmentRefused).with("why", why);
            let told = failure(&error, lang);
            assert!(causes.insert(told.cause.clone()), "{}", told.cause);
            for part in [&told.cause, &told.remedy] {
                assert!(part.ends_with('.') && !part.contains("  "), "{part}");
            }
        }
    }
}

#[test]
fn a_store_that_can_only_be_read_says_why_and_sound_data_is_not_to_be_restored() {
    for lang in BOTH {
        let mut causes = BTreeSet::new();
        for why in ["damaged", "disk-full", "disk-refused"] {
            let error = AppError::new(Code::StoreReadOnly).with("why", why);
            let told = failure(&error, lang);
            assert!(causes.insert(told.cause.clone()), "{}", told.cause);
            for part in [&told.cause, &told.remedy] {
                assert!(part.ends_with('.') && !part.contains("  "), "{part}");
            }
            let restores = told.remedy.contains(lang.pick("khôi phục", "restore"));
            assert_eq!(restores, why == "damaged", "{}", told.remedy);
        }
    }
}

#[test]
fn every_finding_has_words_of_its_own() {
    let values = params(&[
        ("label", "Mã chương"),
        ("value", "805"),
        ("expected", "12"),
        ("other", "007"),
        ("account", "9523.4.1234567"),
    ]);
    for lang in BOTH {
        let mut seen = BTreeSet::new();
        for code in FindingCode::ALL {
            let mut found = Finding::error(*code, Place::Dossier);
            found.params = values.clone();
            let text = finding(&found, lang);
            assert!(
                text.ends_with('.') && !text.contains("  "),
                "{code:?}: {text}"
            );
            assert!(seen.insert(text.clone()), "{code:?}: {text}");
            assert!(lang == Lang::En || !text.is_ascii(), "{code:?}: {text}");
        }
    }
}

/// docs/CHECKS.md as it must be: every check with its scope, weight, words and article.
fn checks_document() -> String {
    use hoso_domain::check::{Scope, Weight, about};
    let values = params(&[
        ("label", "…"),
        ("value", "…"),
        ("expected", "…"),
        ("other", "…"),
        ("account", "…"),
        ("nearest", "…"),
    ]);
    let mut out = String::from(
        "# Checks\n\n\
         Every finding the program can make, from `FindingCode::ALL`, `check::about` and the words of\n\
         `hoso-text`. A test keeps this page equal to them; `HOSO_WRITE_DOCS=1 cargo test -p hoso-text`\n\
         writes it anew. Errors block \u{201c}Trình ký\u{201d} and sending; warnings ask once. Articles: Đ = điều,\n\
         the number after the dot the khoản, a letter the điểm; \u{201c}Hoso\u{201d} is our own care.\n\n\
         Scope: **field** and **voucher** run when a field is left; **dossier** over all its vouchers;\n\
         **history** needs catalogues, books and other dossiers and is asked of the engine; **book**\n\
         belongs to a book or a pay table.\n\n\
         | Check | Scope | Weight | Says | From |\n|---|---|---|---|---|\n",
    );
    for code in FindingCode::ALL {
        let told = about(*code);
        let scope = match told.scope {
            Scope::Field => "field",
            Scope::Voucher => "voucher",
            Scope::Dossier => "dossier",
            Scope::History => "history",
            Scope::Book => "book",
        };
        let weight = match told.weight {
            Weight::Error => "error",
            Weight::Warning => "warning",
            Weight::Either => "error or warning",
        };
        let mut found = Finding::error(*code, Place::Dossier);
        found.params = values.clone();
        out.push_str(&format!(
            "| `{}` | {scope} | {weight} | {} | {} |\n",
            code.as_str(),
            finding(&found, Lang::Vi),
            told.article
        ));
    }
    out
}

#[test]
fn the_page_of_checks_tells_what_the_checks_are() {
    let own = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let page = std::path::Path::new(&own).join("../../docs/CHECKS.md");
    let wanted = checks_document();
    if std::env::var_os("HOSO_WRITE_DOCS").is_some() {
        std::fs::write(&page, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&page).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/CHECKS.md is not what the checks say: HOSO_WRITE_DOCS=1 cargo test -p hoso-text"
    );
}

#[test]
fn a_finding_in_a_grid_names_its_line() {
    let place = Place::Cell {
        voucher: 0,
        block: "lines".to_owned(),
        row: 2,
        column: "amount".to_owned(),
    };
    let found = Finding::error(FindingCode::FieldRequired, place.clone())
        .with("label", "Tổng số tiền")
        .with("line", "3");
    assert_eq!(
        finding(&found, Lang::Vi),
        "Dòng 3: Chưa điền “Tổng số tiền”."
    );
    assert_eq!(super::place(&place, Lang::Vi), "Chứng từ 1, dòng 3");
}

#[test]
fn states_have_the_words_of_the_glossary() {
    use LocalState as L;
    let states = [
        (L::Draft, "Đang lập"),
        (L::Awaiting { step: 1 }, "Chờ Kế toán trưởng ký"),
        (L::Awaiting { step: 2 }, "Chờ Chủ tài khoản ký"),
        (L::Queued, "Chờ gửi"),
        (L::Held, "Giữ lại"),
        (L::Sending, "Đang gửi"),
        (L::Unknown, "Chưa rõ kết quả gửi – đang hỏi lại"),
        (L::Sent, "Đã gửi"),
        (
            L::Parked {
                reason: ParkReason::Findings,
            },
            "Cần xử lý",
        ),
        (
            L::Parked {
                reason: ParkReason::GivingUp,
            },
            "Đang rút lại – chờ cổng trả lời",
        ),
        (
            L::Parked {
                reason: ParkReason::GivenUp,
            },
            "Đã thôi gửi",
        ),
        (L::Carried, "Chuyển tay"),
        (L::Superseded, "Đã thay thế"),
    ];
    for (state, words) in states {
        assert_eq!(local_state(&state, None, Lang::Vi), words);
        assert!(!local_state(&state, None, Lang::En).is_empty());
    }
    let first = L::Awaiting { step: 1 };
    let owner = local_state(&first, Some(Role::AccountOwner), Lang::Vi);
    assert_eq!(owner, "Chờ Chủ tài khoản ký");
    use TreasuryState as T;
    for (state, words) in [
        (T::Received, "Đã tiếp nhận"),
        (T::Checking, "Đang kiểm soát"),
        (T::SupplementAsked, "Yêu cầu bổ sung"),
        (T::Completed, "Đã hoàn thành giao nhận"),
        (T::Refused, "Từ chối"),
        (T::MoneyReturned, "Ngân hàng trả lại tiền"),
        (
            T::Other {
                text: "Chờ lãnh đạo".to_owned(),
            },
            "Chờ lãnh đạo",
        ),
    ] {
        assert_eq!(treasury_state(&state, Lang::Vi), words);
    }
}

#[test]
fn every_act_obstacle_warning_and_deadline_has_words() {
    let none = BTreeMap::new();
    for lang in BOTH {
        for key in [
            "draft-created",
            "draft-saved",
            "attached",
            "detached",
            "submitted",
            "signed",
            "given-back",
            "mended",
            "queued",
            "held",
            "released",
            "sending",
            "receipt",
            "unknown",
            "treasury-received",
            "treasury-refused",
            "treasury-supplement-asked",
            "treasury-completed",
            "treasury-money-returned",
            "withdrawal-asked",
            "withdrawal-delivered",
            "withdrawal-refused",
            "treasury-withdrawal-asked",
            "treasury-withdrawn",
            "supplement-asked",
            "refused",
            "completed",
            "handed-in-otherwise",
            "connection-renewed",
            "device-revocation-asked",
            "device-revoked",
            "exported",
            "result-typed",
            "book-entered",
            "book-struck",
            "codes-added",
            "contract-kept",
            "movement-matched",
            "certificate-announced",
            "certificate-registered",
            "certificate-declined",
            "evidence-added",
            "evidence-late",
            "evidence-listed",
            "signer-revoked",
            "pin-changed",
            "recovery-used",
            "recovery-made",
            "recovery-replaced",
        ] {
            assert_ne!(act(key, &none, lang), key);
        }
        for code in Obstacle::ALL.iter().map(|o| o.as_str()) {
            let unknown = obstacle("", lang);
            assert!(!obstacle(code, lang).starts_with(&unknown), "{code}");
            assert!(!obstacle_remedy(code, lang).is_empty(), "{code}");
        }
        for code in TokenWarning::ALL.iter().map(|w| w.as_str()) {
            assert_ne!(token_warning(code, 0, lang), code);
            assert!(token_warning(code, 3, lang).contains('3'));
        }
        for code in CertificateWarning::ALL.iter().map(|w| w.as_str()) {
            assert_ne!(certificate_warning(code, lang), code);
        }
        for name in TestName::ALL.iter().map(|n| n.as_str()) {
            assert_ne!(test_step(name, lang), name);
        }
        for rule in hoso_domain::catalogue::deadline_rules() {
            assert_ne!(deadline(&rule.code, &none, lang), rule.code);
        }
    }
    let signed = act("signed", &params(&[("role", "chief-accountant")]), Lang::Vi);
    assert_eq!(signed, "Ký số: Kế toán trưởng");
}

#[test]
fn sizes_spans_and_hours_are_written_for_people() {
    for (bytes, vi) in [
        (0, "0 B"),
        (1023, "1023 B"),
        (219_136, "214 KB"),
        (4_299_162, "4,1 MB"),
        (10_485_760, "10 MB"),
        (5_368_709_120, "5,0 GB"),
    ] {
        assert_eq!(size(bytes, Lang::Vi), vi);
    }
    assert_eq!(size(4_299_162, Lang::En), "4.1 MB");
    for (seconds, vi) in [
        (0, "dưới 1 giây"),
        (45, "≈ 45 giây"),
        (130, "≈ 2 phút 10 giây"),
        (120, "≈ 2 phút"),
        (11_100, "≈ 3 giờ 5 phút"),
        (259_200, "≈ 3 ngày"),
    ] {
        assert_eq!(duration(seconds, Lang::Vi), vi);
    }
    let at = "2026-11-22T18:15:00Z".parse().unwrap();
    assert_eq!(date_time(at), "23/11/2026 01:15");
    assert_eq!(date("2026-01-05".parse().unwrap()), "05/01/2026");
}

#[test]
fn a_locked_token_is_unlocked_the_way_of_its_issuer() {
    let way = |issuer| unlock_way(issuer, Lang::Vi);
    assert!(way("Viettel-CA SHA-256").contains("chi nhánh Viettel"));
    assert!(way("Cơ quan chứng thực số Chính phủ (RootCA)").contains("Sở Khoa học và Công nghệ"));
    assert!(way("VNPT-CA").contains("số sê-ri"));
    assert!(way("").contains("nơi cấp"));
}

#[test]
fn a_pin_that_is_locked_or_must_be_changed_leads_to_where_this_program_does_it() {
    for code in [Code::TokenLocked, Code::TokenPinExpired] {
        let words = failure(&AppError::new(code), Lang::Vi);
        assert_eq!(words.action, Some(Action::OpenTokenSettings), "{code:?}");
        assert!(words.remedy.contains("Cài đặt"), "{}", words.remedy);
    }
    let warned = token_warning("to-be-changed", 0, Lang::Vi);
    assert!(warned.contains("Đổi mã PIN của thiết bị"), "{warned}");
}

#[test]
fn a_modules_own_value_stands_in_the_cause_with_its_meaning() {
    let error = AppError::new(Code::TokenRemoved).with("ckr", "CKR_DEVICE_REMOVED");
    let words = failure(&error, Lang::Vi);
    assert!(
        words
            .cause
            .ends_with("Trình điều khiển báo CKR_DEVICE_REMOVED: thiết bị bị rút ra giữa chừng."),
        "{}",
        words.cause
    );
    let error = AppError::new(Code::TokenRefused).with("ckr", "vendor code 0x80000007");
    let words = failure(&error, Lang::Vi);
    assert!(
        words
            .cause
            .ends_with("Trình điều khiển báo vendor code 0x80000007.")
    );
}
