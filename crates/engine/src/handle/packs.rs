//! Data packs: taken in from a file, listed; and the forms they brought, for the window.

use hoso_contract::command::{AddPack, GetForms, GetPacks};
use hoso_contract::view::PackView;
use hoso_contract::{AppError, Code, Fact};
use hoso_domain::form::{self, Form};
use hoso_store::audit::{self, Act};

use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::packs;

impl Handle<AddPack> for Engine {
    fn act(&self, command: AddPack) -> Result<PackView, Error> {
        let open = self.writable()?;
        let connected = open.connected();
        let connection = connected
            .connection
            .as_ref()
            .ok_or_else(|| AppError::new(Code::PackForeign))?;
        let signed = packs::read(std::path::Path::new(&command.path))?;
        let (pack, signer) = packs::open(&signed, &[&connection.receipt_ca])?;
        let view = packs::take_in(&pack, signer)?;
        let (by, unit, id) = (open.by(), open.unit_id(), pack.id.clone());
        open.store.write(move |tx| {
            packs::keep(tx, &signed)?;
            let act = Act {
                unit: Some(unit),
                act: "pack-added",
                dossier: None,
                params: [("id".to_owned(), id)].into(),
            };
            audit::append(tx, &act, by).map(|_| ())
        })?;
        self.tell(Fact::SessionChanged);
        Ok(view)
    }
}

impl Handle<GetPacks> for Engine {
    fn act(&self, _: GetPacks) -> Result<Vec<PackView>, Error> {
        let open = self.open()?;
        let connected = open.connected();
        Ok(open
            .store
            .read(|db| packs::list(db, connected.connection.as_ref()))?)
    }
}

impl Handle<GetForms> for Engine {
    fn act(&self, _: GetForms) -> Result<Vec<Form>, Error> {
        self.open()?;
        Ok(form::added().into_iter().cloned().collect())
    }
}
