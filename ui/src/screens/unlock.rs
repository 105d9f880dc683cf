//! Mở khóa: who works now, and the PIN; or the printed recovery code.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::command::{Secret, Unlock as UnlockCommand, UnlockBySystem, UnlockWithRecovery};
use hoso_contract::view::PersonChoice;
use hoso_contract::{AppError, Code};
use hoso_domain::id::PersonId;

use crate::app::part;
use crate::icons::{Icon, icon};
use crate::say;
use crate::state::desk;
use crate::widgets::failure::FailurePanel;
use crate::widgets::pin::{PinField, take};
use crate::words::{W, t};
use crate::{ipc, parts};

/// How a person opens the store.
enum Way {
    Pin(Secret),
    Code { code: Secret, new_pin: Secret },
    System,
}

#[component]
pub fn Unlock(people: Vec<PersonChoice>) -> impl IntoView {
    let desk = desk();
    // the web view makes it ready while the PIN is typed
    spawn_local(async {
        let _ = parts::make_office_ready().await;
    });
    let chosen = RwSignal::new(people.first().map(|p| p.person));
    let recovering = RwSignal::new(false);
    let pin = RwSignal::new(String::new());
    let code = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<AppError>);
    // offered where the remedy says so: the lock is all such a store shows
    let damaged = Memo::new(move |_| {
        failed.with(|f| f.as_ref().is_some_and(|e| e.code == Code::StoreDamaged))
    });
    let restoring = RwSignal::new(false);
    let restored = Callback::new(move |()| {
        failed.try_set(None);
    });
    let none = people.is_empty();
    let by_system: Vec<PersonId> = people
        .iter()
        .filter(|p| p.by_system)
        .map(|p| p.person)
        .collect();
    let may_by_system = Memo::new(move |_| {
        chosen
            .get()
            .is_some_and(|person| by_system.contains(&person))
    });
    let open = move |way: Way| {
        let Some(person) = chosen.get_untracked().filter(|_| !busy.get_untracked()) else {
            return;
        };
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let opened = match way {
                Way::Pin(pin) => ipc::call(UnlockCommand { person, pin }).await,
                Way::Code { code, new_pin } => {
                    ipc::call(UnlockWithRecovery {
                        code,
                        person,
                        new_pin,
                    })
                    .await
                }
                Way::System => ipc::call(UnlockBySystem { person }).await,
            };
            busy.try_set(false);
            match opened {
                Ok(session) => desk.open(session),
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    };
    let go = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() || pin.with_untracked(String::is_empty) {
            return;
        }
        let pin = take(pin);
        open(if recovering.get_untracked() {
            Way::Code {
                code: Secret(code.get_untracked().trim().to_owned()),
                new_pin: pin,
            }
        } else {
            Way::Pin(pin)
        });
    };
    // a wrong PIN belongs to its field; everything else is told in full
    let at_field = Signal::derive(move || {
        failed.with(|f| match f {
            Some(e) if e.code == Code::WrongPin => say::failure(e).title,
            _ => String::new(),
        })
    });
    view! {
        <main class="alone" data-testid="screen-unlock">
            <form class="card alone-card narrow" on:submit=go novalidate>
                <div class="brand-dark">{icon(Icon::Lock)}<h1>"Hồ Sơ Kho Bạc"</h1></div>
                {move || desk.lost.get().then(|| view! {
                    <div class="notice wait" role="alert" data-testid="lost-unattended">{icon(Icon::Warning)}
                        <span>{t(W::LostUnattended)}</span></div>
                })}
                <fieldset class="people">
                    <legend>{t(W::WhoWorks)}</legend>
                    {people.into_iter().enumerate().map(|(n, p)| {
                        let id = p.person;
                        view! {
                            <label class="person-choice" class:on=move || chosen.get() == Some(id)>
                                <input type="radio" name="person" data-testid=format!("person-{n}")
                                    prop:checked=move || chosen.get() == Some(id)
                                    on:change=move |_| { chosen.set(Some(id)); failed.set(None); }/>
                                <span>{p.name}</span>
                            </label>
                        }
                    }).collect_view()}
                </fieldset>
                {none.then(|| view! { <p class="note">{t(W::NoPeople)}</p> })}
                {move || (may_by_system.get() && !recovering.get()).then(|| view! {
                    <button type="button" class="btn main" data-testid="btn-unlock-system" disabled=move || busy.get()
                        on:click=move |_| open(Way::System)>{t(W::UnlockBySystem)}</button>
                })}
                {move || recovering.get().then(|| view! {
                    <div class="field">
                        <label for="recovery-code">{t(W::RecoveryCode)}</label>
                        <input id="recovery-code" class="in mono" data-testid="recovery-code" autocomplete="off" spellcheck="false"
                            placeholder="XXXX XXXX XXXX XXXX XXXX XXXX XXXX XXXX"
                            on:input=move |e| code.set(event_target_value(&e))/>
                        <p class="note">{t(W::RecoveryNote)}</p>
                    </div>
                })}
                <PinField pin label=Signal::derive(move || t(if recovering.get() { W::NewPin } else { W::PinOfProgram }).to_owned())
                    error=at_field autofocus=true/>
                {move || failed.get().filter(|e| e.code != Code::WrongPin).map(|error| view! {
                    <FailurePanel error=Signal::stored(error)/>
                })}
                {move || damaged.get().then(|| view! {
                    <button type="button" class="btn" data-testid="btn-restore" on:click=move |_| restoring.set(true)>
                        {icon(Icon::Undo)}{t(W::RestoreFrom)}</button>
                })}
                <div class="row between">
                    <button type="button" class="btn quiet flush" data-testid="btn-recovery"
                        on:click=move |_| { failed.set(None); recovering.update(|r| *r = !*r); }>
                        {move || t(if recovering.get() { W::UsePin } else { W::ForgotPin })}
                    </button>
                    <button type="submit" class="btn main" data-testid="btn-unlock"
                        disabled=move || busy.get() || pin.with(String::is_empty)>
                        {move || t(if busy.get() { W::Unlocking } else { W::Unlock })}
                    </button>
                </div>
            </form>
            {move || damaged.get().then(|| part(parts::restoring(restoring, restored)))}
        </main>
    }
}
