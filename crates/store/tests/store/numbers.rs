//! Số chứng từ out of blocks: never twice, across blocks, and none when none is left.

use hoso_domain::id::{DeviceId, UnitId};
use hoso_store::devices::{self, Device, Enrolment};
use hoso_store::numbers::{self, Given, Owner, Series, Span};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::world::{World, instant};

fn series(unit: UnitId) -> Series<'static> {
    Series {
        unit,
        year: 2026,
        name: "",
    }
}

/// The portal knows this PC from now on.
fn enrolled(w: &World) {
    let device = Device {
        id: DeviceId(Uuid::from_u128(77)),
        unit: w.unit,
        portal: "https://127.0.0.1:1".to_owned(),
        private_key: Zeroizing::new(vec![1]),
        state: Enrolment::New,
        doc: "{}".to_owned(),
    };
    w.store()
        .write(move |tx| {
            devices::add(tx, &device, instant(0))?;
            devices::set_state(tx, device.id, Enrolment::Enrolled, "{}", instant(1))
        })
        .unwrap();
}

fn take(w: &World, count: usize) -> Vec<Option<u64>> {
    let series = series(w.unit);
    w.store()
        .write(move |tx| (0..count).map(|_| numbers::take(tx, series)).collect())
        .unwrap()
}

fn left(w: &World) -> Option<u64> {
    let series = series(w.unit);
    w.store().read(|c| numbers::left(c, series)).unwrap()
}

#[test]
fn numbers_go_on_across_blocks_and_end_with_the_last() {
    let w = World::new();
    let s = series(w.unit);
    // before the portal knows this PC it counts by itself, however long
    w.store()
        .write(move |tx| numbers::start_at(tx, s, 1))
        .unwrap();
    assert_eq!((take(&w, 2), left(&w)), (vec![Some(1), Some(2)], None));

    enrolled(&w);
    assert_eq!((take(&w, 1), left(&w)), (vec![None], Some(0)));
    let file = Span { first: 1, last: 4 };
    w.store()
        .write(move |tx| numbers::settle_first(tx, s, file, Owner::Own))
        .unwrap();
    assert_eq!(left(&w), Some(2), "what was given stays given");

    // the wish is the same until it is answered
    let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let asked = w
        .store()
        .write(move |tx| Ok((numbers::wish(tx, s, one)?, numbers::wish(tx, s, two)?)))
        .unwrap();
    assert_eq!(asked, (one, one));
    let (block, meets) = (
        Span {
            first: 101,
            last: 102,
        },
        Span { first: 4, last: 9 },
    );
    let given = w
        .store()
        .write(move |tx| {
            Ok([
                numbers::give(tx, s, one, meets)?,
                numbers::give(tx, s, one, block)?,
                // the answer comes a second time
                numbers::give(tx, s, one, block)?,
            ])
        })
        .unwrap();
    assert_eq!(given, [Given::Refused, Given::Kept, Given::Kept]);
    let ahead = |n| w.store().read(|c| numbers::next(c, s, n)).unwrap();
    let coming = [Some(3), Some(4), Some(101), Some(102), None];
    assert_eq!([0, 1, 2, 3, 4].map(ahead), coming);
    assert_eq!(take(&w, 5), coming);
    assert_eq!(left(&w), Some(0));
}

#[test]
fn the_files_block_of_another_pc_gives_nothing_here() {
    let w = World::new();
    let s = series(w.unit);
    enrolled(&w);
    let file = Span {
        first: 1,
        last: 1000,
    };
    w.store()
        .write(move |tx| numbers::settle_first(tx, s, file, Owner::Other))
        .unwrap();
    assert_eq!((take(&w, 1), left(&w)), (vec![None], Some(0)));
    let of_another = |n| w.store().read(|c| numbers::is_of_another(c, s, n)).unwrap();
    assert_eq!([1, 1000, 1001].map(of_another), [true, true, false]);
}
