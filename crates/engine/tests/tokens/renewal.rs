//! A signer's certificate was renewed: announced here, registered there, good on every PC.

use hoso_contract::Code;
use hoso_contract::command::*;
use hoso_contract::view::*;
use hoso_engine::Handle;
use hoso_testkit::ca::{Issued, Usage, Validity};

use crate::bench::{Bench, CHIEF};
use crate::desk::officer::Officer;

/// A desk whose chief accountant also has a token nobody registered.
fn renewed(holder: &str) -> (Bench, Issued) {
    let mut made = None;
    let bench = Bench::with(|w| {
        let issued = w
            .world
            .ca
            .issue(
                holder,
                "Kế toán trưởng",
                "Xã",
                Usage::Signing,
                Validity::Current,
            )
            .unwrap();
        w.world
            .hsm
            .add_token("renewed", "246810", "87654321", &issued)
            .unwrap();
        made = Some(issued);
    });
    (bench, made.unwrap())
}

fn seen(bench: &Bench, issued: &Issued) -> CertificateView {
    let tokens = bench.tokens().tokens.into_iter();
    let mut all = tokens.flat_map(|t| t.certificates);
    all.find(|c| c.id == issued.digest).unwrap()
}

fn state(bench: &Bench, issued: &Issued) -> RenewalState {
    seen(bench, issued).renewal.unwrap().state
}

fn announce(bench: &Bench, issued: &Issued) -> Result<TokensView, hoso_contract::AppError> {
    bench.desk.engine.handle(AnnounceCertificate {
        certificate: issued.digest,
    })
}

#[test]
fn a_renewed_certificate_is_announced_offline_and_signs_once_the_treasury_registered_it() {
    // authorities write names in capitals
    let (bench, issued) = renewed("LÒ THỊ HOA");
    let view = seen(&bench, &issued);
    assert_eq!(view.obstacles, ["not-registered"]);
    let renewal = view.renewal.unwrap();
    assert_eq!(
        (renewal.name.as_str(), renewal.state),
        ("Lò Thị Hoa", RenewalState::Possible)
    );
    // the portal is down: the wish is written down
    announce(&bench, &issued).unwrap();
    assert_eq!(state(&bench, &issued), RenewalState::Waiting);

    let _portal = bench.desk.portal_up();
    bench.desk.send_now();
    bench.desk.until("the announcement", || {
        (state(&bench, &issued) == RenewalState::Announced).then_some(())
    });
    let id = bench.submitted(1)[0];
    let sign = || {
        bench.desk.engine.handle(Sign {
            items: vec![id],
            certificate: issued.digest,
            pin: Secret("246810".to_owned()),
        })
    };
    let early = sign().unwrap();
    assert_eq!(
        early.items[0].error.as_ref().unwrap().code,
        Code::NotTheSigner
    );
    assert_eq!(bench.logins(), [], "no try is spent on it");

    Officer::new(&bench.desk).decide(&bench.desk.world.unit, issued.digest, "register", "");
    bench.desk.until("the treasury's word", || {
        seen(&bench, &issued).obstacles.is_empty().then_some(())
    });
    assert_eq!(seen(&bench, &issued).roles, [CHIEF]);
    assert_eq!(seen(&bench, &issued).renewal, None);
    let report = sign().unwrap();
    assert_eq!((report.stopped, &report.items[0].error), (None, &None));
    assert_eq!(bench.awaiting(&[id], 2), [true]);
}

#[test]
fn a_declined_certificate_says_why_and_one_of_nobodys_name_is_not_offered() {
    let (bench, issued) = renewed("Lò Thị Hoa");
    let _portal = bench.desk.portal_up();
    announce(&bench, &issued).unwrap();
    bench.desk.until("the announcement", || {
        (state(&bench, &issued) == RenewalState::Announced).then_some(())
    });
    Officer::new(&bench.desk).decide(
        &bench.desk.world.unit,
        issued.digest,
        "decline",
        "Sai chức danh",
    );
    bench.desk.until("the treasury's word", || {
        let declined = RenewalState::Declined("Sai chức danh".to_owned());
        (state(&bench, &issued) == declined).then_some(())
    });
    assert_eq!(seen(&bench, &issued).obstacles, ["not-registered"]);

    let (bench, issued) = renewed("Lò Thị Hòa Bình");
    assert_eq!(seen(&bench, &issued).renewal, None);
    assert_eq!(
        announce(&bench, &issued).unwrap_err().code,
        Code::WrongState
    );
    // nor one that is registered
    let registered = bench.desk.engine.handle(AnnounceCertificate {
        certificate: bench.desk.world.signer(CHIEF).certificate(),
    });
    assert_eq!(registered.unwrap_err().code, Code::WrongState);
}
