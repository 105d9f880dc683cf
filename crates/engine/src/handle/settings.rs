//! Settings of this PC, and the problem report the person reads before it goes anywhere.

use hoso_contract::command::{GetProblemReport, SaveSettings};
use hoso_contract::view::{ProblemReport, Session};
use hoso_contract::{AppError, Code, Fact};
use hoso_store::settings;

use crate::engine::{Engine, Handle};
use crate::error::Error;
use crate::open::key;

impl Handle<SaveSettings> for Engine {
    fn act(&self, command: SaveSettings) -> Result<Session, Error> {
        let open = self.writable()?;
        let settings = command.settings;
        let known = ["vi", "en"].contains(&settings.language.as_str())
            && ["system", "light", "dark"].contains(&settings.theme.as_str())
            && ["linh", "le"].contains(&settings.zero_tens.as_str())
            && (80..=200).contains(&settings.zoom)
            && settings.sending_hours.0 <= 24
            && settings.sending_hours.1 <= 24
            && settings.lock_after <= 24 * 60;
        if !known {
            return Err(AppError::new(Code::Internal).into());
        }
        let kept = settings.clone();
        open.store
            .write(move |tx| settings::put(tx, None, key::SETTINGS, &kept))?;
        open.connected().courier.heed(&settings);
        self.tell(Fact::SessionChanged);
        open.session()
    }
}

impl Handle<GetProblemReport> for Engine {
    /// Versions and the newest log lines; no names, no amounts, no codes.
    fn act(&self, _: GetProblemReport) -> Result<ProblemReport, Error> {
        let mut text = format!(
            "Hoso {} · {} {}\n\n",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH
        );
        text.push_str(&crate::log::newest(&self.place, 200));
        Ok(ProblemReport { text })
    }
}
