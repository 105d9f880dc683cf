//! Danh mục: payees, and codes of lists that are not public in full, added or imported.

use leptos::prelude::*;

use hoso_contract::command::{GetOwnCodes, SaveCode};
use hoso_domain::catalogue::{OwnCode, library};
use hoso_domain::form::FieldKind;

use super::entry::{Input, day};
use super::{head, none};
use crate::icons::{Icon, icon};
use crate::say;
use crate::screens::tables::{RowErrors, export, import};
use crate::state::desk;
use crate::widgets::modal::Modal;
use crate::widgets::suggest::forget_names;
use crate::words::{W, t};

/// The list in words; one without a word of its own goes by its id.
fn list_word(id: &str) -> String {
    let word = match id {
        "area" => W::ListArea,
        "bank" => W::ListBank,
        "treasury" => W::ListTreasury,
        "source" => W::SourceWord,
        "programme" => W::ProgrammeWord,
        "ledger-account" => W::ListLedger,
        "revenue-account" => W::ListRevenue,
        other => return other.to_owned(),
    };
    t(word).to_owned()
}

/// Lists a unit may add to. The page does not carry the list of communes; the engine does.
fn open_lists() -> Vec<String> {
    let mut all: Vec<String> = library()
        .into_iter()
        .filter(|list| !list.complete())
        .map(|list| list.id.to_owned())
        .collect();
    if !all.iter().any(|id| id == "area") {
        all.push("area".to_owned());
    }
    all.sort_by_key(|id| list_word(id));
    all
}

#[component]
pub fn Codes(year: i32) -> impl IntoView {
    let desk = desk();
    let adding = RwSignal::new(false);
    let errors = RwSignal::new(Vec::new());
    let codes = RwSignal::new(Vec::<OwnCode>::new());
    let again = RwSignal::new(0u32);
    let reload = Callback::new(move |()| {
        forget_names();
        again.update(|n| *n = n.wrapping_add(1));
    });
    Effect::new(move |_| {
        again.track();
        desk.run(GetOwnCodes {}, move |got| {
            codes.try_set(got);
        });
    });
    let can = !untrack(|| desk.read_only());
    view! {
        <RowErrors errors/>
        <section class="card side">
            <h2>{t(W::PayeesWord)}</h2>
            <p class="note">{t(W::PayeesNote)}</p>
            <div class="row">
                {can.then(|| view! { <button type="button" class="btn main" data-testid="payees-import" on:click=move |_| import(desk, "payees", year, errors, reload)>{t(W::ImportExcel)}</button> })}
                <button type="button" class="btn quiet" on:click=move |_| export(desk, "sample:payees", "mau-doi-tuong.xlsx", year)>{t(W::SampleFile)}</button>
            </div>
        </section>
        <section class="card side">
            <h2>{t(W::OwnCodes)}</h2>
            <p class="note">{t(W::OwnCodesNote)}</p>
            <div class="row">
                {can.then(|| view! {
                    <button type="button" class="btn main" data-testid="code-add" on:click=move |_| adding.set(true)>{icon(Icon::Plus)}{t(W::CodeAdd)}</button>
                    <button type="button" class="btn" data-testid="codes-import" on:click=move |_| import(desk, "codes", year, errors, reload)>{t(W::ImportExcel)}</button>
                })}
                <button type="button" class="btn quiet" on:click=move |_| export(desk, "sample:codes", "mau-danh-muc.xlsx", year)>{t(W::SampleFile)}</button>
            </div>
            <div class="scroll"><table class="list" data-testid="own-codes">
                {head(&[W::RoleCatalogue, W::CodeWord, W::RoleName, W::ReplacesWord, W::CodeFrom, W::CodeTo, W::FromWhere])}
                <tbody>{move || codes.get().into_iter().map(|c| view! {
                    <tr data-testid="own-code"><td>{list_word(&c.catalogue)}</td><td class="mono">{c.code}</td><td>{c.name}</td><td class="mono">{c.replaces}</td>
                        <td>{say::date(c.valid_from)}</td><td>{c.valid_to.map(say::date)}</td><td>{c.source}</td></tr>
                }).collect_view()}</tbody>
            </table>{move || none(codes.with(Vec::is_empty), W::NoCodes)}</div>
        </section>
        <NewCode open=adding reload/>
    }
}

#[component]
fn NewCode(open: RwSignal<bool>, reload: Callback<()>) -> impl IntoView {
    let desk = desk();
    let lists = open_lists();
    let list = RwSignal::new(lists.first().cloned().unwrap_or_default());
    let text = || RwSignal::new(String::new());
    let (code, name, replaces, from, to, source) = (text(), text(), text(), text(), text(), text());
    let wrong = RwSignal::new(false);
    let typed = [code, name, replaces, from, to, source];
    let save = move |_| {
        let got = |s: RwSignal<String>| s.get_untracked().trim().to_owned();
        let end = match got(to).as_str() {
            "" => Some(None),
            said => day(said).map(Some),
        };
        let (Some(valid_from), Some(valid_to)) = (day(&got(from)), end) else {
            wrong.set(true);
            return;
        };
        wrong.set(false);
        let code = OwnCode {
            catalogue: list.get_untracked(),
            code: got(code),
            name: got(name),
            replaces: got(replaces),
            valid_from,
            valid_to,
            source: got(source),
        };
        super::finish(desk, SaveCode { code }, open, typed.to_vec(), reload);
    };
    view! {
        <Modal open title=Signal::derive(|| t(W::CodeAdd).to_owned()) testid="code" class="narrow">
            <div class="field"><label for="code-list">{t(W::RoleCatalogue)}</label>
                <select id="code-list" class="in" data-testid="code-list" on:change=move |e| list.set(event_target_value(&e))>
                    {lists.iter().map(|id| view! { <option value=id.clone()>{list_word(id)}</option> }).collect_view()}
                </select></div>
            <Input testid="code-code" label=W::CodeWord value=code/>
            <Input testid="code-name" label=W::RoleName value=name/>
            <Input testid="code-replaces" label=W::ReplacesWord value=replaces/>
            <Input testid="code-from" label=W::CodeFrom value=from kind=FieldKind::Date/>
            <Input testid="code-to" label=W::CodeTo value=to kind=FieldKind::Date/>
            <Input testid="code-source" label=W::FromWhere value=source/>
            {move || wrong.get().then(|| view! { <p class="err" role="alert">{t(W::DayWrong)}</p> })}
            <div class="row"><button type="button" class="btn main" data-testid="code-save" on:click=save>{t(W::Keep)}</button></div>
        </Modal>
    }
}
