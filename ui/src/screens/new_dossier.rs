//! Lập hồ sơ: which template or form.

use leptos::prelude::*;

use hoso_contract::AppError;
use hoso_contract::command::{CreateDossier, CreateFromTemplate};
use hoso_domain::form::{Form, library};
use hoso_domain::id::DossierId;
use hoso_domain::template;

use crate::state::desk;
use crate::widgets::modal::Modal;
use crate::words::{W, t, tf};

/// Forms to start with, the newest edition of each; those that are only printed come last.
fn choices() -> Vec<&'static Form> {
    let mut all: Vec<&Form> = library().into_iter().filter(|f| f.offered).collect();
    all.sort_by_key(|f| {
        (
            f.procedure.is_empty(),
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
    let made = move |made: Result<DossierId, AppError>| {
        busy.try_set(false);
        desk.creating.set(false);
        match made {
            Ok(id) => desk.edit(id),
            Err(error) => desk.fail(error),
        }
    };
    let create = move |basis: String, form: String| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        leptos::task::spawn_local(async move {
            made(crate::ipc::call(CreateDossier { basis, form }).await);
        });
    };
    let from_template = move |template: &'static str| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        leptos::task::spawn_local(async move {
            let template = template.to_owned();
            made(crate::ipc::call(CreateFromTemplate { template }).await);
        });
    };
    view! {
        <Modal open=desk.creating title=Signal::derive(|| t(W::NewDossier).to_owned()) testid="new-dossier" class="narrow">
            <p class="note">{t(W::NewDossierNote)}</p>
            <h3>{t(W::Templates)}</h3>
            <ul class="choices">
                {template::library().iter().map(|template| view! {
                    <li><button type="button" class="choice" data-testid=format!("template-{}", template.id)
                        disabled=move || busy.get() on:click=move |_| from_template(&template.id)>
                        <span><b>{template.name.as_str()}</b><small>{template.note.as_str()}</small></span>
                    </button></li>
                }).collect_view()}
            </ul>
            <h3>{t(W::AllForms)}</h3>
            <ul class="choices">
                {move || desk.creating.get().then(choices).unwrap_or_default().into_iter().enumerate().map(|(n, form)| {
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
