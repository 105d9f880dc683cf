//! People who work on this PC, as named in the trail. Holds no secret: slots are the vault's.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use hoso_domain::id::PersonId;

use crate::audit::{self, Act, Params};
use crate::error::StoreError;
use crate::{By, sql};

/// One person; `left` once all slots were taken away. Never deleted: the trail names them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    pub id: PersonId,
    pub name: String,
    pub left: bool,
}

/// Adds a person or takes over a new name, with an audit row `person-added`.
pub fn put(tx: &Transaction<'_>, id: PersonId, name: &str, by: By) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO person (id, name, added_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, left_at = ''",
    )?
    .execute(params![id.to_string(), name, sql::instant(by.at)])?;
    note(tx, "person-added", name, by)
}

/// Notes that a person left, with an audit row `person-left`.
pub fn leave(tx: &Transaction<'_>, id: PersonId, by: By) -> Result<(), StoreError> {
    let person = get(tx, id)?;
    tx.prepare_cached("UPDATE person SET left_at = ?2 WHERE id = ?1")?
        .execute(params![id.to_string(), sql::instant(by.at)])?;
    note(tx, "person-left", &person.name, by)
}

fn note(tx: &Transaction<'_>, act: &str, name: &str, by: By) -> Result<(), StoreError> {
    let params = Params::from([("name".to_owned(), name.to_owned())]);
    audit::append(
        tx,
        &Act {
            unit: None,
            act,
            dossier: None,
            params,
        },
        by,
    )?;
    Ok(())
}

pub fn get(c: &Connection, id: PersonId) -> Result<Person, StoreError> {
    c.prepare_cached("SELECT id, name, left_at <> '' FROM person WHERE id = ?1")?
        .query_row([id.to_string()], row)
        .optional()?
        .ok_or(StoreError::NotFound { what: "person" })
}

/// Everyone, also those who left, in the order they came.
pub fn all(c: &Connection) -> Result<Vec<Person>, StoreError> {
    let mut statement =
        c.prepare_cached("SELECT id, name, left_at <> '' FROM person ORDER BY added_at, id")?;
    let rows = statement.query_map([], row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn row(r: &rusqlite::Row<'_>) -> rusqlite::Result<Person> {
    Ok(Person {
        id: sql::parsed(r, 0)?,
        name: r.get(1)?,
        left: r.get(2)?,
    })
}
