//! Máy của đơn vị: the unit's PCs as the portal knows them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use hoso_domain::id::DeviceId;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DevicesView {
    /// In the order they were enrolled.
    pub devices: Vec<DeviceRow>,
    /// When the portal told this; `None`: it was not asked yet.
    pub told: Option<DateTime<Utc>>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DeviceRow {
    pub device: DeviceId,
    /// The computer's name, as it called itself.
    pub name: String,
    pub enrolled_at: DateTime<Utc>,
    pub standing: DeviceStanding,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum DeviceStanding {
    /// The one this program runs on.
    This,
    /// May send.
    Other,
    /// Thu hồi máy: wished here, the portal has not heard of it yet.
    Ending {
        reason: String,
    },
    Ended {
        at: DateTime<Utc>,
        reason: String,
    },
}
