//! The place for backups: another disk, or later.

use leptos::prelude::*;

use super::Setup;
use crate::screens::backup::BackupPlace;
use crate::state::desk;
use crate::words::{W, t};

#[component]
pub fn Backup(setup: Setup) -> impl IntoView {
    let desk = desk();
    let chosen = RwSignal::new(false);
    let end = move |_| {
        if let Some(session) = setup.session.get_untracked() {
            desk.open(session);
        }
    };
    view! {
        <section class="step" data-testid="step-backup">
            <p>{t(W::BackupStepNote)}</p>
            <BackupPlace chosen=Callback::new(move |()| chosen.set(true))/>
            <footer class="step-foot">
                <button type="button" class="btn" class:main=move || chosen.get() data-testid="step-end" on:click=end>
                    {move || t(if chosen.get() { W::Finish } else { W::BackupLater })}</button>
            </footer>
        </section>
    }
}
