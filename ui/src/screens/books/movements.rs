//! Phát sinh tại Kho bạc: what the treasury moved, and the dossier each belongs to.

use leptos::prelude::*;

use hoso_contract::book::MovementView;
use hoso_contract::command::{ListDossiers, MatchMovement};
use hoso_contract::view::{DossierRow, ListFilter};
use hoso_domain::id::{DossierId, EntryId};

use super::entry::Input;
use super::{View, head, money, none, rows};
use crate::say;
use crate::screens::tables::{RowErrors, export, import};
use crate::state::{Desk, desk};
use crate::widgets::modal::Modal;
use crate::words::{W, t, tf};

/// Dossiers offered for a movement.
const OFFERED: u32 = 20;

/// Ties movements to dossiers, and looks for others than those offered.
#[derive(Clone, Copy)]
struct Tying {
    desk: Desk,
    reload: Callback<()>,
    open: RwSignal<bool>,
    movement: RwSignal<Option<EntryId>>,
}

impl Tying {
    fn tie(self, movement: EntryId, dossier: Option<DossierId>) {
        let command = MatchMovement { movement, dossier };
        self.desk.run(command, move |()| {
            self.open.set(false);
            self.reload.run(());
        });
    }

    fn look(self, movement: EntryId) {
        self.movement.set(Some(movement));
        self.open.set(true);
    }
}

#[component]
pub fn Movements(view: View, year: RwSignal<i32>, reload: Callback<()>) -> impl IntoView {
    let desk = desk();
    let errors = RwSignal::new(Vec::new());
    let can = !untrack(|| desk.read_only());
    let movements = rows(view, |b| &b.movements);
    let this = move || year.get_untracked();
    let tying = Tying {
        desk,
        reload,
        open: RwSignal::new(false),
        movement: RwSignal::new(None),
    };
    view! {
        {can.then(|| view! {
            <div class="row">
                <button type="button" class="btn main" data-testid="movement-import" on:click=move |_| import(desk, "movements", this(), errors, reload)>{t(W::ImportStatement)}</button>
                <button type="button" class="btn quiet" on:click=move |_| export(desk, "sample:movements", "mau-sao-ke.xlsx", this())>{t(W::SampleFile)}</button>
            </div>
        })}
        <RowErrors errors/>
        <Other tying/>
        <div class="card scroll"><table class="list" data-testid="movement-book">
            {head(&[W::DayWord, W::AccountWord, W::AmountWord, W::ReferenceWord, W::TextWord, W::Dossiers])}
            <tbody>{move || movements.get().into_iter().map(|m| one(tying, can, m)).collect_view()}</tbody>
        </table>{move || none(movements.with(Vec::is_empty), W::NoMovements)}</div>
    }
}

fn one(tying: Tying, can: bool, m: MovementView) -> impl IntoView {
    let (id, desk, matched) = (m.id, tying.desk, m.dossier);
    let entry = matched.is_none() && m.entry.is_some();
    let nothing = matched.is_none() && !entry && m.candidates.is_empty();
    view! {
        <tr data-testid="movement-row"><td>{say::date(m.movement.day)}</td><td class="mono">{m.movement.account}</td>{money(m.movement.amount)}
            <td>{m.movement.reference}</td><td>{m.movement.text}</td>
            <td>
                {nothing.then(|| view! { <span class="tag wait small">{t(W::NotMatched)}</span> })}
                {entry.then(|| view! { <span class="small">{t(W::MatchedEntry)}</span> })}
                {matched.map(|dossier| view! {
                    <button type="button" class="btn quiet small" data-testid="movement-open" on:click=move |_| desk.edit(dossier)>{t(W::OpenDossier)}</button>
                    <button type="button" class="btn quiet small" data-testid="movement-untie" disabled=!can
                        on:click=move |_| tying.tie(id, None)>{t(W::Untie)}</button>
                })}
                {m.candidates.into_iter().map(|(dossier, number)| view! {
                    <button type="button" class="btn small" data-testid="movement-match" disabled=!can
                        on:click=move |_| tying.tie(id, Some(dossier))>{tf(W::MatchTo, &[&number])}</button>
                }).collect_view()}
                {can.then(|| view! {
                    <button type="button" class="btn quiet small" data-testid="movement-other" on:click=move |_| tying.look(id)>{t(W::MatchOther)}</button>
                })}
            </td></tr>
    }
}

/// Any dossier, by its number, content or amount.
#[component]
fn Other(tying: Tying) -> impl IntoView {
    let desk = tying.desk;
    let wanted = RwSignal::new(String::new());
    let found = RwSignal::new(None::<Vec<DossierRow>>);
    // what was looked up for one movement is nothing to another
    Effect::new(move |_| {
        tying.movement.track();
        wanted.set(String::new());
        found.set(None);
    });
    let look = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let filter = ListFilter {
            text: wanted.get_untracked().trim().to_owned(),
            ..ListFilter::default()
        };
        let command = ListDossiers {
            filter,
            after: None,
            limit: OFFERED,
        };
        desk.run(command, move |page| found.set(Some(page.rows)));
    };
    let tie = move |dossier| {
        if let Some(movement) = tying.movement.get_untracked() {
            tying.tie(movement, Some(dossier));
        }
    };
    view! {
        <Modal open=tying.open title=Signal::derive(|| t(W::MatchOtherTitle).to_owned()) testid="matching">
            <form on:submit=look novalidate><div class="filters">
                <Input testid="matching-text" label=W::MatchOtherHint value=wanted/>
                <button type="submit" class="btn main" data-testid="matching-look">{t(W::Search)}</button>
            </div></form>
            {move || found.get().map(|rows| {
                let empty = rows.is_empty();
                let rows = rows.into_iter().map(|row| {
                    let id = row.id;
                    view! {
                        <tr data-testid="matching-row"><td>{row.number.clone()}</td><td>{row.title}</td>{money(row.total)}
                            <td class="act"><button type="button" class="btn small" data-testid="matching-tie"
                                on:click=move |_| tie(id)>{tf(W::MatchTo, &[&row.number])}</button></td></tr>
                    }
                }).collect_view();
                view! { <table class="list"><tbody>{rows}</tbody></table>{none(empty, W::NoDossiers)} }
            })}
        </Modal>
    }
}
