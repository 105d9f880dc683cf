//! Khôi phục: choose a folder, choose a backup, show the key, see what is in it, and only then go.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::AppError;
use hoso_contract::command::{ListBackups, PreviewRestore, Restore, Secret};
use hoso_contract::view::{BackupRow, RestoreKey, RestorePreview};

use crate::icons::{Icon, icon};
use crate::screens::backup::{Progress, pick_folder};
use crate::state::{Desk, desk};
use crate::widgets::failure::FailurePanel;
use crate::widgets::modal::Modal;
use crate::widgets::pin::PinField;
use crate::words::{W, t, tf};
use crate::{ipc, say};

/// What the dialog's parts share; copied freely.
#[derive(Clone, Copy)]
struct Way {
    desk: Desk,
    open: RwSignal<bool>,
    rows: RwSignal<Vec<BackupRow>>,
    chosen: RwSignal<Option<BackupRow>>,
    /// The key as it was shown for the preview, and what the preview said.
    seen: RwSignal<Option<(RestoreKey, RestorePreview)>>,
    failed: RwSignal<Option<AppError>>,
    done: Option<Callback<()>>,
}

#[component]
pub fn RestoreDialog(
    open: RwSignal<bool>,
    /// What the screen below does once another store is in place.
    #[prop(optional)]
    done: Option<Callback<()>>,
) -> impl IntoView {
    let way = Way {
        desk: desk(),
        open,
        rows: RwSignal::new(Vec::new()),
        chosen: RwSignal::new(None),
        seen: RwSignal::new(None),
        failed: RwSignal::new(None),
        done,
    };
    Effect::new(move |_| {
        if open.get() {
            way.rows.set(Vec::new());
            way.chosen.set(None);
            way.failed.set(None);
        }
        // a key is kept no longer than the dialog
        way.seen.set(None);
    });
    view! {
        <Modal open title=Signal::derive(|| t(W::RestoreTitle).to_owned()) testid="restore">
            <p>{t(W::RestoreNote)}</p>
            <div class="row">
                <button type="button" class="btn" data-testid="restore-folder" on:click=move |_| list(way)>{t(W::ChooseRestoreFolder)}</button>
            </div>
            <Found way/>
            {move || way.chosen.get().map(|row| view! { <Key way row/> })}
            {move || way.seen.get().map(|(_, preview)| what_is_in(&preview))}
            {move || way.failed.get().map(|error| view! { <FailurePanel error=Signal::stored(error)/> })}
            <Progress/>
            <footer class="modal-foot">
                <button type="button" class="btn" data-testid="restore-no" on:click=move |_| open.set(false)>{t(W::Cancel)}</button>
                <button type="button" class="btn danger" data-testid="restore-yes"
                    disabled=move || way.seen.with(Option::is_none) || way.desk.long_work.get().is_some()
                    on:click=move |_| go(way)>{t(W::RestoreGo)}</button>
            </footer>
        </Modal>
    }
}

fn list(way: Way) {
    pick_folder(way.desk, move |folder| {
        way.failed.set(None);
        way.chosen.set(None);
        way.seen.set(None);
        spawn_local(async move {
            match ipc::call(ListBackups { folder }).await {
                Ok(rows) => {
                    way.rows.try_set(rows);
                }
                Err(error) => {
                    way.rows.try_set(Vec::new());
                    way.failed.try_set(Some(error));
                }
            }
        });
    });
}

#[component]
fn Found(way: Way) -> impl IntoView {
    let row = move |n: usize, row: BackupRow| {
        let usable = row.error.is_none();
        let words = match (row.made_at, &row.error) {
            (Some(at), None) => tf(
                W::BackupRowFacts,
                &[
                    &say::date_time(at),
                    &row.pc,
                    &row.dossiers,
                    &say::size(row.bytes),
                ],
            ),
            (_, error) => error
                .as_ref()
                .map(|e| say::failure(e).title)
                .unwrap_or_default(),
        };
        let (place, mine) = (row.place.clone(), row.place.clone());
        let on = move || {
            way.chosen
                .with(|c| c.as_ref().is_some_and(|c| c.place == mine))
        };
        view! {
            <label class="person-choice" title=place>
                <input type="radio" name="backup" data-testid=format!("backup-{n}") disabled=!usable prop:checked=on
                    on:change=move |_| { way.seen.set(None); way.failed.set(None); way.chosen.set(Some(row.clone())); }/>
                <span>{words}</span>
            </label>
        }
    };
    view! {
        {move || {
            let rows = way.rows.get();
            (!rows.is_empty()).then(|| view! {
                <fieldset class="people" data-testid="backups">
                    <legend>{t(W::WhichBackup)}</legend>
                    {rows.into_iter().enumerate().map(|(n, r)| row(n, r)).collect_view()}
                </fieldset>
            })
        }}
    }
}

/// What opens the chosen backup: nothing more where its store is open, else a PIN or the code.
#[component]
fn Key(way: Way, row: BackupRow) -> impl IntoView {
    let secret = RwSignal::new(String::new());
    let with_code = RwSignal::new(false);
    let person = RwSignal::new(row.people.first().map(|p| p.person));
    let own = row.own;
    let place = row.place.clone();
    let look = move || {
        let typed = Secret(secret.get_untracked().trim().to_owned());
        let key = match (own, person.get_untracked()) {
            (true, _) => RestoreKey::Open,
            (false, Some(person)) if with_code.get_untracked() => RestoreKey::Recovery {
                person,
                code: typed,
            },
            (false, Some(person)) => RestoreKey::Pin { person, pin: typed },
            (false, None) => return,
        };
        way.failed.set(None);
        way.seen.set(None);
        let place = place.clone();
        spawn_local(async move {
            let asked = PreviewRestore {
                place,
                key: key.clone(),
            };
            match ipc::call(asked).await {
                Ok(preview) => {
                    way.seen.try_set(Some((key, preview)));
                }
                Err(error) => {
                    way.failed.try_set(Some(error));
                }
            }
        });
    };
    let again = look.clone();
    if own {
        look();
        return ().into_any();
    }
    view! {
        <form on:submit=move |e| { e.prevent_default(); again(); } novalidate>
            <div class="field">
                <label for="restore-person">{t(W::WhoWorks)}</label>
                <select id="restore-person" class="in" data-testid="restore-person"
                    on:change=move |e| person.set(event_target_value(&e).parse().ok())>
                    {row.people.iter().map(|p| view! { <option value=p.person.to_string()>{p.name.clone()}</option> }).collect_view()}
                </select>
            </div>
            <PinField pin=secret testid="restore-key"
                label=Signal::derive(move || t(if with_code.get() { W::RecoveryCode } else { W::PinOfProgram }).to_owned())/>
            <div class="row between">
                <button type="button" class="btn quiet flush" data-testid="restore-other-key" on:click=move |_| with_code.update(|c| *c = !*c)>
                    {move || t(if with_code.get() { W::UsePin } else { W::ForgotPin })}</button>
                <button type="submit" class="btn" data-testid="restore-look" disabled=move || secret.with(String::is_empty)>
                    {icon(Icon::Eye)}{t(W::RestoreLook)}</button>
            </div>
        </form>
    }
    .into_any()
}

fn what_is_in(preview: &RestorePreview) -> impl IntoView + use<> {
    let units: Vec<String> = preview
        .units
        .iter()
        .map(|(code, name)| format!("{code} · {name}"))
        .collect();
    let newest = preview
        .newest
        .as_ref()
        .map(|(number, title, at)| tf(W::NewestFacts, &[number, title, &say::date_time(*at)]));
    let behind = preview.behind.filter(|n| *n > 0);
    view! {
        <dl class="facts" data-testid="restore-preview">
            <dt>{t(W::BackupMadeAt)}</dt><dd>{say::date_time(preview.made_at)}" · "{preview.pc.clone()}</dd>
            <dt>{t(W::UnitWord)}</dt><dd>{units.into_iter().map(|u| view! { <div>{u}</div> }).collect_view()}</dd>
            <dt>{t(W::Dossiers)}</dt><dd data-testid="restore-dossiers">{preview.dossiers}</dd>
            {newest.map(|n| view! { <dt>{t(W::NewestDossier)}</dt><dd>{n}</dd> })}
            <dt>{t(W::TrailWord)}</dt><dd>{preview.audit_rows}" · "<small>{preview.audit_head.to_string()}</small></dd>
        </dl>
        {(preview.missing > 0).then(|| view! { <div class="notice wait" data-testid="restore-missing">{icon(Icon::Warning)}<span>{tf(W::RestoreMissing, &[&preview.missing])}</span></div> })}
        {(preview.lost > 0).then(|| view! { <div class="notice wait" data-testid="restore-lost">{icon(Icon::Warning)}<span>{tf(W::RestoreLost, &[&preview.lost])}</span></div> })}
        {behind.map(|n| view! { <div class="notice wait" data-testid="restore-behind">{icon(Icon::Warning)}<span>{tf(W::RestoreBehind, &[&n])}</span></div> })}
        <div class="notice good">{icon(Icon::Shield)}<span>{t(W::RestoreKeepsOld)}</span></div>
    }
}

fn go(way: Way) {
    let chosen = way.chosen.get_untracked();
    let (Some(row), Some((key, _))) = (chosen, way.seen.get_untracked()) else {
        return;
    };
    way.failed.set(None);
    let restore = Restore {
        place: row.place,
        key,
    };
    way.desk.begin_long();
    spawn_local(async move {
        let end = ipc::call(restore).await;
        way.desk.end_long();
        match end {
            Ok(restored) => {
                way.open.try_set(false);
                way.desk.take_boot(restored.boot);
                if let Some(done) = way.done {
                    done.try_run(());
                }
                way.desk.toast(match restored.lost {
                    0 => t(W::RestoreDone).to_owned(),
                    lost => tf(W::RestoreDoneLost, &[&lost]),
                });
            }
            Err(error) => {
                way.failed.try_set(Some(error));
            }
        }
    });
}
