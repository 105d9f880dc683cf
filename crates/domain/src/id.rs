//! Identifiers: UUIDv7 newtypes, made by the caller (this crate has no randomness).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(s).map($name)
            }
        }
    )*};
}

id! {
    /// Đơn vị sử dụng ngân sách: one budget unit kept on this PC.
    UnitId;
    /// A person with a slot in the key envelope, or a signer.
    PersonId;
    /// Hồ sơ: one dossier over all its revisions; also its key at the portal.
    DossierId;
    /// Tệp đính kèm: one row of a drawer.
    AttachmentId;
    /// One document that came back from the treasury.
    ResultId;
    /// One entry of a book, or one movement of the treasury.
    EntryId;
    /// One enrolled installation of the program.
    DeviceId;
}
