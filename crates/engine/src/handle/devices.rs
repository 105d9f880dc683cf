//! Máy của đơn vị: which PCs may send, and Thu hồi máy.

use hoso_contract::command::{AskDevices, GetDevices, RevokeDevice};
use hoso_contract::view::DevicesView;
use hoso_contract::{Code, Fact};

use crate::courier::Order;
use crate::devices;
use crate::engine::{Engine, Handle};
use crate::error::Error;

impl Handle<GetDevices> for Engine {
    fn act(&self, _: GetDevices) -> Result<DevicesView, Error> {
        let open = self.open()?;
        let unit = open.unit_id();
        Ok(open.store.read(|db| devices::view(db, unit))?)
    }
}

impl Handle<AskDevices> for Engine {
    /// What the portal tells comes with [`Fact::DevicesChanged`].
    fn act(&self, _: AskDevices) -> Result<(), Error> {
        let open = self.open()?;
        open.connected().courier.ask_for_devices(open.unit_id());
        Ok(())
    }
}

impl Handle<RevokeDevice> for Engine {
    /// Durable when it answers; the courier brings it to the portal.
    fn act(&self, command: RevokeDevice) -> Result<DevicesView, Error> {
        let open = self.writable()?;
        let reason = command.reason.trim().to_owned();
        if reason.is_empty() {
            return Err(Code::WrongState.into());
        }
        let (unit, by, device) = (open.unit_id(), open.by(), command.device);
        let kept = open
            .store
            .write(move |tx| devices::wish(tx, unit, device, &reason, by))?;
        if !kept {
            return Err(Code::WrongState.into());
        }
        self.tell(Fact::DevicesChanged);
        open.connected().courier.order(Order::Look);
        Ok(open.store.read(|db| devices::view(db, unit))?)
    }
}
