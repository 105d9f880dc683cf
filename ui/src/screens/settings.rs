//! Cài đặt: display, token module, people, the treasury's portal, problem report.

mod connection;
mod devices;
mod enrolment;
mod packs;
mod tokens;

use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::AppError;
use hoso_contract::command::{AddPerson, GetProblemReport, SaveSettings};
use hoso_contract::view::Settings;

use crate::icons::{Icon, icon};
use crate::ipc;
use crate::say;
use crate::screens::backup::BackupCard;
use crate::screens::slots::Slots;
use crate::state::{Desk, desk};
use crate::widgets::failure::FailurePanel;
use crate::widgets::pin::{PinField, take};
use crate::words::{W, t, tf};
use connection::Connection;
use devices::Devices;
use enrolment::Enrolment;
use packs::Packs;
use tokens::Tokens;

#[component]
pub fn SettingsScreen() -> impl IntoView {
    view! {
        <div class="screen settings" data-testid="screen-settings">
            <header class="head"><div class="title"><h1>{t(W::Settings)}</h1></div></header>
            <div class="settings-grid">
                <Display/>
                <Sending/>
                <Tokens/>
                <BackupCard/>
                <Unit/>
                <People/>
                <Connection/>
                <Enrolment/>
                <Devices/>
                <Packs/>
                <Slots/>
                <Report/>
            </div>
        </div>
    }
}

/// The settings as they are, and a way to change one of them.
pub(crate) fn settings_of(desk: Desk) -> Memo<Option<Settings>> {
    Memo::new(move |_| {
        desk.session
            .with(|s| s.as_ref().map(|s| s.settings.clone()))
    })
}

pub(crate) fn save(desk: Desk, change: impl FnOnce(&mut Settings)) {
    let now = desk
        .session
        .with_untracked(|s| s.as_ref().map(|s| s.settings.clone()));
    if let Some(mut settings) = now {
        change(&mut settings);
        desk.run(SaveSettings { settings }, move |session| desk.open(session));
    }
}

/// One setting with its few values.
#[component]
fn Select(
    testid: &'static str,
    label: W,
    options: Vec<(String, String)>,
    read: fn(&Settings) -> String,
    write: fn(&mut Settings, String),
) -> impl IntoView {
    let desk = desk();
    let settings = settings_of(desk);
    let now = Memo::new(move |_| settings.with(|s| s.as_ref().map(read).unwrap_or_default()));
    view! {
        <div class="field">
            <label for=testid>{t(label)}</label>
            <select id=testid class="in" data-testid=testid disabled=move || desk.read_only()
                on:change=move |e| { let v = event_target_value(&e); save(desk, |s| write(s, v)); }>
                {options.into_iter().map(|(value, word)| {
                    let own = value.clone();
                    view! { <option value=value selected=move || now.get() == own>{word}</option> }
                }).collect_view()}
            </select>
        </div>
    }
}

fn worded(options: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(value, word): &(&str, &str)| ((*value).to_owned(), (*word).to_owned());
    options.iter().map(own).collect()
}

fn idle() -> Vec<(String, String)> {
    let minutes = [5u16, 10, 15, 30, 60];
    let some = minutes.map(|m| (m.to_string(), tf(W::LockMinutes, &[&m])));
    let never = [("0".to_owned(), t(W::LockNever).to_owned())];
    some.into_iter().chain(never).collect()
}

#[component]
fn Display() -> impl IntoView {
    let zooms = ["80", "90", "100", "110", "125", "150", "175", "200"];
    let zooms = zooms.map(|z| (z.to_owned(), format!("{z} %"))).to_vec();
    view! {
        <section class="card side">
            <h2>{t(W::DisplayWord)}</h2>
            <Select testid="setting-language" label=W::Language options=worded(&[("vi", "Tiếng Việt"), ("en", "English")])
                read=|s| s.language.clone() write=|s, v| s.language = v/>
            <p class="note">{t(W::LanguageNote)}</p>
            <Select testid="setting-theme" label=W::Theme
                options=worded(&[("system", t(W::ThemeSystem)), ("light", t(W::ThemeLight)), ("dark", t(W::ThemeDark))])
                read=|s| s.theme.clone() write=|s, v| s.theme = v/>
            <Select testid="setting-zoom" label=W::Zoom options=zooms
                read=|s| s.zoom.to_string() write=|s, v| s.zoom = v.parse().unwrap_or(100)/>
            <Select testid="setting-lock" label=W::LockAfter options=idle()
                read=|s| s.lock_after.to_string() write=|s, v| s.lock_after = v.parse().unwrap_or(15)/>
            <Select testid="setting-zero" label=W::ZeroTens options=worded(&[("linh", t(W::ZeroLinh)), ("le", t(W::ZeroLe))])
                read=|s| s.zero_tens.clone() write=|s, v| s.zero_tens = v/>
        </section>
    }
}

/// When files go by themselves, and over which line.
#[component]
fn Sending() -> impl IntoView {
    let desk = desk();
    let settings = settings_of(desk);
    let metered = move || settings.with(|s| s.as_ref().is_some_and(|s| s.metered));
    let hours = |from: u8, to: u8| -> Vec<(String, String)> {
        (from..=to)
            .map(|h| (h.to_string(), tf(W::OClock, &[&h])))
            .collect()
    };
    view! {
        <section class="card side" data-testid="sending-settings">
            <h2>{t(W::SendingWord)}</h2>
            <label class="tick"><input type="checkbox" data-testid="setting-metered" prop:checked=metered disabled=move || desk.read_only()
                on:change=move |e| { let on = event_target_checked(&e); save(desk, |s| s.metered = on); }/><span>{t(W::MeteredTick)}</span></label>
            <div class="row top">
                <Select testid="setting-from" label=W::SendingFrom options=hours(0, 23)
                    read=|s| s.sending_hours.0.to_string() write=|s, v| s.sending_hours.0 = v.parse().unwrap_or(0)/>
                <Select testid="setting-to" label=W::SendingTo options=hours(0, 24)
                    read=|s| s.sending_hours.1.to_string() write=|s, v| s.sending_hours.1 = v.parse().unwrap_or(0)/>
            </div>
            {move || settings.with(|s| s.as_ref().is_some_and(|s| s.sending_hours.0 == s.sending_hours.1)).then(|| view! { <p><b>{t(W::WholeDay)}</b></p> })}
            <p class="note">{t(W::SendingNote)}</p>
        </section>
    }
}

/// What the connection file brought: unit, accounts, signers.
#[component]
fn Unit() -> impl IntoView {
    let desk = desk();
    let wrong = move || {
        let today = desk.session.with(|s| s.as_ref().map(|s| s.today));
        match (desk.unit(), today) {
            (Some(unit), Some(today)) => hoso_domain::register::faults(&unit, today),
            _ => Vec::new(),
        }
    };
    view! {
        <section class="card side" data-testid="unit-facts">
            <h2>{t(W::UnitWord)}</h2>
            {move || desk.unit().map(|u| view! {
                <dl class="facts">
                    <dt>{t(W::NameWord)}</dt><dd>{u.name.clone()}</dd>
                    <dt>{t(W::UnitCode)}</dt><dd>{u.code.clone()}</dd>
                    <dt>{t(W::TreasuryWord)}</dt><dd>{format!("{} · {}", u.treasury.code, u.treasury.name)}</dd>
                    <dt>{t(W::Accounts)}</dt><dd>{u.accounts.iter().map(|a| view! { <div>{a.number.clone()}" "<small>{a.name.clone()}</small></div> }).collect_view()}</dd>
                    <dt>{t(W::Signers)}</dt><dd>{u.signers.iter().map(|s| view! { <div>{s.name.clone()}" "<small>{format!("{} {}", s.mark(), s.title).trim().to_owned()}{s.valid_to.map(|end| format!(" · {}", tf(W::ExpiresOn, &[&say::date(end)])))}</small></div> }).collect_view()}</dd>
                </dl>
            })}
            {move || { let wrong = wrong(); (!wrong.is_empty()).then(|| view! {
                <div class="notice wait" data-testid="register-wrong">{icon(Icon::Warning)}<div><b>{t(W::RegisterWrong)}</b>
                    <ul class="plain">{wrong.iter().map(|f| view! { <li>{say::register_fault(f)}</li> }).collect_view()}</ul></div></div>
            }) }}
        </section>
    }
}

#[component]
fn People() -> impl IntoView {
    let desk = desk();
    let name = RwSignal::new(String::new());
    let pin = RwSignal::new(String::new());
    let twice = RwSignal::new(String::new());
    let tried = RwSignal::new(false);
    let differ = Signal::derive(move || {
        if tried.get() && pin.get() != twice.get() {
            t(W::PinsDiffer).to_owned()
        } else {
            String::new()
        }
    });
    let add = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let person = name.get_untracked().trim().to_owned();
        if person.is_empty() || pin.get_untracked() != twice.get_untracked() {
            return;
        }
        let secret = take(pin);
        twice.set(String::new());
        tried.set(false);
        desk.run(
            AddPerson {
                name: person,
                pin: secret,
            },
            move |added| {
                name.set(String::new());
                desk.toast(tf(W::PersonAdded, &[&added.name]));
            },
        );
    };
    view! {
        <section class="card side">
            <h2>{t(W::AddPerson)}</h2>
            <p class="note">{t(W::AddPersonNote)}</p>
            <form on:submit=add novalidate>
                <div class="field">
                    <label for="person-name">{t(W::PersonName)}</label>
                    <input id="person-name" class="in" data-testid="person-name" autocomplete="off" spellcheck="false"
                        prop:value=move || name.get() on:input=move |e| name.set(event_target_value(&e))/>
                </div>
                <PinField pin label=t(W::PinOfProgram).to_owned() testid="person-pin"/>
                <PinField pin=twice label=t(W::PinAgain).to_owned() testid="person-pin-again" error=differ/>
                <button type="submit" class="btn" data-testid="btn-add-person"
                    disabled=move || desk.read_only() || name.with(|n| n.trim().is_empty()) || pin.with(String::is_empty)>
                    {icon(Icon::Plus)}{t(W::AddPersonAct)}</button>
            </form>
        </section>
    }
}

#[component]
fn Report() -> impl IntoView {
    let report = RwSignal::new(None::<Result<String, AppError>>);
    let copied = RwSignal::new(false);
    let make = move |_| {
        copied.set(false);
        spawn_local(async move {
            report.try_set(Some(ipc::call(GetProblemReport {}).await.map(|r| r.text)));
        });
    };
    let copy = move |_| {
        let Some(Some(text)) = report.with(|r| r.as_ref().map(|r| r.clone().ok())) else {
            return;
        };
        let promise = window().navigator().clipboard().write_text(&text);
        spawn_local(async move {
            if wasm_bindgen_futures::JsFuture::from(promise).await.is_ok() {
                copied.try_set(true);
            }
        });
    };
    view! {
        <section class="card side wide-card">
            <h2>{t(W::ProblemReport)}</h2>
            <p class="note">{t(W::ReportNote)}</p>
            <div class="row">
                <button type="button" class="btn" data-testid="btn-report" on:click=make>{t(W::ShowReport)}</button>
                {move || report.with(|r| matches!(r, Some(Ok(_)))).then(|| view! {
                    <button type="button" class="btn quiet" data-testid="btn-copy-report" on:click=copy>
                        {icon(Icon::Copy)}{move || t(if copied.get() { W::Copied } else { W::Copy })}</button>
                })}
            </div>
            {move || report.get().map(|r| match r {
                Ok(text) => view! { <pre class="report" data-testid="report" tabindex="0">{text}</pre> }.into_any(),
                Err(error) => view! { <FailurePanel error=Signal::stored(error)/> }.into_any(),
            })}
        </section>
    }
}
