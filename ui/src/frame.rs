//! The frame around every screen: menu, unit, person, status bar.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::command::{ExportAll, GetForms, PickPath};
use hoso_contract::view::{BackupAge, LinkView, ReadOnly, RecoveryStanding};

use crate::icons::{Icon, icon};
use crate::ipc;
use crate::say;
use crate::screens::backup::Progress;
use crate::screens::books::Books;
use crate::screens::dossiers::Dossiers;
use crate::screens::editor::Editor;
use crate::screens::help::Help;
use crate::screens::new_dossier::NewDossier;
use crate::screens::outbox::Outbox;
use crate::screens::restore::RestoreDialog;
use crate::screens::results::Results;
use crate::screens::settings::SettingsScreen;
use crate::screens::sign::Sign;
use crate::screens::tables::TableDialog;
use crate::screens::today::Today;
use crate::state::{Desk, Screen, desk};
use crate::widgets::tree::CodeTree;
use crate::words::{W, t, tf};

#[component]
pub fn Frame() -> impl IntoView {
    let desk = desk();
    Effect::new(move |_| {
        desk.session.track();
        learn_forms();
    });
    let read_only = Memo::new(move |_| desk.why_read_only());
    let hue = move || desk.unit().map_or(175, |u| u.hue);
    let unit = Memo::new(move |_| desk.session.with(|s| s.as_ref().map(|s| s.unit)));
    let screen = Memo::new(move |_| desk.screen.get());
    let behind = Memo::new(move |_| desk.session.with(|s| s.as_ref()?.clock_behind));
    let off = Memo::new(move |_| desk.session.with(|s| s.as_ref()?.clock_off));
    let recovery = Memo::new(move |_| {
        desk.session
            .with(|s| s.as_ref().map(|s| s.recovery).unwrap_or_default())
    });
    let training = move || {
        desk.session
            .with(|s| s.as_ref().is_some_and(|s| s.training))
    };
    view! {
        <div class="app" style=move || format!("--hue:{}", hue()) data-testid="app" class:training=training>
            <a class="skip" href="#main">{t(W::SkipToContent)}</a>
            <div class="rooms">
                <Menu/>
                <main id="main" tabindex="-1">
                    {move || read_only.get().map(|why| view! { <OnlyRead why/> })}
                    {move || behind.get().map(|newest| view! {
                        <div class="notice wait" role="alert" data-testid="clock-behind">{icon(Icon::Warning)}
                            <span>{tf(W::ClockBehind, &[&say::date_time(newest)])}</span></div>
                    })}
                    {move || off.get().map(|minutes| view! {
                        <div class="notice wait" role="alert" data-testid="clock-off">{icon(Icon::Warning)}
                            <span>{tf(W::ClockOff, &[&say::clock_off(minutes)])}</span></div>
                    })}
                    {move || recovery_words(recovery.get()).filter(|_| read_only.get().is_none()).map(|word| view! {
                        <div class="notice wait" role="alert" data-testid="recovery-standing">{icon(Icon::Warning)}<span>{t(word)}</span>
                            <button type="button" class="btn" data-testid="btn-make-code" on:click=move |_| desk.make_code()>
                                {t(W::NewCode)}</button></div>
                    })}
                    {move || {
                        unit.track();
                        match screen.get() {
                            Screen::Today => view! { <Today/> }.into_any(),
                            Screen::Dossiers => view! { <Dossiers/> }.into_any(),
                            Screen::Editor(id) => view! { <Editor id/> }.into_any(),
                            Screen::Sign => view! { <Sign/> }.into_any(),
                            Screen::Outbox => view! { <Outbox/> }.into_any(),
                            Screen::Results => view! { <Results/> }.into_any(),
                            Screen::Books => view! { <Books/> }.into_any(),
                            Screen::Settings => view! { <SettingsScreen/> }.into_any(),
                            Screen::Help => view! { <Help/> }.into_any(),
                        }
                    }}
                </main>
            </div>
            <StatusBar/>
            <NewDossier/>
            <TableDialog/>
            <CodeTree/>
        </div>
    }
}

/// Why nothing can be changed, and what to do about it: only a damaged store is restored.
#[component]
fn OnlyRead(why: ReadOnly) -> impl IntoView {
    let desk = desk();
    let restoring = RwSignal::new(false);
    let words = match why {
        ReadOnly::Damaged => W::ReadOnly,
        ReadOnly::DiskFull => W::ReadOnlyFull,
        ReadOnly::DiskRefused => W::ReadOnlyRefused,
    };
    let damaged = why == ReadOnly::Damaged;
    view! {
        <div class="notice bad" role="alert" data-testid="read-only" data-why=why.as_str()>{icon(Icon::Warning)}<span>{t(words)}</span>
            <button type="button" class="btn" data-testid="export-all" disabled=move || desk.long_work.get().is_some()
                on:click=move |_| export_all(desk)>{t(W::ExportAll)}</button>
            {damaged.then(|| view! {
                <button type="button" class="btn" data-testid="read-only-restore" on:click=move |_| restoring.set(true)>
                    {t(W::RestoreFrom)}</button>
            })}
            {(!damaged).then(|| view! {
                <button type="button" class="btn" data-testid="read-only-unlock" on:click=move |_| desk.lock()>
                    {t(W::UnlockAgain)}</button>
            })}
        </div>
        // the dialog has its own
        {move || (!restoring.get()).then(|| view! { <Progress/> })}
        {damaged.then(|| view! { <RestoreDialog open=restoring/> })}
    }
}

/// What is to be told of the recovery codes.
fn recovery_words(recovery: RecoveryStanding) -> Option<W> {
    match recovery {
        RecoveryStanding::Confirmed => None,
        RecoveryStanding::Unconfirmed => Some(W::RecoveryUnconfirmed),
        RecoveryStanding::HandedOver => Some(W::RecoveryHandedOver),
    }
}

/// Takes over the forms that data packs brought; the page has the program's own compiled in.
fn learn_forms() {
    spawn_local(async move {
        for form in ipc::call(GetForms {}).await.unwrap_or_default() {
            // an edition is one and the same in engine and page
            let _ = hoso_domain::form::add(form);
        }
    });
}

/// Everything out of a store that can only be read, into a folder the person chooses.
fn export_all(desk: Desk) {
    let pick = PickPath {
        kind: "folder".to_owned(),
        suggested: String::new(),
    };
    desk.run(pick, move |folder| {
        let Some(folder) = folder else { return };
        desk.run_long(ExportAll { folder }, move |done| {
            desk.toast(if done.unreadable == 0 {
                tf(W::ExportedAll, &[&done.dossiers, &done.folder])
            } else {
                let all = done.dossiers.saturating_add(done.unreadable);
                tf(W::ExportedPart, &[&all, &done.folder, &done.unreadable])
            });
        });
    });
}

#[component]
fn Menu() -> impl IntoView {
    let desk = desk();
    let counts = Memo::new(move |_| {
        desk.session
            .with(|s| s.as_ref().map(|s| s.counts).unwrap_or_default())
    });
    let person = move || {
        desk.session.with(|s| {
            s.as_ref()
                .map_or_else(String::new, |s| s.person.name.clone())
        })
    };
    view! {
        <nav class="menu" aria-label=t(W::Menu)>
            <div class="brand"><span class="brand-mark" aria-hidden="true"></span><span class="brand-name">"Hồ Sơ Kho Bạc"</span></div>
            <UnitSwitch/>
            <Item screen=Screen::Today label=W::Today mark=Icon::Today testid="nav-today" key="Alt+1"/>
            <Item screen=Screen::Dossiers label=W::Dossiers mark=Icon::Dossier testid="nav-dossiers" key="Alt+2"/>
            <Item screen=Screen::Sign label=W::Sign mark=Icon::Pen testid="nav-sign" key="Alt+3"
                count=Signal::derive(move || counts.get().to_sign)/>
            <Item screen=Screen::Outbox label=W::Outbox mark=Icon::Queue testid="nav-outbox" key="Alt+4"
                count=Signal::derive(move || counts.get().waiting)/>
            <Item screen=Screen::Results label=W::Results mark=Icon::Result testid="nav-results" key="Alt+5"
                count=Signal::derive(move || counts.get().answers)/>
            <Item screen=Screen::Books label=W::Books mark=Icon::File testid="nav-books" key="Alt+7"/>
            <span class="push"></span>
            <Item screen=Screen::Settings label=W::Settings mark=Icon::Settings testid="nav-settings" key="Alt+6"/>
            <Item screen=Screen::Help label=W::Help mark=Icon::Help testid="nav-help" key="F1"/>
            <div class="person">
                <button type="button" class="person-words" data-testid="btn-switch-person" title=t(W::SwitchPerson)
                    on:click=move |_| desk.lock()>
                    <small>{t(W::Working)}</small>
                    <b data-testid="person">{person}</b>
                </button>
                <button type="button" class="btn ghost square" data-testid="btn-lock" title=t(W::Lock) aria-label=t(W::Lock)
                    on:click=move |_| desk.lock()>{icon(Icon::Lock)}</button>
            </div>
        </nav>
    }
}

#[component]
fn Item(
    screen: Screen,
    label: W,
    mark: Icon,
    testid: &'static str,
    key: &'static str,
    #[prop(into, optional)] count: Signal<u32>,
) -> impl IntoView {
    let desk = desk();
    let on = move || {
        let now = desk.screen.get();
        now == screen || (screen == Screen::Dossiers && matches!(now, Screen::Editor(_)))
    };
    view! {
        <button type="button" class="menu-item" data-testid=testid title=format!("{} ({key})", t(label))
            aria-current=move || on().then_some("page") class:on=on on:click=move |_| desk.go(screen)>
            {icon(mark)}
            <span class="menu-word">{t(label)}</span>
            {move || (count.get() > 0).then(|| view! {
                <b class="badge" data-testid=format!("{testid}-count")>{count.get()}</b>
            })}
        </button>
    }
}

/// The unit in its own colour; several units make a list to choose from.
#[component]
fn UnitSwitch() -> impl IntoView {
    let desk = desk();
    let units = Memo::new(move |_| {
        desk.session
            .with(|s| s.as_ref().map_or_else(Vec::new, |s| s.units.clone()))
    });
    let now = Memo::new(move |_| desk.unit());
    let open = RwSignal::new(false);
    let several = move || units.with(|u| u.len() > 1);
    view! {
        <div class="unit" on:keydown=move |e| if e.key() == "Escape" { open.set(false) }>
            <button type="button" class="unit-now" data-testid="unit" aria-expanded=move || open.get().to_string()
                title=move || now.get().map(|u| u.name)
                on:click=move |_| if several() { open.update(|o| *o = !*o) }>
                <span class="unit-stripe" aria-hidden="true"></span>
                <span class="unit-words">
                    <b data-testid="unit-name">{move || now.get().map(|u| u.name)}</b>
                    <small>
                        <span data-testid="unit-code">{move || now.get().map(|u| u.code)}</span>
                        {move || several().then(|| view! { " · "<u>{t(W::SwitchUnit)}</u> })}
                    </small>
                </span>
            </button>
            {move || open.get().then(|| view! {
                <ul class="unit-list" data-testid="unit-list">
                    {units.get().into_iter().map(|unit| {
                        let id = unit.id;
                        view! {
                            <li>
                                <button type="button" style=format!("--hue:{}", unit.hue)
                                    data-testid=format!("unit-{}", unit.code)
                                    on:click=move |_| { open.set(false); desk.select_unit(id); }>
                                    <span class="unit-stripe" aria-hidden="true"></span>
                                    <span class="unit-words"><b>{unit.name.clone()}</b><small>{unit.code.clone()}</small></span>
                                </button>
                            </li>
                        }
                    }).collect_view()}
                </ul>
            })}
        </div>
    }
}

#[component]
fn StatusBar() -> impl IntoView {
    let desk = desk();
    let link = Memo::new(move |_| desk.session.with(|s| s.as_ref().map(|s| s.link.clone())));
    let waiting = Memo::new(move |_| {
        desk.session
            .with(|s| s.as_ref().map_or(0, |s| s.counts.waiting))
    });
    let token = Memo::new(move |_| {
        desk.session
            .with(|s| s.as_ref().and_then(|s| s.token.clone()))
    });
    let training = Memo::new(move |_| {
        desk.session
            .with(|s| s.as_ref().is_some_and(|s| s.training))
    });
    let backup = Memo::new(move |_| {
        desk.session
            .with(|s| s.as_ref().map(|s| s.backup.clone()).unwrap_or_default())
    });
    view! {
        <footer class="status" data-testid="status">
            <span data-testid="status-link" data-link=move || link.get().map(|l| link_name(&l))>
                {move || link.get().map(|l| link_words(&l))}
            </span>
            <span data-testid="status-unsent">{t(W::Unsent)}" "<b>{move || tf(W::DossierCount, &[&waiting.get()])}</b></span>
            <span data-testid="status-token">
                {move || match token.get() {
                    Some(token) => view! {
                        {icon(Icon::Token)}"Token: "<b>{token.holder.clone()}</b>
                        <span class="wide-only">" · "{tf(W::ExpiresOn, &[&say::date_of(token.not_after)])}</span>
                    }.into_any(),
                    None => view! { {icon(Icon::Token)}<span>{t(W::NoTokenIn)}</span> }.into_any(),
                }}
            </span>
            <span data-testid="status-backup" data-overdue=move || backup.get().overdue.to_string()>
                {icon(Icon::Shield)}
                <button type="button" class="link" class:bad=move || backup.get().overdue on:click=move |_| desk.go(Screen::Settings)>
                    {move || backup_words(&backup.get())}</button>
            </span>
            <span class="push"></span>
            {move || training.get().then(|| view! { <b class="training-mark" data-testid="training">{t(W::Training)}</b> })}
        </footer>
    }
}

fn backup_words(backup: &BackupAge) -> String {
    match backup.last {
        Some(at) => tf(W::BackedUpOn, &[&say::date_time_of(at)]),
        None => t(W::NeverBackedUp).to_owned(),
    }
}

fn link_name(link: &LinkView) -> &'static str {
    match link {
        LinkView::NotSetUp => "not-set-up",
        LinkView::Offline { .. } => "offline",
        LinkView::Sending { .. } => "sending",
        LinkView::Online { .. } => "online",
    }
}

fn link_words(link: &LinkView) -> AnyView {
    match link {
        LinkView::NotSetUp => view! { {icon(Icon::Offline)}<b>{t(W::LinkNotSetUp)}</b> }.into_any(),
        LinkView::Offline { why, next_try } => {
            let cause = why.as_ref().map(|e| say::failure(e).title);
            let hint = cause.clone();
            view! {
                {icon(Icon::Offline)}<b>{t(W::Offline)}</b>
                <span title=hint>
                    {cause.map(|c| view! { <span class="wide-only">" — "{c}</span> })}
                    {next_try.map(|at| format!(" · {}", tf(W::NextTryAt, &[&say::time(at)])))}
                </span>
            }
            .into_any()
        }
        LinkView::Sending { done, of, percent } => {
            view! { {icon(Icon::Up)}<b>{tf(W::SendingNow, &[done, of, percent])}</b> }.into_any()
        }
        LinkView::Online {
            unread: Some(why), ..
        } => {
            let words = say::failure(why);
            view! { {icon(Icon::Online)}<b title=words.cause>{words.title}</b> }.into_any()
        }
        LinkView::Online { updated, .. } => {
            view! { {icon(Icon::Online)}<b>{tf(W::UpdatedAt, &[&say::time(*updated)])}</b> }
                .into_any()
        }
    }
}
