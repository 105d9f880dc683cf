//! What the treasury does, and what the unit hears of it.

use std::time::Duration;

use hoso_domain::finding::Place;
use hoso_domain::money::Dong;
use hoso_portal_api::feed::{DossierStatus, Item, Remark};
use hoso_portal_api::officer::{self, Act, DossierFile, DossierSummary, SetBalance};
use hoso_portal_api::{Kind, path};
use hoso_proof::Container;

use crate::client::{login, read, refused};
use crate::world::{OFFICER, PASSWORD, World, new_dossier};

fn because(text: &str) -> Act {
    Act {
        text: text.to_owned(),
        ..Act::default()
    }
}

fn status(item: &Item) -> &DossierStatus {
    match item {
        Item::Dossier(status) => status,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_dossier_is_received_supplemented_once_and_completed_with_a_debit_advice() {
    let world = World::new().await;
    let (device, officer) = (world.device().await, world.officer().await);
    let id = new_dossier();
    device.send(id, &world.signed(&world.data(id, 1))).await;

    let file = officer.does(id, "receive", &Act::default()).await;
    assert!(
        file.summary.treasury_number.starts_with("2365-"),
        "{file:?}"
    );
    assert_eq!(file.summary.total, Dong::new(10_500_000).unwrap());
    officer.does(id, "check", &Act::default()).await;
    let place = Place::Field {
        voucher: 0,
        field: "content".to_owned(),
    };
    let remark = Remark {
        place,
        text: "Ghi rõ kỳ hóa đơn".to_owned(),
    };
    let ask = Act {
        remarks: vec![remark.clone()],
        ..because("Đề nghị bổ sung")
    };
    officer.does(id, "supplement", &ask).await;

    // While it waits for the unit, nothing else can be done, and no other revision number fits.
    refused(
        officer.act(id, "complete", &Act::default()).await,
        Kind::WrongState,
    )
    .await;
    let second = world.signed(&world.data(id, 2));
    for blob in &second.blobs {
        device.put_bytes(blob).await;
    }
    refused(
        device.commit_later(id, &second.commit, 2).await,
        Kind::Overtaken,
    )
    .await;
    assert_eq!(
        device.commit_later(id, &second.commit, 3).await.status(),
        201
    );
    assert_eq!(
        device.commit_later(id, &second.commit, 3).await.status(),
        200
    );
    officer.does(id, "check", &Act::default()).await;
    refused(officer.act(id, "supplement", &ask).await, Kind::WrongState).await;
    let file = officer.does(id, "complete", &Act::default()).await;
    assert_eq!(file.summary.status, "completed");
    assert_eq!(file.revisions.len(), 2);
    assert!(file.supplement_asked);
    let acts: Vec<&str> = file.history.iter().map(|h| h.act.as_str()).collect();
    let expected = [
        "committed",
        "receive",
        "check",
        "supplement",
        "committed",
        "check",
        "complete",
    ];
    assert_eq!(acts, expected);

    let heard = device.changes("", 200, 0).await;
    assert!(heard.up_to_date);
    let words: Vec<_> = heard
        .items
        .iter()
        .map(|c| status(&c.item).status.as_str())
        .collect();
    assert_eq!(
        words,
        [
            "received",
            "checking",
            "supplement",
            "checking",
            "completed"
        ]
    );
    let seqs: Vec<u64> = heard.items.iter().map(|c| c.seq).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5]);
    let asked = status(&heard.items[2].item);
    assert_eq!(
        (asked.text.as_str(), &asked.remarks),
        ("Đề nghị bổ sung", &vec![remark])
    );
    assert_eq!(asked.revision, 1);

    let done = status(&heard.items[4].item);
    assert_eq!(done.revision, 2);
    let [document] = &done.documents[..] else {
        panic!("{done:?}")
    };
    let bytes = device
        .get(&path::document(document.id))
        .await
        .bytes()
        .await
        .unwrap();
    assert_eq!(hoso_domain::digest::Digest::of(&bytes), document.sha256);
    let container = Container::from_zip(bytes).unwrap();
    let report = hoso_proof::verify(&container, &world.receipt_trust());
    assert!(report.ok(), "{report:?}");
    assert!(container.entries[0].path().ends_with(".pdf"));
    assert!(container.entries[0].bytes().starts_with(b"%PDF-"));
    let stranger = world.foreign_device().await;
    refused(
        stranger.get(&path::document(document.id)).await,
        Kind::Forbidden,
    )
    .await;
}

#[tokio::test]
async fn a_document_comes_in_parts_and_not_twice() {
    let world = World::new().await;
    let (device, officer) = (world.device().await, world.officer().await);
    let id = new_dossier();
    device.send(id, &world.signed(&world.data(id, 1))).await;
    officer.does(id, "receive", &Act::default()).await;
    let file = officer.does(id, "complete", &Act::default()).await;
    let target = path::document(file.documents[0].id);
    let whole = device.get(&target).await;
    let etag = whole.headers()["etag"].to_str().unwrap().to_owned();
    let whole = whole.bytes().await.unwrap();
    let proof = || {
        device.request(
            "GET",
            &target,
            hoso_portal_api::device::ProofBody::Bytes(b""),
        )
    };
    let rest = proof()
        .header("range", "bytes=100-")
        .header("if-range", &etag);
    let rest = rest.send().await.unwrap();
    assert_eq!(rest.status(), 206);
    assert_eq!(rest.bytes().await.unwrap(), whole.slice(100..));
    let same = proof().header("if-none-match", &etag).send().await.unwrap();
    assert_eq!(same.status(), 304);
    let changed = proof()
        .header("range", "bytes=100-")
        .header("if-range", "\"other\"");
    assert_eq!(changed.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_refusal_needs_a_reason_and_sends_form_33() {
    let world = World::new().await;
    let (device, officer) = (world.device().await, world.officer().await);
    let id = new_dossier();
    device.send(id, &world.signed(&world.data(id, 1))).await;
    officer.does(id, "receive", &Act::default()).await;
    refused(
        officer.act(id, "refuse", &because("  ")).await,
        Kind::Malformed,
    )
    .await;
    let file = officer
        .does(id, "refuse", &because("Sai mục lục ngân sách"))
        .await;
    assert_eq!(file.summary.status, "refused");
    assert!(file.documents[0].name.starts_with("mau33-"), "{file:?}");
    refused(
        officer.act(id, "complete", &Act::default()).await,
        Kind::WrongState,
    )
    .await;
    // Remade: another revision may follow a refusal.
    let again = world.signed(&world.data(id, 2));
    for blob in &again.blobs {
        device.put_bytes(blob).await;
    }
    assert_eq!(
        device.commit_later(id, &again.commit, 2).await.status(),
        201
    );
}

#[tokio::test]
async fn a_revision_nobody_asked_for_is_overtaken() {
    let world = World::new().await;
    let (device, officer) = (world.device().await, world.officer().await);
    let id = new_dossier();
    device.send(id, &world.signed(&world.data(id, 1))).await;
    let second = world.signed(&world.data(id, 2));
    for blob in &second.blobs {
        device.put_bytes(blob).await;
    }
    refused(
        device.commit_later(id, &second.commit, 0).await,
        Kind::Overtaken,
    )
    .await;
    refused(device.commit(id, &second.commit).await, Kind::Conflict).await;
    officer.does(id, "receive", &Act::default()).await;
    refused(
        device.commit_later(id, &second.commit, 1).await,
        Kind::Overtaken,
    )
    .await;
}

#[tokio::test]
async fn money_can_come_back_after_completion_and_only_then() {
    let world = World::new().await;
    let (device, officer) = (world.device().await, world.officer().await);
    let id = new_dossier();
    device.send(id, &world.signed(&world.data(id, 1))).await;
    let back = because("Sai số tài khoản người hưởng");
    refused(
        officer.act(id, "money-returned", &back).await,
        Kind::WrongState,
    )
    .await;
    refused(
        officer.act(id, "complete", &Act::default()).await,
        Kind::WrongState,
    )
    .await;
    officer.does(id, "receive", &Act::default()).await;
    officer.does(id, "complete", &Act::default()).await;
    let stale = Act {
        version: Some(1),
        ..back.clone()
    };
    refused(
        officer.act(id, "money-returned", &stale).await,
        Kind::Overtaken,
    )
    .await;
    officer.does(id, "money-returned", &back).await;
}

#[tokio::test]
async fn dossiers_decided_at_the_same_moment_get_a_number_each() {
    let world = World::new().await;
    let (device, officer) = (world.device().await, world.officer().await);
    let ids = [(); 4].map(|()| new_dossier());
    for id in ids {
        device.send(id, &world.signed(&world.data(id, 1))).await;
    }
    let why = because("Sai số tài khoản");
    let refuse = |id| officer.does(id, "refuse", &why);
    let [a, b, c, d] = ids;
    let (a, b, c, d) = tokio::join!(refuse(a), refuse(b), refuse(c), refuse(d));
    let mut numbers = Vec::new();
    for file in [a, b, c, d] {
        assert_eq!(file.summary.status, "refused");
        let (_, of_the_day) = file.summary.treasury_number.rsplit_once('-').unwrap();
        numbers.push(of_the_day.to_owned());
    }
    numbers.sort();
    assert_eq!(numbers, ["0001", "0002", "0003", "0004"]);
}

#[tokio::test]
async fn the_feed_is_read_by_cursor_wakes_who_waits_and_tells_a_lost_cursor() {
    let world = World::new().await;
    let (device, officer) = (world.device().await, world.officer().await);
    let start = device.changes("", 10, 0).await;
    assert!(start.items.is_empty() && start.up_to_date);

    let set = |figure| SetBalance {
        unit: world.unit.id,
        account: world.unit.accounts[0].number.clone(),
        figure: Dong::new(figure).unwrap(),
    };
    let url = format!("{}{}", world.base, officer::BALANCES);
    let post = |figure| {
        let body = serde_json::to_vec(&set(figure)).unwrap();
        officer
            .http
            .post(&url)
            .bearer_auth(&officer.token)
            .body(body)
            .send()
    };
    let waiting = device.changes(&start.next, 10, 30);
    let (woken, _) = tokio::time::timeout(Duration::from_secs(20), async {
        tokio::join!(waiting, post(1))
    })
    .await
    .unwrap();
    assert_eq!(woken.items.len(), 1);
    post(2).await.unwrap();
    post(3).await.unwrap();
    let page = device.changes(&woken.next, 1, 0).await;
    assert_eq!((page.items[0].seq, page.up_to_date), (2, false));
    let last = device.changes(&page.next, 10, 0).await;
    assert_eq!((last.items[0].seq, last.up_to_date), (3, true));
    let Item::Balance(balance) = &last.items[0].item else {
        panic!("{last:?}")
    };
    assert_eq!(balance.figure, Dong::new(3).unwrap());
    // Another unit hears nothing of it.
    assert!(
        world
            .foreign_device()
            .await
            .changes("", 10, 0)
            .await
            .items
            .is_empty()
    );

    let beyond = last.next.replace("-3", "-99");
    for lost in ["otherportal-1", "nonsense", beyond.as_str()] {
        let answer = device.get(&path::changes(lost, 10, 0)).await;
        refused(answer, Kind::CursorGone).await;
    }
}

#[tokio::test]
async fn nothing_of_the_officers_opens_without_login() {
    let world = World::new().await;
    let (http, device) = (world.http(), world.device().await);
    let id = new_dossier();
    device.send(id, &world.signed(&world.data(id, 1))).await;
    for target in [
        officer::DOSSIERS.to_owned(),
        officer::dossier(id),
        officer::DEVICES.to_owned(),
    ] {
        let answer = http
            .get(format!("{}{target}", world.base))
            .send()
            .await
            .unwrap();
        refused(answer, Kind::LoginRequired).await;
    }
    let act = format!("{}{}", world.base, officer::act(id, "receive"));
    refused(http.post(&act).send().await.unwrap(), Kind::LoginRequired).await;
    let faked = http.post(&act).bearer_auth("00").send().await.unwrap();
    refused(faked, Kind::LoginRequired).await;
    let page = http
        .get(format!("{}/officer", world.base))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (page.status().as_u16(), &page.headers()["location"]),
        (303, &"/officer/login".parse().unwrap())
    );

    for _ in 0..5 {
        let wrong = login(&http, &world.base, OFFICER, "sai").await;
        refused(wrong, Kind::LoginRequired).await;
    }
    let right = login(&http, &world.base, OFFICER, PASSWORD).await;
    let told = refused(right, Kind::RateLimited).await;
    assert!(told.retry_after.is_some());
}

#[tokio::test]
async fn the_console_shows_a_dossier_and_acts_only_with_its_token() {
    let world = World::new().await;
    let (http, device) = (world.http(), world.device().await);
    let id = new_dossier();
    device.send(id, &world.signed(&world.data(id, 1))).await;
    let fields = [("name", OFFICER), ("password", PASSWORD)];
    let url = |p: &str| format!("{}{p}", world.base);
    let entered = http
        .post(url("/officer/login"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(encoded(&fields))
        .send()
        .await
        .unwrap();
    assert_eq!(entered.status(), 303);
    let cookie = entered.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "Secure", "SameSite=Strict", "__Host-"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let get = |p: String| http.get(url(&p)).header("cookie", &cookie).send();

    let list = get("/officer".to_owned())
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(list.contains("10.500.000") && list.contains(&format!("/officer/dossiers/{id}")));
    let page = get(format!("/officer/dossiers/{id}")).await.unwrap();
    assert!(
        page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("'none'")
    );
    let page = page.text().await.unwrap();
    assert!(page.contains("Công ty Điện lực Điện Biên") && page.contains("Tiếp nhận"));
    let csrf = page
        .split("name=\"csrf\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let pdf = page
        .split("href=\"")
        .find(|h| h.contains("/files/") && h.contains("mau13"))
        .unwrap();
    let pdf = get(pdf.split('"').next().unwrap().to_owned())
        .await
        .unwrap();
    assert_eq!(pdf.headers()["content-type"], "application/pdf");

    let act = |csrf: &str| {
        http.post(url(&format!("/officer/dossiers/{id}/act/receive")))
            .header("cookie", &cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encoded(&[
                ("csrf", csrf),
                ("version", "0"),
                ("appointment", "2026-12-01"),
            ]))
            .send()
    };
    assert_eq!(act("forged").await.unwrap().status(), 403);
    assert_eq!(act(csrf).await.unwrap().status(), 303);
    // The page is old now: the same form again changes nothing.
    assert_eq!(act(csrf).await.unwrap().status(), 412);
    let officer = world.officer().await;
    let file: DossierFile = read(officer.get(&officer::dossier(id)).await).await;
    assert_eq!(
        (file.summary.status.as_str(), file.summary.version),
        ("received", 1)
    );
    let rows: Vec<DossierSummary> = read(officer.get(officer::DOSSIERS).await).await;
    assert_eq!(rows, [file.summary]);
}

#[tokio::test]
async fn a_notice_written_at_the_console_reaches_the_unit_it_is_for() {
    let world = World::new().await;
    let (http, device) = (world.http(), world.device().await);
    let form = |path: &str, cookie: &str, fields: &[(&str, &str)]| {
        http.post(format!("{}{path}", world.base))
            .header("cookie", cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encoded(fields))
            .send()
    };
    let login = [("name", OFFICER), ("password", PASSWORD)];
    let entered = form("/officer/login", "", &login).await.unwrap();
    let cookie = entered.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let url = format!("{}/officer/notices", world.base);
    let page = http.get(url).header("cookie", cookie).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains(&world.unit.name), "{page}");
    // the first is that of logging out, and the same
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap();
    let csrf = csrf.split('"').next().unwrap();

    let unit = world.unit.id.to_string();
    for (csrf, title, status) in [
        ("forged", "Nghỉ Tết", 403),
        (csrf, "  ", 400),
        (csrf, "Nghỉ Tết", 303),
    ] {
        let fields = [
            ("csrf", csrf),
            ("unit", unit.as_str()),
            ("title", title),
            ("text", "Kho bạc nghỉ từ ngày 14 đến ngày 22."),
        ];
        let answer = form("/officer/notices", cookie, &fields).await.unwrap();
        assert_eq!(answer.status(), status, "{csrf}, {title}");
    }
    let heard = device.changes("", 200, 0).await;
    let [change] = &heard.items[..] else {
        panic!("{heard:?}")
    };
    let Item::Notice(notice) = &change.item else {
        panic!("{change:?}")
    };
    assert_eq!(notice.title, "Nghỉ Tết");
    assert_eq!(notice.text, "Kho bạc nghỉ từ ngày 14 đến ngày 22.");
}

pub fn encoded(fields: &[(&str, &str)]) -> String {
    let escape = |s: &str| -> String {
        s.bytes()
            .map(|b| match b.is_ascii_alphanumeric() {
                true => char::from(b).to_string(),
                false => format!("%{b:02X}"),
            })
            .collect()
    };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(k, v)| format!("{}={}", escape(k), escape(v)))
        .collect();
    pairs.join("&")
}
