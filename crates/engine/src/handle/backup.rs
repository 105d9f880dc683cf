//! Sao lưu: its place, its state, one by hand.

use hoso_contract::command::{BackUp, CancelBackup, GetBackupState, SetBackupFolder};
use hoso_contract::view::BackupState;

use crate::engine::{Engine, Handle};
use crate::error::Error;

impl Handle<GetBackupState> for Engine {
    fn act(&self, _: GetBackupState) -> Result<BackupState, Error> {
        self.open()?.keeper.state()
    }
}

impl Handle<SetBackupFolder> for Engine {
    fn act(&self, command: SetBackupFolder) -> Result<BackupState, Error> {
        let open = self.copyable()?;
        open.keeper.set_folder(command.folder)?;
        open.keeper.look();
        open.keeper.state()
    }
}

impl Handle<BackUp> for Engine {
    fn act(&self, command: BackUp) -> Result<BackupState, Error> {
        let open = self.copyable()?;
        if let Some(folder) = command.folder {
            open.keeper.set_folder(folder)?;
        }
        open.keeper.back_up()?;
        open.keeper.state()
    }
}

impl Handle<CancelBackup> for Engine {
    fn act(&self, _: CancelBackup) -> Result<(), Error> {
        self.cancel_long_work();
        Ok(())
    }
}
