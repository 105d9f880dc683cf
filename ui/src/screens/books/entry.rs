//! One entry by hand: a decision, an opening figure, what happened outside Hoso.

use leptos::prelude::*;

use hoso_contract::book::EntryInput;
use hoso_contract::command::EnterPostings;
use hoso_domain::book::{Kind, Posting};
use hoso_domain::form::FieldKind;
use hoso_domain::form::value::{self, Value};
use hoso_domain::money::Dong;

use super::code::{AccountInput, CodeInput};
use super::{View, finish};
use crate::state::desk;
use crate::widgets::modal::Modal;
use crate::words::{W, t};

/// The kinds a person enters; what goes with another is entered by the program.
const KINDS: [Kind; 15] = [
    Kind::YearStart,
    Kind::Adjustment,
    Kind::CarriedOver,
    Kind::Provisional,
    Kind::Withheld,
    Kind::Cancelled,
    Kind::Spent,
    Kind::Advance,
    Kind::AdvanceOpening,
    Kind::Cleared,
    Kind::ReturnedSpent,
    Kind::ReturnedAdvance,
    Kind::DepositOpening,
    Kind::DepositIn,
    Kind::DepositOut,
];

pub fn kind_word(kind: Kind) -> &'static str {
    t(match kind {
        Kind::CarriedOver => W::CarriedOver,
        Kind::YearStart => W::YearStart,
        Kind::Adjustment => W::Adjusted,
        Kind::Provisional => W::ProvisionalWord,
        Kind::Withheld => W::WithheldWord,
        Kind::Cancelled => W::CancelledWord,
        Kind::Spent => W::SpentWord,
        Kind::Advance => W::AdvancedWord,
        Kind::AdvanceOpening => W::AdvanceOpening,
        Kind::Cleared => W::ClearedWord,
        Kind::Settled => W::SettledWord,
        Kind::ReturnedSpent => W::ReturnedSpent,
        Kind::ReturnedAdvance => W::ReturnedWord,
        Kind::DepositOpening => W::OpeningWord,
        Kind::DepositIn => W::IncreaseWord,
        Kind::DepositOut => W::DecreaseWord,
    })
}

/// A labelled input bound to a signal.
#[component]
pub fn Input(
    testid: &'static str,
    label: W,
    value: RwSignal<String>,
    #[prop(default = FieldKind::Text)] kind: FieldKind,
    /// Shown, not to be changed.
    #[prop(default = false)]
    locked: bool,
) -> impl IntoView {
    let leave = move |_| value.update(|v| *v = value::display(kind, &value::canonical(kind, v)));
    view! {
        <div class="field">
            <label for=testid>{t(label)}</label>
            <input id=testid class="in" data-testid=testid autocomplete="off" spellcheck="false" readonly=locked
                prop:value=move || value.get() on:input=move |e| value.set(event_target_value(&e)) on:blur=leave/>
        </div>
    }
}

/// The day typed; `None` where it cannot be read.
pub fn day(text: &str) -> Option<chrono::NaiveDate> {
    match value::parse(FieldKind::Date, text) {
        Ok(Value::Date(day)) => Some(day),
        _ => None,
    }
}

#[component]
pub fn NewEntry(
    open: RwSignal<bool>,
    view: View,
    year: RwSignal<i32>,
    reload: Callback<()>,
) -> impl IntoView {
    let desk = desk();
    let kind = RwSignal::new(0usize);
    let text = || RwSignal::new(String::new());
    let (when, source, sector, programme) = (text(), text(), text(), text());
    let (content, account, amount, contract) = (text(), text(), text(), text());
    let (document, document_day, note) = (text(), text(), text());
    let typed = [
        when,
        source,
        sector,
        programme,
        content,
        account,
        amount,
        contract,
        document,
        document_day,
        note,
    ];
    let wrong = RwSignal::new(false);
    let save = move |_| {
        let chosen = KINDS.get(kind.get_untracked()).copied();
        let read = (
            chosen,
            day(&when.get_untracked()),
            Dong::parse(&amount.get_untracked()).ok(),
        );
        let (Some(kind), Some(day_of), Some(sum)) = read else {
            wrong.set(true);
            return;
        };
        wrong.set(false);
        let got = |s: RwSignal<String>| s.get_untracked().trim().to_owned();
        let entry = EntryInput {
            posting: Posting {
                day: day_of,
                kind,
                account: got(account),
                source: got(source),
                sector: got(sector),
                programme: got(programme),
                economic_content: got(content),
                contract: got(contract),
                amount: sum,
            },
            document_no: got(document),
            document_day: day(&got(document_day)),
            note: got(note),
        };
        let entries = vec![entry];
        let year = year.get_untracked();
        finish(
            desk,
            EnterPostings { year, entries },
            open,
            typed.to_vec(),
            reload,
        );
    };
    view! {
        <Modal open title=Signal::derive(|| t(W::EntryAdd).to_owned()) testid="entry" class="narrow">
            <div class="field"><label for="entry-kind">{t(W::KindWord)}</label>
                <select id="entry-kind" class="in" data-testid="entry-kind"
                    on:change=move |e| kind.set(event_target_value(&e).parse().unwrap_or(0))>
                    {KINDS.iter().enumerate().map(|(n, k)| view! {
                        <option value=n.to_string() selected={n == kind.get_untracked()}>{kind_word(*k)}</option>
                    }).collect_view()}
                </select></div>
            <Input testid="entry-day" label=W::DayWord value=when kind=FieldKind::Date/>
            <Input testid="entry-amount" label=W::AmountWord value=amount kind=FieldKind::Money/>
            <CodeInput testid="entry-source" label=W::SourceWord value=source list="source"/>
            <CodeInput testid="entry-sector" label=W::SectorWord value=sector list="sector"/>
            <CodeInput testid="entry-programme" label=W::ProgrammeWord value=programme list="programme"/>
            <CodeInput testid="entry-content" label=W::ContentCode value=content list="economic-content"/>
            <AccountInput testid="entry-account" label=W::AccountWord value=account/>
            <div class="field"><label for="entry-contract">{t(W::ContractOf)}</label>
                <select id="entry-contract" class="in" data-testid="entry-contract"
                    on:change=move |e| contract.set(event_target_value(&e))>
                    <option value="">{t(W::NoContractChosen)}</option>
                    {contracts(view).into_iter().map(|(key, said)| {
                        let chosen = contract.with_untracked(|now| *now == key);
                        view! { <option value=key selected=chosen>{said}</option> }
                    }).collect_view()}
                </select></div>
            <Input testid="entry-document" label=W::DocumentWord value=document/>
            <Input testid="entry-document-day" label=W::DocumentDay value=document_day kind=FieldKind::Date/>
            <Input testid="entry-note" label=W::NoteWord value=note/>
            {move || wrong.get().then(|| view! { <p class="err" role="alert" data-testid="entry-wrong">{t(W::EntryWrong)}</p> })}
            <div class="row"><button type="button" class="btn main" data-testid="entry-save" on:click=save>{t(W::Keep)}</button></div>
        </Modal>
    }
}

/// The contracts of the book: key, and number with party.
fn contracts(view: View) -> Vec<(String, String)> {
    view.with_untracked(|v| {
        let all = v.iter().flat_map(|b| &b.contracts).map(|c| &c.contract);
        all.map(|c| (c.key(), format!("{} · {}", c.number, c.party)))
            .collect()
    })
}

/// The number of an entry's contract; its key where the book does not have it.
pub fn contract_number(view: View, key: &str) -> String {
    view.with_untracked(|v| {
        let mut all = v.iter().flat_map(|b| &b.contracts).map(|c| &c.contract);
        let named = all.find(|c| c.key() == key);
        named.map_or_else(|| key.to_owned(), |c| c.number.clone())
    })
}
