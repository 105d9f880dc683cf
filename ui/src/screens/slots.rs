//! Who can open the data: own PIN, a person who leaves, a new recovery code, the idle lock.

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::AppError;
use hoso_contract::command::{
    AddSystemSlot, ChangePin, ConfirmNewRecovery, ExportHandOver, GetPeople, NewRecovery, PickPath,
    RemovePerson, RemoveSystemSlot, Secret,
};
use hoso_contract::view::PersonChoice;

use crate::icons::{Icon, icon};
use crate::ipc;
use crate::state::desk;
use crate::widgets::code::code_groups;
use crate::widgets::confirm::Confirm;
use crate::widgets::failure::FailurePanel;
use crate::widgets::findings::go_to;
use crate::widgets::pin::{PinField, take};
use crate::words::{W, t, tf};

#[component]
pub fn Slots() -> impl IntoView {
    view! {
        <section class="card side" data-testid="slots">
            <h2>{t(W::SlotsWord)}</h2>
            <OwnPin/>
            <BySystem/>
            <Leaving/>
            <NewCode/>
        </section>
    }
}

#[component]
fn OwnPin() -> impl IntoView {
    let desk = desk();
    let (old, new, twice) = (
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
    );
    let tried = RwSignal::new(false);
    let differ = Signal::derive(move || {
        if tried.get() && new.get() != twice.get() {
            t(W::PinsDiffer).to_owned()
        } else {
            String::new()
        }
    });
    let change = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        if new.get_untracked() != twice.get_untracked() {
            return;
        }
        twice.set(String::new());
        tried.set(false);
        let command = ChangePin {
            old: take(old),
            new: take(new),
        };
        desk.run(command, move |()| desk.toast(t(W::PinChanged)));
    };
    view! {
        <form on:submit=change novalidate>
            <h3>{t(W::ChangePin)}</h3>
            <PinField pin=old label=t(W::PinNow).to_owned() testid="pin-old"/>
            <PinField pin=new label=t(W::NewPin).to_owned() testid="pin-new"/>
            <PinField pin=twice label=t(W::PinAgain).to_owned() testid="pin-new-again" error=differ/>
            <button type="submit" class="btn" data-testid="btn-change-pin"
                disabled=move || desk.read_only() || old.with(String::is_empty) || new.with(String::is_empty)>{t(W::ChangePin)}</button>
        </form>
    }
}

/// Opening by the system's account, without a PIN.
#[component]
fn BySystem() -> impl IntoView {
    let desk = desk();
    let pin = RwSignal::new(String::new());
    let people = RwSignal::new(Vec::<PersonChoice>::new());
    let me = Memo::new(move |_| desk.session.with(|s| s.as_ref().map(|s| s.person.person)));
    // who was added meanwhile can hand over as well
    Effect::new(move |_| {
        desk.session.track();
        spawn_local(async move {
            if let Ok(all) = ipc::call(GetPeople {}).await {
                people.try_set(all);
            }
        });
    });
    let own = Memo::new(move |_| {
        let me = me.get();
        people.with(|all| {
            all.iter()
                .find(|p| Some(p.person) == me && p.by_system)
                .map(|p| p.name.clone())
        })
    });
    let on = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        desk.run(AddSystemSlot { pin: take(pin) }, move |all| {
            people.set(all);
            desk.toast(t(W::SystemSlotSet));
        });
    };
    let off = move |_| {
        desk.run(RemoveSystemSlot {}, move |all| {
            people.set(all);
            desk.toast(t(W::SystemSlotUnset));
        });
    };
    view! {
        <h3>{t(W::SystemSlot)}</h3>
        <p class="note">{t(W::SystemSlotNote)}</p>
        {move || match own.get() {
            Some(name) => view! {
                <p data-testid="system-slot-on">{tf(W::SystemSlotIsOn, &[&name])}</p>
                <button type="button" class="btn" data-testid="btn-system-off" disabled=move || desk.read_only()
                    on:click=off>{t(W::SystemSlotOff)}</button>
            }.into_any(),
            None => view! {
                <form on:submit=on novalidate>
                    <PinField pin label=t(W::PinNow).to_owned() testid="pin-for-system"/>
                    <button type="submit" class="btn" data-testid="btn-system-on"
                        disabled=move || desk.read_only() || pin.with(String::is_empty)>{t(W::SystemSlotOn)}</button>
                </form>
            }.into_any(),
        }}
    }
}

/// Bàn giao: who leaves hands over to who works now.
#[component]
fn Leaving() -> impl IntoView {
    let desk = desk();
    let people = RwSignal::new(Vec::<PersonChoice>::new());
    let leaving = RwSignal::new(None::<PersonChoice>);
    let asking = RwSignal::new(false);
    let gone = RwSignal::new(None::<PersonChoice>);
    let asking_code = RwSignal::new(false);
    let me = Memo::new(move |_| desk.session.with(|s| s.as_ref().map(|s| s.person.clone())));
    // who was added meanwhile can hand over as well
    Effect::new(move |_| {
        desk.session.track();
        spawn_local(async move {
            if let Ok(all) = ipc::call(GetPeople {}).await {
                people.try_set(all);
            }
        });
    });
    let question = Signal::derive(move || {
        let names = leaving.get().zip(me.get());
        names.map_or_else(String::new, |(from, to)| {
            tf(W::HandOverQuestion, &[&from.name, &to.name])
        })
    });
    let hand_over = move |_: String| {
        if let Some((from, to)) = leaving.get_untracked().zip(me.get_untracked()) {
            let command = RemovePerson {
                person: from.person,
                to: to.person,
            };
            desk.run(command, move |left| {
                people.set(left);
                gone.set(Some(from));
                asking_code.set(true);
            });
        }
    };
    let code_question = Signal::derive(move || {
        let name = gone.get().map_or_else(String::new, |p| p.name);
        tf(W::HandedOverCode, &[&name])
    });
    // signed by both before anything is taken away; made once more when the code was replaced
    let record = move |from: PersonChoice| {
        let Some(to) = me.get_untracked() else { return };
        let ask = PickPath {
            kind: "save-pdf".to_owned(),
            suggested: "bien-ban-ban-giao.pdf".to_owned(),
        };
        desk.run(ask, move |path| {
            let Some(path) = path else { return };
            let told = path.clone();
            let command = ExportHandOver {
                person: from.person,
                to: to.person,
                path,
            };
            desk.run(command, move |()| desk.toast(tf(W::ExportedTo, &[&told])));
        });
    };
    let others = move || {
        let me = me.get().map(|m| m.person);
        let others = people
            .get()
            .into_iter()
            .filter(move |p| Some(p.person) != me);
        others.collect::<Vec<_>>()
    };
    view! {
        {move || (!others().is_empty()).then(|| view! {
            <h3>{t(W::HandOver)}</h3>
            <ul class="plain">{others().into_iter().enumerate().map(|(n, person)| {
                let shown = person.name.clone();
                let leaver = person.clone();
                view! {
                    <li class="row between"><span>{shown}</span>
                        <button type="button" class="btn quiet" data-testid=format!("btn-record-{n}")
                            on:click=move |_| record(leaver.clone())>{icon(Icon::Print)}{t(W::HandOverRecord)}</button>
                        <button type="button" class="btn quiet" data-testid=format!("btn-leave-{n}") disabled=move || desk.read_only()
                            on:click=move |_| { leaving.set(Some(person.clone())); asking.set(true); }>{t(W::HandOverAct)}</button></li>
                }
            }).collect_view()}</ul>
        })}
        {move || gone.get().map(|person| {
            let done = tf(W::HandedOver, &[&person.name]);
            view! {
                <p class="row between" data-testid="handed-over"><span>{done}</span>
                    <button type="button" class="btn quiet" data-testid="btn-record-gone"
                        on:click=move |_| record(person.clone())>{icon(Icon::Print)}{t(W::HandOverRecord)}</button></p>
            }
        })}
        <Confirm open=asking_code title=Signal::derive(|| t(W::NewCode).to_owned()) question=code_question yes=t(W::NewCode)
            testid="hand-over-code" act=Callback::new(move |_: String| desk.make_code())/>
        <Confirm open=asking title=Signal::derive(|| t(W::HandOver).to_owned()) question yes=t(W::HandOverAct)
            tone="danger" testid="hand-over" act=Callback::new(hand_over)/>
    }
}

/// A new sheet: shown, printed, typed back.
#[component]
fn NewCode() -> impl IntoView {
    let desk = desk();
    let pin = RwSignal::new(String::new());
    let code = RwSignal::new(String::new());
    let typed = RwSignal::new(String::new());
    let failed = RwSignal::new(None::<AppError>);
    let make = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        failed.set(None);
        let command = NewRecovery { pin: take(pin) };
        spawn_local(async move {
            match ipc::call(command).await {
                Ok(new) => {
                    code.try_set(new.code);
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    };
    let confirm = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        failed.set(None);
        let back = Secret(typed.get_untracked().trim().to_owned());
        spawn_local(async move {
            match ipc::call(ConfirmNewRecovery { code: back }).await {
                Ok(()) => {
                    code.try_set(String::new());
                    typed.try_set(String::new());
                    desk.toast(t(W::NewCodeDone));
                }
                Err(error) => {
                    failed.try_set(Some(error));
                }
            }
        });
    };
    Effect::new(move |_| {
        if desk.code_wanted.get() {
            desk.code_wanted.set(false);
            let fields = ["pin-for-code", "new-code-typed"];
            let field = fields.map(|id| document().get_element_by_id(id));
            if let Some(field) = field.into_iter().flatten().next() {
                go_to(&field);
            }
        }
    });
    view! {
        <h3>{t(W::NewCode)}</h3>
        <p class="note">{t(W::NewCodeNote)}</p>
        {move || if code.with(String::is_empty) {
            view! {
                <form on:submit=make novalidate>
                    <PinField pin label=t(W::PinNow).to_owned() testid="pin-for-code"/>
                    <button type="submit" class="btn" data-testid="btn-new-code" disabled=move || desk.read_only() || pin.with(String::is_empty)>
                        {t(W::NewCode)}</button>
                </form>
            }.into_any()
        } else {
            view! {
                <form on:submit=confirm novalidate>
                    <div class="print-code">
                        <p>{t(W::RecoveryStepNote)}</p>
                        <output class="recovery mono" data-testid="new-code" data-code=move || code.get()>{move || code_groups(&code.get())}</output>
                    </div>
                    <button type="button" class="btn" data-testid="print-new-code" on:click=move |_| { let _ = window().print(); }>
                        {icon(Icon::Print)}{t(W::PrintCode)}</button>
                    <div class="field">
                        <label for="new-code-typed">{t(W::TypeCodeBack)}</label>
                        <input id="new-code-typed" class="in mono" data-testid="new-code-typed" autocomplete="off" spellcheck="false"
                            on:input=move |e| typed.set(event_target_value(&e))/>
                    </div>
                    <button type="submit" class="btn main" data-testid="btn-new-code-done" disabled=move || typed.with(|c| c.trim().is_empty())>
                        {t(W::Finish)}</button>
                </form>
            }.into_any()
        }}
        {move || failed.get().map(|error| view! { <FailurePanel error=Signal::stored(error)/> })}
    }
}
