//! The frozen migrations and what every table must have.

use hoso_domain::digest::Digest;
use hoso_store::schema;

use crate::world::World;

/// Files that were released are never edited: a change is a new file at the end.
const CHECKSUMS: &[(&str, &str)] = &[
    (
        "20261122030000_people.sql",
        "9511cb1f402e179e39854b1ea223131f1cf52097080e68b4745664bc75b9f01c",
    ),
    (
        "20261122030100_dossiers.sql",
        "ba689d8d95f044f8014a5e34085176984fa7c4bffa8c16fc97af703a057a393f",
    ),
    (
        "20261122030200_courier.sql",
        "9fc7e00c4c7c21c3dd72ee8e0dc0609a33da67c8fd1b8cf313f9a8e0c9e570e5",
    ),
    (
        "20261122030300_audit.sql",
        "ddd3fb1b288bcaa5a3e46b730495f24032295f23180c5aa3ce497fc5da41f033",
    ),
    (
        "20261122030400_listing.sql",
        "a93bdb7eaf84ba8d41dccdd94210f6e31aab1f489b4f437ecd719849f9590c87",
    ),
    (
        "20261122093000_succession.sql",
        "045ab47ee6d6e819753a8b65e6f4dcb5b294ffee64659da8fb8c37f0f1de5b78",
    ),
    (
        "20261122120000_withdrawal.sql",
        "b95a4a303157ad869eafef38aac4be7f762c2d814b8da3d08bf112c56ef9fdc1",
    ),
    (
        "20261122140000_books.sql",
        "7c73a62eb8c52574abd1334ca4a9389528159204a0e5b6248f3a37263295beb4",
    ),
    (
        "20261129120000_ten_years.sql",
        "40148ea24e4f3b91013ef116dadf3b31af13b7472e6c200703d3cadfeca61119",
    ),
    (
        "20261129200000_lasting.sql",
        "449e61f61765082877c4ef2e659248f67adfe397808509605ce0f4123beeb552",
    ),
    (
        "20261130090000_identical_rows.sql",
        "2e915fbfec2cc6d4adb266e749caac42cf6693cf84a3bc0043aae02afcb13492",
    ),
    (
        "20261130170000_sorts.sql",
        "5bc8f3270090eeaefbfb5f2f65a117782c3ea83164429c3903247c28941f487b",
    ),
];

#[test]
fn no_frozen_migration_was_edited_and_none_is_left_out() {
    let found: Vec<(&str, String)> = schema::FROZEN
        .iter()
        .map(|(n, text)| (*n, Digest::of(text.as_bytes()).hex()))
        .collect();
    let known: Vec<(&str, String)> = CHECKSUMS
        .iter()
        .map(|(n, sum)| (*n, (*sum).to_owned()))
        .collect();
    assert_eq!(found, known);
    let own = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let dir = format!("{own}/../../migrations");
    let mut on_disk: Vec<String> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.ends_with(".sql"))
        .collect();
    on_disk.sort();
    assert_eq!(
        on_disk,
        schema::FROZEN.iter().map(|(n, _)| *n).collect::<Vec<_>>()
    );
}

#[test]
fn every_table_is_strict_and_carries_its_unit() {
    let w = World::new();
    let tables: Vec<(String, bool, bool)> = w
        .store()
        .read(|c| {
            let mut statement = c.prepare(
                "SELECT t.name, t.strict, EXISTS (
                     SELECT 1 FROM pragma_table_info(t.name) WHERE name = 'unit_id')
                 FROM pragma_table_list t
                 WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
            )?;
            let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .unwrap();
    assert!(tables.len() >= 20, "{}", tables.len());
    for (name, strict, unit) in tables {
        assert!(strict, "{name} is not STRICT");
        assert!(unit, "{name} has no unit_id");
    }
}

#[test]
fn connections_are_set_as_designed() {
    let w = World::new();
    let text = |pragma: &'static str| {
        w.store()
            .write(move |tx| {
                Ok(tx.query_row(pragma, [], |r| r.get::<_, rusqlite::types::Value>(0))?)
            })
            .unwrap()
    };
    use rusqlite::types::Value;
    assert_eq!(text("PRAGMA journal_mode"), Value::Text("wal".to_owned()));
    for (pragma, wanted) in [
        ("PRAGMA synchronous", 2),
        ("PRAGMA foreign_keys", 1),
        ("PRAGMA secure_delete", 1),
        ("PRAGMA temp_store", 2),
        ("PRAGMA recursive_triggers", 1),
        ("PRAGMA user_version", i64::from(schema::version())),
        ("PRAGMA application_id", 0x486f_736f),
    ] {
        assert_eq!(text(pragma), Value::Integer(wanted), "{pragma}");
    }
    assert!(
        w.store()
            .read(|c| Ok(c.execute("DELETE FROM unit", [])?))
            .is_err()
    );
}
