//! Ways a dossier takes beside the straight one: refused and mended, taken back, held, handed in
//! otherwise.

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::TaskKind;
use hoso_domain::id::UnitId;
use hoso_domain::life::{LocalState, ParkReason, TreasuryState};
use hoso_domain::party::{Account, Role, Unit};
use hoso_engine::evidence::verify_file;
use hoso_engine::{Handle, Waiting};
use uuid::Uuid;

use crate::desk::officer::Officer;
use crate::desk::{self, Desk, errors, line};

/// Another amount in the draft at hand.
fn amend(desk: &Desk, id: hoso_domain::id::DossierId, amount: &str) {
    let mut view = desk.view(id);
    view.vouchers[0]
        .grids
        .insert("lines".to_owned(), vec![line("Tiền điện", "6551", amount)]);
    assert_eq!(errors(&desk.save(&view).findings), []);
}

#[test]
fn a_refused_dossier_is_mended_and_sent_as_a_new_revision() {
    let desk = Desk::ready();
    let portal = desk.portal_up();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.until_sent(id);
    let early = desk.engine.handle(Mend { id }).unwrap_err();
    assert_eq!(early.code, Code::WrongState, "sent, and nobody asked");

    let officer = Officer::new(&desk);
    officer.act(id, "receive", "");
    officer.act(id, "refuse", "Sai mã nội dung kinh tế.");
    desk.until("the refusal", || {
        (desk.view(id).treasury == TreasuryState::Refused).then_some(())
    });
    let row = desk.until("the refusal's paper", || {
        let rows = desk.results();
        rows.into_iter().find(|r| !r.documents.is_empty())
    });
    assert_eq!(row.text, "Sai mã nội dung kinh tế.");
    assert!(row.documents[0].verified, "form 33, signed by the portal");

    desk.engine.handle(Mend { id }).unwrap();
    assert_eq!(desk.view(id).revision, 2);
    amend(&desk, id, "1.100.000");
    desk.finish(id);
    desk.until_sent(id);
    let file = officer.file(id);
    let revisions: Vec<u32> = file.revisions.iter().map(|r| r.revision).collect();
    assert_eq!(revisions, [1, 2]);
    assert_ne!(file.revisions[0].digest, file.revisions[1].digest);
    assert_eq!(file.summary.total.get(), 1_100_000);
    desk.down(portal);
}

#[test]
fn what_was_refused_and_sent_again_is_not_made_a_third_time_until_that_is_refused_as_well() {
    let desk = Desk::ready();
    let portal = desk.portal_up();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.until_sent(id);
    let officer = Officer::new(&desk);
    officer.act(id, "receive", "");
    let refused = |why: &str| {
        officer.act(id, "refuse", why);
        desk.until("the refusal", || {
            (desk.view(id).treasury == TreasuryState::Refused).then_some(())
        });
    };
    let row = || {
        let found = desk.results().into_iter().find(|r| r.id == id);
        found.unwrap()
    };
    let needs_unit = || {
        let tasks = desk.engine.handle(GetToday {}).unwrap().tasks;
        let asks = tasks.iter().any(|t| t.kind == TaskKind::Refused);
        let counted = desk.engine.handle(GetSession {}).unwrap().counts.answers;
        (asks, counted, row().may_mend)
    };
    refused("Sai mã nội dung kinh tế.");
    desk.engine.handle(MarkRead { id }).unwrap();
    assert_eq!(needs_unit(), (true, 1, true));

    desk.engine.handle(Mend { id }).unwrap();
    let drafted = desk.view(id).treasury;
    assert_eq!(drafted, TreasuryState::Refused, "until it is answered");
    assert_eq!(needs_unit(), (false, 0, false));
    amend(&desk, id, "1.100.000");
    desk.finish(id);
    desk.until_sent(id);

    // the portal has told nothing since: the refusal was of the revision before
    assert_eq!(desk.view(id).treasury, TreasuryState::None);
    assert_eq!(needs_unit(), (false, 0, false));
    let sent = row();
    assert_eq!(sent.treasury, TreasuryState::None);
    assert_eq!((sent.text.as_str(), sent.remarks.len()), ("", 0));
    assert!(sent.may_withdraw);
    let again = desk.engine.handle(Mend { id }).unwrap_err();
    assert_eq!(again.code, Code::WrongState);
    assert_eq!(desk.view(id).revision, 2);

    refused("Sai tài khoản.");
    assert_eq!(row().text, "Sai tài khoản.");
    assert!(row().may_mend);
    desk.engine.handle(Mend { id }).unwrap();
    assert_eq!(desk.view(id).revision, 3);
    desk.down(portal);
}

#[test]
fn what_the_treasury_said_after_a_revision_was_signed_is_read_before_another_is_taken() {
    let desk = Desk::ready();
    let portal = desk.portal_up();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.until_sent(id);
    let officer = Officer::new(&desk);
    officer.act(id, "receive", "");
    officer.act(id, "supplement", "Bổ sung hoá đơn.");
    let until = |state: TreasuryState| {
        desk.until("the treasury's word", || {
            (desk.view(id).treasury == state).then_some(())
        });
    };
    until(TreasuryState::SupplementAsked);
    let pause = |paused| {
        let mut settings = desk.engine.handle(GetSession {}).unwrap().settings;
        settings.paused = paused;
        desk.engine.handle(SaveSettings { settings }).unwrap();
    };
    pause(true);
    desk.down(portal);
    let reason = "Lập trùng khoản chi.".to_owned();
    desk.engine.handle(AskWithdrawal { id, reason }).unwrap();
    desk.engine.handle(Mend { id }).unwrap();
    desk.finish(id);

    // the PC hears the answer to the wish, and nobody has read it yet
    let portal = desk.portal_up();
    desk.send_now();
    until(TreasuryState::WithdrawalAsked);
    let officer = Officer::new(&desk);
    officer.act(id, "decline-withdrawal", "Chỉ bổ sung hoá đơn tháng 10.");
    until(TreasuryState::SupplementAsked);
    pause(false);
    let overtaken = LocalState::Parked {
        reason: ParkReason::Overtaken,
    };
    desk.until("the portal's no", || {
        (desk.local(id) == overtaken).then_some(())
    });
    desk.engine.handle(Mend { id }).unwrap();
    desk.finish(id);
    desk.until_sent(id);
    let file = officer.file(id);
    let revisions: Vec<u32> = file.revisions.iter().map(|r| r.revision).collect();
    assert_eq!(revisions, [1, 3]);
    desk.down(portal);
}

#[test]
fn a_withdrawal_asked_for_without_a_link_arrives_once_and_the_treasury_decides() {
    let desk = Desk::ready();
    let portal = desk.portal_up();
    let declined = desk.queued("Tiền điện", "1.000.000");
    desk.until_sent(declined);
    let granted = desk.queued("Tiền nước", "2.000.000");
    desk.until_sent(granted);
    desk.down(portal);

    let ask = |id| AskWithdrawal {
        id,
        reason: "Lập trùng khoản chi.".to_owned(),
    };
    desk.engine.handle(ask(declined)).unwrap();
    desk.engine.handle(ask(granted)).unwrap();
    let twice = desk.engine.handle(ask(granted)).unwrap_err();
    assert_eq!(twice.code, Code::WrongState, "one wish is enough");
    let wish = |id| {
        let rows = desk.results();
        let row = rows.into_iter().find(|r| r.id == id).unwrap();
        assert!(!row.may_withdraw, "asked already");
        row.withdrawal.unwrap()
    };
    assert!(!wish(granted).delivered, "nobody was there to hear it");

    let portal = desk.portal_up();
    desk.engine.handle(SendNow { id: None }).unwrap();
    for id in [declined, granted] {
        desk.until("the portal to have heard it", || {
            wish(id).delivered.then_some(())
        });
        desk.until("the treasury's word", || {
            (desk.view(id).treasury == TreasuryState::WithdrawalAsked).then_some(())
        });
    }
    let officer = Officer::new(&desk);
    officer.act(declined, "decline-withdrawal", "Đang chuyển tiền.");
    officer.act(granted, "accept-withdrawal", "");
    desk.until("the consent", || {
        (desk.view(granted).treasury == TreasuryState::Withdrawn).then_some(())
    });
    desk.until("the refusal", || {
        (desk.view(declined).treasury != TreasuryState::WithdrawalAsked).then_some(())
    });

    let over = desk.engine.handle(ask(granted)).unwrap_err();
    assert_eq!(over.code, Code::WrongState, "it is back already");
    assert_eq!(officer.file(granted).revisions.len(), 1);
    desk.down(portal);
}

#[test]
fn a_withdrawal_that_comes_after_the_decision_is_shown_with_the_portals_words() {
    let desk = Desk::ready();
    let portal = desk.portal_up();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.until_sent(id);
    desk.down(portal);
    desk.engine
        .handle(AskWithdrawal {
            id,
            reason: "Lập trùng khoản chi.".to_owned(),
        })
        .unwrap();

    // the treasury decides while this desk is shut
    desk.engine.handle(Lock {}).unwrap();
    let portal = desk.portal_up();
    let officer = Officer::new(&desk);
    officer.act(id, "receive", "");
    officer.act(id, "complete", "");
    desk.unlock().unwrap();
    let wish = desk.until("the portal's no", || {
        let rows = desk.results();
        let wish = rows.into_iter().find(|r| r.id == id)?.withdrawal?;
        wish.refused.is_some().then_some(wish)
    });
    assert_eq!(
        wish.refused.as_deref(),
        Some("Trạng thái hồ sơ không cho phép")
    );
    assert!(!wish.delivered);
    desk.down(portal);
}

#[test]
fn a_dossier_taken_back_from_the_queue_is_signed_anew_and_only_the_newest_is_sent() {
    let desk = Desk::ready();
    let id = desk.queued("Tiền điện", "1.000.000");
    let old = desk.path("cu.asice");
    let path = old.to_string_lossy().into_owned();
    desk.engine.handle(ExportContainer { id, path }).unwrap();

    desk.engine.handle(Mend { id }).unwrap();
    assert!(desk.engine.handle(GetOutbox {}).unwrap().is_empty());
    let view = desk.view(id);
    assert_eq!((view.revision, &view.local), (2, &LocalState::Draft));
    amend(&desk, id, "1.100.000");
    // with the portal up, a draft and a half-signed revision stay here
    let portal = desk.portal_up();
    desk.send_now();
    desk.submit(id);
    assert_eq!(
        desk.local(id),
        LocalState::Awaiting { step: 1 },
        "no signature came along"
    );
    for role in [Role::ChiefAccountant, Role::AccountOwner] {
        assert_eq!(desk.sign(id, role).items[0].error, None);
    }
    desk.until_sent(id);
    let file = Officer::new(&desk).file(id);
    let revisions: Vec<u32> = file.revisions.iter().map(|r| r.revision).collect();
    assert_eq!(revisions, [2]);
    assert_eq!(file.summary.total.get(), 1_100_000);

    // what was signed first stays evidence of what it was
    let new = desk.path("moi.asice");
    let path = new.to_string_lossy().into_owned();
    desk.engine.handle(ExportContainer { id, path }).unwrap();
    let ca = desk.world.dir.join("ca.pem");
    for container in [&old, &new] {
        assert!(verify_file(container, &ca).unwrap().ok);
    }
    assert_ne!(std::fs::read(&old).unwrap(), std::fs::read(&new).unwrap());
    desk.down(portal);
}

#[test]
fn what_waits_is_counted_over_all_units_and_what_is_held_apart() {
    let own = desk::tokens().world.unit.clone();
    let other = Unit {
        id: UnitId(Uuid::from_u128(own.id.0.as_u128() + 1)),
        code: "1057714".to_owned(),
        accounts: vec![Account {
            number: format!("9523.4.1057714.{}", own.area),
            name: "Dự toán chi thường xuyên".to_owned(),
        }],
        ..own.clone()
    };
    let unit = other.id;
    let desk = Desk::with(|wish| wish.more_units = vec![other]);
    desk.first_run();
    desk.engine.handle(SelectUnit { unit: own.id }).unwrap();
    let held = desk.queued("Tiền điện", "1.000.000");
    desk.queued("Tiền nước", "2.000.000");
    let waiting = |going, standing| {
        let told = desk.engine.waiting().unwrap();
        assert_eq!(told, Waiting { going, standing });
    };
    waiting(2, 0);
    desk.engine.handle(Hold { id: held }).unwrap();
    waiting(1, 1);
    desk.engine.handle(SelectUnit { unit }).unwrap();
    assert!(desk.engine.handle(GetOutbox {}).unwrap().is_empty());
    waiting(1, 1);
}

#[test]
fn what_is_held_waits_and_what_was_handed_in_otherwise_is_never_sent() {
    let desk = Desk::ready();
    let held = desk.queued("Tiền điện", "1.000.000");
    let carried = desk.queued("Tiền nước", "2.000.000");
    let plain = desk.queued("Tiền điện thoại", "3.000.000");
    desk.engine.handle(Hold { id: held }).unwrap();
    desk.engine
        .handle(HandedInOtherwise {
            id: carried,
            how: "Mang giấy ra quầy".to_owned(),
        })
        .unwrap();

    let portal = desk.portal_up();
    let officer = Officer::new(&desk);
    for id in [None, Some(held)] {
        desk.engine.handle(SendNow { id }).unwrap();
    }
    let gone = SendNow { id: Some(carried) };
    assert_eq!(desk.engine.handle(gone).unwrap_err().code, Code::NotFound);
    desk.until_sent(plain);
    let at_the_portal = || -> Vec<_> { officer.dossiers().iter().map(|d| d.dossier).collect() };
    assert_eq!(at_the_portal(), [plain]);
    assert_eq!(desk.local(held), LocalState::Held);
    assert_eq!(desk.local(carried), LocalState::Carried);
    for command in [carried, plain] {
        let again = desk.engine.handle(HandedInOtherwise {
            id: command,
            how: String::new(),
        });
        assert_eq!(again.unwrap_err().code, Code::WrongState);
    }
    let mended = desk.engine.handle(Mend { id: carried }).unwrap_err();
    assert_eq!(mended.code, Code::WrongState);

    desk.engine.handle(Release { id: held }).unwrap();
    desk.until_sent(held);
    assert_eq!(at_the_portal().len(), 2);
    assert_eq!(desk.local(carried), LocalState::Carried);
    desk.down(portal);
}

#[test]
fn what_was_typed_of_a_carried_revision_hides_no_word_about_the_one_that_is_sent() {
    let desk = Desk::ready();
    let id = desk.draft("Tiền điện", "1.000.000");
    let how = "Cổng trực tuyến".to_owned();
    desk.engine.handle(HandedInOtherwise { id, how }).unwrap();
    for status in ["received", "supplement-asked", "refused"] {
        desk.engine
            .handle(RecordCarried {
                id,
                treasury_number: String::new(),
                status: status.to_owned(),
                text: String::new(),
                document: None,
            })
            .unwrap();
    }
    desk.engine.handle(Mend { id }).unwrap();
    desk.finish(id);
    let portal = desk.portal_up();
    desk.send_now();
    desk.until_sent(id);
    let officer = Officer::new(&desk);
    officer.act(id, "receive", "");
    desk.until("the portal's own word", || {
        (desk.view(id).treasury == TreasuryState::Received).then_some(())
    });
    officer.act(id, "refuse", "Sai mã nội dung kinh tế.");
    desk.until("the refusal", || {
        (desk.view(id).treasury == TreasuryState::Refused).then_some(())
    });
    desk.engine.handle(Mend { id }).unwrap();
    desk.finish(id);
    desk.until_sent(id);
    let file = officer.file(id);
    let revisions: Vec<u32> = file.revisions.iter().map(|r| r.revision).collect();
    assert_eq!(revisions, [2, 3]);
    desk.down(portal);
}

#[test]
fn while_sending_is_paused_only_what_a_person_asks_for_goes() {
    let desk = Desk::ready();
    let set_paused = |paused| {
        let mut settings = desk.engine.handle(GetSession {}).unwrap().settings;
        settings.paused = paused;
        desk.engine.handle(SaveSettings { settings }).unwrap();
    };
    set_paused(true);
    let waits = desk.queued("Tiền điện", "1.000.000");
    let urgent = desk.queued("Tiền nước", "2.000.000");
    let portal = desk.portal_up();
    desk.engine.handle(SendNow { id: Some(urgent) }).unwrap();
    desk.until_sent(urgent);
    desk.until_waits_for(waits, Code::SendingPaused);
    set_paused(false);
    desk.until_sent(waits);
    desk.down(portal);
}

#[test]
fn outside_the_sending_hours_a_dossier_waits_and_goes_when_a_person_says_so() {
    use chrono::Timelike as _;

    let desk = Desk::ready();
    let portal = desk.portal_up();
    let mut settings = desk.engine.handle(GetSession {}).unwrap().settings;
    // an hour in Vietnam that is neither now nor next
    let hour = |ahead: u32| u8::try_from((desk::now().hour() + 7 + ahead) % 24).unwrap();
    settings.sending_hours = (hour(12), hour(13));
    desk.engine.handle(SaveSettings { settings }).unwrap();
    let id = desk.queued("Tiền điện", "1.000.000");
    desk.until_waits_for(id, Code::SendingHours);
    // the line works meanwhile: what the treasury is asked comes through
    desk.until("the portal", || {
        let link = desk.engine.handle(GetSession {}).unwrap().link;
        matches!(link, hoso_contract::view::LinkView::Online { .. }).then_some(())
    });
    assert_eq!(desk.local(id), LocalState::Queued);
    desk.engine.handle(SendNow { id: Some(id) }).unwrap();
    desk.until_sent(id);
    desk.down(portal);
}
