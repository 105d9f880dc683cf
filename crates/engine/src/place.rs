//! Where the program keeps its things on this PC.

use std::path::{Path, PathBuf};

/// The folder of one Windows or Linux user; `HOSO_HOME` names another (portable use, practice).
#[derive(Clone, Debug)]
pub struct Place {
    home: PathBuf,
}

impl Place {
    pub fn of_this_user() -> Self {
        if let Some(home) = std::env::var_os("HOSO_HOME").filter(|h| !h.is_empty()) {
            return Self { home: home.into() };
        }
        let home = directories::ProjectDirs::from("vn", "", "Hoso")
            .map(|dirs| dirs.data_local_dir().to_owned())
            .unwrap_or_else(|| PathBuf::from("hoso-data"));
        Self { home }
    }

    pub fn at(home: &Path) -> Self {
        Self {
            home: home.to_owned(),
        }
    }

    /// Database, files and key envelope.
    pub fn store(&self) -> PathBuf {
        self.home.join("store")
    }

    /// The page's profile; the window keeps nothing in it.
    pub fn web_profile(&self) -> PathBuf {
        self.home.join("web")
    }

    pub fn logs(&self) -> PathBuf {
        self.home.join("logs")
    }
}
