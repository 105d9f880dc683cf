//! What a reader gets whose cursor is too old, or who begins with nothing.

use hoso_domain::money::Dong;
use hoso_portal_api::feed::{Change, DossierStatus, Item, Snapshot};
use hoso_portal_api::officer::{self, Act, SendNotice, SetBalance};
use hoso_portal_api::{Kind, path};

use crate::client::{DeviceClient, read, refused};
use crate::world::{World, new_dossier};

async fn snapshot(device: &DeviceClient, limit: u32) -> (Vec<Change>, String) {
    let (mut items, mut page, mut cursors) = (Vec::new(), String::new(), Vec::new());
    loop {
        let answer = device.get(&path::snapshot(&page, limit)).await;
        assert_eq!(answer.status(), 200);
        let found: Snapshot = read(answer).await;
        assert!(found.items.len() <= limit as usize);
        items.extend(found.items);
        cursors.push(found.cursor);
        match found.next {
            Some(next) => page = next,
            None => break,
        }
    }
    cursors.dedup();
    let [cursor] = &cursors[..] else {
        panic!("{cursors:?}")
    };
    (items, cursor.clone())
}

fn statuses(items: &[Change]) -> Vec<&DossierStatus> {
    let status = |c| match c {
        &Change {
            item: Item::Dossier(ref status),
            ..
        } => Some(status),
        _ => None,
    };
    items.iter().filter_map(status).collect()
}

#[tokio::test]
async fn a_cursor_older_than_what_is_kept_is_gone_and_a_snapshot_takes_its_place() {
    let mut world = World::new().await;
    world.limited(serde_json::json!({ "feed_days": 0 })).await;
    let (device, officer) = (world.device().await, world.officer().await);
    let (id, untouched) = (new_dossier(), new_dossier());
    device.send(id, &world.signed(&world.data(id, 1))).await;
    device
        .send(untouched, &world.signed(&world.data(untouched, 1)))
        .await;
    officer.does(id, "receive", &Act::default()).await;
    let old = device.changes("", 200, 0).await.next;
    let reason = Act {
        text: "Sai mục lục ngân sách".to_owned(),
        ..Act::default()
    };
    officer.does(id, "refuse", &reason).await;
    let second = world.signed(&world.data(id, 2));
    for blob in &second.blobs {
        device.put_bytes(blob).await;
    }
    let again = device.commit_later(id, &second.commit, 2).await;
    assert_eq!(again.status(), 201);
    let account = world.unit.accounts[0].number.clone();
    for figure in [1, 2] {
        let set = SetBalance {
            unit: world.unit.id,
            account: account.clone(),
            figure: Dong::new(figure).unwrap(),
        };
        assert_eq!(officer.post(officer::BALANCES, &set).await.status(), 200);
    }
    let notice = SendNotice {
        unit: world.unit.id,
        title: "Nghỉ lễ".to_owned(),
        text: "Kho bạc nghỉ ngày 02/9.".to_owned(),
    };
    assert_eq!(officer.post(officer::NOTICES, &notice).await.status(), 201);
    officer.does(id, "complete", &Act::default()).await;

    refused(
        device.get(&path::changes(&old, 10, 0)).await,
        Kind::CursorGone,
    )
    .await;
    let (items, cursor) = snapshot(&device, 1).await;
    assert_eq!(items.len(), 4, "{items:?}");
    let told = statuses(&items);
    let done = told.iter().find(|s| s.dossier == id).unwrap();
    assert_eq!((done.status.as_str(), done.revision), ("completed", 2));
    assert_eq!(done.documents.len(), 2, "form 33 and the debit advice");
    let new = told.iter().find(|s| s.dossier == untouched).unwrap();
    assert_eq!((new.status.as_str(), new.version), ("submitted", 0));
    let figures: Vec<i64> = items
        .iter()
        .filter_map(|c| match &c.item {
            Item::Balance(balance) => Some(balance.figure.get()),
            _ => None,
        })
        .collect();
    assert_eq!(figures, [2]);

    // The feed goes on where the snapshot was taken.
    officer.does(untouched, "receive", &Act::default()).await;
    let rest = device.changes(&cursor, 200, 0).await;
    let [news] = &statuses(&rest.items)[..] else {
        panic!("{rest:?}")
    };
    assert_eq!(
        (news.dossier, news.status.as_str()),
        (untouched, "received")
    );
    assert!(rest.up_to_date);
    let (foreign, _) = snapshot(&world.foreign_device().await, 10).await;
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[tokio::test]
async fn a_reader_without_a_cursor_gets_through_what_was_compacted() {
    let mut world = World::new().await;
    world.limited(serde_json::json!({ "feed_days": 0 })).await;
    let (device, officer) = (world.device().await, world.officer().await);
    let id = new_dossier();
    device.send(id, &world.signed(&world.data(id, 1))).await;
    for n in 0..3 {
        let set = SetBalance {
            unit: world.unit.id,
            account: format!("9523.{n}"),
            figure: Dong::new(n).unwrap(),
        };
        officer.post(officer::BALANCES, &set).await;
    }
    for act in ["receive", "check", "complete"] {
        officer.does(id, act, &Act::default()).await;
    }
    let (mut cursor, mut seqs) = (String::new(), Vec::new());
    loop {
        let page = device.changes(&cursor, 1, 0).await;
        seqs.extend(page.items.iter().map(|c| c.seq));
        cursor = page.next;
        if page.up_to_date {
            break;
        }
    }
    assert_eq!(seqs, [1, 2, 3, 6], "rows 4 and 5 were replaced");
    let page = device.get(&path::snapshot("otherportal-1-eA", 1)).await;
    refused(page, Kind::CursorGone).await;
}
