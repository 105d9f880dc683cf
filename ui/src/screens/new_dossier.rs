//! Lập hồ sơ: which form.

use leptos::prelude::*;

use hoso_contract::command::CreateDossier;
use hoso_domain::form::{Form, library};

use crate::state::desk;
use crate::widgets::modal::Modal;
use crate::words::{W, t, tf};

/// Forms that can be sent, the newest edition of each.
fn choices() -> Vec<&'static Form> {
    let mut all: Vec<&Form> = library()
        .into_iter()
        .filter(|f| f.offered && !f.procedure.is_empty())
        .collect();
    all.sort_by_key(|f| {
        (
            f.basis.clone(),
            f.number.clone(),
            std::cmp::Reverse(f.edition),
        )
    });
    all.dedup_by_key(|f| (f.basis.clone(), f.number.clone()));
    all
}

#[component]
pub fn NewDossier() -> impl IntoView {
    let desk = desk();
    let busy = RwSignal::new(false);
    let create = move |basis: String, form: String| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        leptos::task::spawn_local(async move {
            let made = crate::ipc::call(CreateDossier { basis, form }).await;
            busy.try_set(false);
            desk.creating.set(false);
            match made {
                Ok(id) => desk.edit(id),
                Err(error) => desk.fail(error),
            }
        });
    };
    view! {
        <Modal open=desk.creating title=Signal::derive(|| t(W::NewDossier).to_owned()) testid="new-dossier" class="narrow">
            <p class="note">{t(W::NewDossierNote)}</p>
            <ul class="choices">
                {choices().into_iter().enumerate().map(|(n, form)| {
                    let (basis, number) = (form.basis.clone(), form.number.clone());
                    view! {
                        <li><button type="button" class="choice" autofocus=n == 0 data-testid=format!("new-{}", form.number)
                            disabled=move || busy.get()
                            on:click=move |_| create(basis.clone(), number.clone())>
                            <span class="tag flat">{tf(W::FormNumber, &[&form.number])}</span>
                            <span><b>{form.name.clone()}</b><small>{form.symbol.clone()}</small></span>
                        </button></li>
                    }
                }).collect_view()}
            </ul>
        </Modal>
    }
}
