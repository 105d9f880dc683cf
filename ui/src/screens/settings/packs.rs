//! Gói dữ liệu: what was taken in, and taking one in from a file.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::command::{AddPack, GetPacks, PickPath};
use hoso_contract::view::PackView;

use crate::ipc;
use crate::say;
use crate::state::desk;
use crate::words::{W, t, tf};

#[component]
pub fn Packs() -> impl IntoView {
    let desk = desk();
    let packs = RwSignal::new(Vec::<PackView>::new());
    let read = move || {
        spawn_local(async move {
            match ipc::call(GetPacks {}).await {
                Ok(all) => {
                    packs.try_set(all);
                }
                Err(error) => desk.fail(error),
            }
        });
    };
    // one may come by the feed while this is looked at
    Effect::new(move || {
        desk.results.track();
        read();
    });
    let add = move |_| {
        let ask = PickPath {
            kind: "pack".to_owned(),
            suggested: String::new(),
        };
        desk.run(ask, move |path| {
            let Some(path) = path else { return };
            desk.run(AddPack { path }, move |pack| {
                desk.toast(tf(W::PackAdded, &[&pack.name]));
                desk.refresh();
                read();
            });
        });
    };
    view! {
        <section class="card side" data-testid="packs">
            <h2>{t(W::Packs)}</h2>
            <p class="note">{t(W::PacksNote)}</p>
            {move || packs.with(Vec::is_empty).then(|| view! { <p class="note">{t(W::NoPacks)}</p> })}
            <ul class="plain">
                {move || packs.get().into_iter().map(|pack| view! {
                    <li data-testid=format!("pack-{}", pack.id)>
                        <b>{pack.name}</b>
                        <small>{tf(W::PackSigned, &[&say::date(pack.issued), &pack.signer])}</small>
                        {(!pack.forms.is_empty()).then(|| view! { <small>{tf(W::PackForms, &[&pack.forms.join(", ")])}</small> })}
                        {(!pack.lists.is_empty()).then(|| view! { <small>{tf(W::PackLists, &[&pack.lists.join(", ")])}</small> })}
                    </li>
                }).collect_view()}
            </ul>
            <button type="button" class="btn" data-testid="pack-add" disabled=move || desk.read_only() on:click=add>
                {t(W::AddPack)}
            </button>
        </section>
    }
}
