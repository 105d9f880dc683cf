//! Sao lưu: where to, how old, by hand, back again, and the full check.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::AppError;
use hoso_contract::command::{
    BackUp, CancelBackup, CheckStore, ExportYear, GetBackupState, MendFiles, PickPath,
    SetBackupFolder,
};
use hoso_contract::view::{BackupState, CheckReport, DiskView};

use crate::icons::{Icon, icon};
use crate::screens::restore::RestoreDialog;
use crate::state::{Desk, desk};
use crate::widgets::failure::FailurePanel;
use crate::words::{W, t, tf};
use crate::{ipc, say};

/// Asks for a folder and goes on with it.
pub fn pick_folder(desk: Desk, then: impl FnOnce(String) + 'static) {
    let pick = PickPath {
        kind: "folder".to_owned(),
        suggested: String::new(),
    };
    desk.run(pick, move |folder| {
        if let Some(folder) = folder {
            then(folder);
        }
    });
}

/// The section of the settings.
#[component]
pub fn BackupCard() -> impl IntoView {
    let desk = desk();
    let restoring = RwSignal::new(false);
    let busy = move || desk.long_work.get().is_some();
    let year = Memo::new(move |_| {
        use chrono::Datelike as _;
        desk.session
            .with(|s| s.as_ref().map_or(0, |s| s.today.year()))
    });
    view! {
        <section class="card side" data-testid="backup-settings">
            <h2>{t(W::BackupWord)}</h2>
            <BackupPlace/>
            <Progress/>
            <div class="row">
                <button type="button" class="btn main" data-testid="btn-backup" disabled=move || busy() || desk.damaged()
                    on:click=move |_| desk.run_long(BackUp { folder: None }, move |_| desk.toast(t(W::BackedUp)))>
                    {icon(Icon::Save)}{t(W::BackUpNow)}</button>
                <button type="button" class="btn" data-testid="btn-restore" disabled=busy on:click=move |_| restoring.set(true)>
                    {icon(Icon::Undo)}{t(W::RestoreFrom)}</button>
            </div>
            <Check/>
            <h3>{t(W::AuditExport)}</h3>
            <p class="note">{t(W::AuditExportNote)}</p>
            <div class="row">
                {move || [year.get(), year.get().saturating_sub(1)].map(|year| view! {
                    <button type="button" class="btn" data-testid=format!("btn-year-{year}") disabled=busy on:click=move |_| export_year(desk, year)>
                        {icon(Icon::File)}{tf(W::AuditExportYear, &[&year])}</button>
                })}
            </div>
            <RestoreDialog open=restoring/>
        </section>
    }
}

fn export_year(desk: Desk, year: i32) {
    pick_folder(desk, move |folder| {
        desk.run_long(ExportYear { year, folder }, move |done| {
            let mut told = if done.unreadable == 0 {
                tf(W::ExportedAll, &[&done.dossiers, &done.folder])
            } else {
                tf(
                    W::ExportedPart,
                    &[&done.dossiers, &done.folder, &done.unreadable],
                )
            };
            if let Some(row) = done.trail_until {
                told = format!("{told} {}", tf(W::ExportedTrailPart, &[&row]));
            }
            desk.toast(told);
        });
    });
}

/// Where backups go and how old the newest is; choosing another place.
#[component]
pub fn BackupPlace(#[prop(optional)] chosen: Option<Callback<()>>) -> impl IntoView {
    let desk = desk();
    let state = RwSignal::new(None::<Result<BackupState, AppError>>);
    Effect::new(move |_| {
        desk.backups.track();
        spawn_local(async move {
            state.try_set(Some(ipc::call(GetBackupState {}).await));
        });
    });
    let choose = move |_| {
        pick_folder(desk, move |folder| {
            desk.run(SetBackupFolder { folder }, move |now| {
                state.set(Some(Ok(now)));
                if let Some(chosen) = chosen {
                    chosen.run(());
                }
            });
        });
    };
    view! {
        {move || state.get().map(|s| match s {
            Err(error) => view! { <FailurePanel error=Signal::stored(error)/> }.into_any(),
            Ok(state) => state_words(state).into_any(),
        })}
        <div class="row">
            <button type="button" class="btn" data-testid="btn-backup-folder" disabled=move || desk.damaged() on:click=choose>
                {t(W::ChooseBackupFolder)}</button>
        </div>
    }
}

fn state_words(state: BackupState) -> impl IntoView {
    let unsafe_place = match state.disk {
        _ if state.folder.is_empty() => None,
        DiskView::Other => None,
        DiskView::Same => Some(W::SameDisk),
        DiskView::Unsure => Some(W::UnsureDisk),
    };
    let none = state.folder.is_empty();
    view! {
        {none.then(|| view! { <div class="notice bad" data-testid="backup-none">{icon(Icon::Warning)}<span>{t(W::NoBackupPlace)}</span></div> })}
        {(!none).then(|| view! {
            <dl class="facts">
                <dt>{t(W::BackupFolder)}</dt><dd data-testid="backup-folder">{state.folder.clone()}
                    {(!state.there).then(|| view! { " "<small data-testid="backup-away">{t(W::BackupAway)}</small> })}</dd>
                <dt>{t(W::LastBackup)}</dt><dd data-testid="backup-last">{match &state.last {
                    Some(last) => tf(W::BackupFacts, &[&say::date_time(last.at), &last.dossiers, &say::size(last.bytes)]),
                    None => t(W::NeverBackedUp).to_owned(),
                }}</dd>
            </dl>
        })}
        {unsafe_place.map(|word| view! { <div class="notice wait" data-testid="backup-unsafe">{icon(Icon::Warning)}<span>{t(word)}</span></div> })}
        {state.last.as_ref().filter(|l| l.missing > 0).map(|l| view! {
            <div class="notice wait">{icon(Icon::Warning)}<span>{tf(W::BackupMissing, &[&l.missing])}</span></div>
        })}
        {state.failed.map(|error| view! { <div data-testid="backup-failed"><FailurePanel error=Signal::stored(error)/></div> })}
    }
}

/// How far the work is, with a way to end it.
#[component]
pub fn Progress() -> impl IntoView {
    let desk = desk();
    let cancel = move |_| desk.run(CancelBackup {}, |()| {});
    view! {
        {move || desk.long_work.get().map(|(done, of)| view! {
            <div class="row" data-testid="long-work">
                <progress max=of.max(1).to_string() prop:value=done.to_string() aria-label=t(W::Progress)></progress>
                <button type="button" class="btn quiet" data-testid="btn-cancel" on:click=cancel>{t(W::Cancel)}</button>
            </div>
        })}
    }
}

/// Kiểm tra toàn bộ.
#[component]
fn Check() -> impl IntoView {
    let desk = desk();
    let report = RwSignal::new(None::<CheckReport>);
    let busy = move || desk.long_work.get().is_some();
    view! {
        <div class="row">
            <button type="button" class="btn" data-testid="btn-check" disabled=busy
                on:click=move |_| desk.run_long(CheckStore {}, move |r| report.set(Some(r)))>
                {icon(Icon::Search)}{t(W::CheckStore)}</button>
            {move || report.with(|r| r.as_ref().is_some_and(|r| r.missing.saturating_add(r.damaged) > 0)).then(|| view! {
                <button type="button" class="btn" data-testid="btn-mend" disabled=move || busy() || desk.read_only()
                    on:click=move |_| desk.run_long(MendFiles {}, move |r| report.set(Some(r)))>{t(W::MendFiles)}</button>
            })}
        </div>
        {move || report.get().map(|r| {
            let clean = r.is_clean();
            let words = if clean {
                tf(W::CheckClean, &[&r.files, &r.audit_rows])
            } else {
                tf(W::CheckBad, &[&r.database, &r.missing, &r.damaged])
            };
            let broken = r.chain_broken_at.map(|seq| tf(W::CheckChain, &[&seq]));
            view! {
                <div class="notice" class:good=clean class:bad=!clean data-testid="check-report">
                    {icon(if clean { Icon::Shield } else { Icon::Warning })}<span>{words}{broken.map(|b| format!(" {b}"))}</span>
                </div>
            }
        })}
    }
}
