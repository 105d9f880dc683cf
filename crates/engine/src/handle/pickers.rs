//! Pickers: codes of the catalogues and payees of earlier dossiers.

use hoso_contract::Code;
use hoso_contract::command::{FindCodes, FindPayees};
use hoso_contract::view::Pick;
use hoso_domain::catalogue::catalogue;
use hoso_store::{memory, own_codes};

use crate::clock;
use crate::engine::{Engine, Handle};
use crate::error::Error;

impl Handle<FindCodes> for Engine {
    fn act(&self, command: FindCodes) -> Result<Vec<Pick>, Error> {
        let open = self.open()?;
        let list = catalogue(&command.catalogue).ok_or(Code::NotFound)?;
        let unit = open.unit_id();
        let (own, added) = open.store.read(|db| {
            Ok((
                memory::codes(db, unit, &command.catalogue, 50)?,
                own_codes::all(db, unit)?,
            ))
        })?;
        let extended;
        let list = if added.iter().any(|o| o.catalogue == list.id) {
            extended = list.with_own(&added).map_err(|_| Code::Internal)?;
            &extended
        } else {
            list
        };
        let today = clock::day(clock::now());
        let limit = usize::try_from(command.limit)
            .unwrap_or(usize::MAX)
            .min(200);
        let rows = list.find(&command.text, limit, &own);
        Ok(rows
            .into_iter()
            .filter(|row| row.valid_on(today))
            .map(|row| Pick {
                code: row.code.clone(),
                name: row.full_name.clone(),
                fills: Default::default(),
            })
            .collect())
    }
}

impl Handle<FindPayees> for Engine {
    fn act(&self, command: FindPayees) -> Result<Vec<Pick>, Error> {
        let open = self.open()?;
        let unit = open.unit_id();
        let payees = open
            .store
            .read(|db| memory::find_payees(db, unit, &command.text, command.limit.min(50)))?;
        Ok(payees
            .into_iter()
            .map(|p| Pick {
                code: p.account,
                name: p.name,
                fills: p.fills,
            })
            .collect())
    }
}
